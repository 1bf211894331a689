"""Errors of the page's own requests, as a page or as a part of one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from client_import.errors import ClientImportError, ClientNotFoundError, JobNotFoundError, JobStateError, SourceError
from client_import.jobs.log import logger
from client_import.mapping.saved import MappingNotFoundError, ReadOnlyMappingError
from client_import.recovery.recover import describe_error
from service.api.context import imports_of
from service.api.problems import retry_after, status_of
from service.api.threads import TooManyPreviewsError
from service.errors import GoneError, NoRowsError, TooManyWaitingError
from service.page.answers import html, is_htmx
from service.page.sign_in import SignInNeededError, to_sign_in
from service.preview_pool import PreviewCutOffError

Handler = Callable[[Request, Exception], Awaitable[Response]]

_OF_PAGE = re.compile(
    r"/(?:|(?:jobs|mappings|help)(?:/.*)?|client|client-list|sign-in|sign-out|(?:template|export)\.csv)"
)
_OF_API = re.compile(r"/(?:clients|csv-mappings|metrics|healthz|openapi\.json)(?:/.*)?")

_KINDS = (ClientImportError, RequestValidationError, HTTPException, Exception)


@dataclass(frozen=True, slots=True)
class _ErrorText:
    """The text of an error page: what happened, and what to do."""

    status: int
    title: str
    advice: str


def add_error_pages(app: FastAPI) -> None:
    """Make ``app`` answer people with error pages; programs still get problem documents."""
    for kind in _KINDS:
        app.add_exception_handler(kind, _handler(cast(Handler, app.exception_handlers[kind])))


def _handler(otherwise: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if not _is_for_people(request):
            return await otherwise(request, error)
        if isinstance(error, SignInNeededError) and (answer := to_sign_in(request)) is not None:
            return answer
        text = _error_text(request, error)
        template = "parts/error.html" if is_htmx(request) else "error.html"
        answer = html(request, template, {"error": text}, text.status)
        answer.headers.update(_headers_of(error, text.status))
        return answer

    return handle


def _headers_of(error: Exception, status: int) -> Mapping[str, str]:
    """Return the headers that belong to the error, such as ``Allow``: those that programs get, too."""
    return error.headers or {} if isinstance(error, HTTPException) else retry_after(status)


def _is_for_people(request: Request) -> bool:
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    if _OF_PAGE.fullmatch(path):
        return True
    return "text/html" in request.headers.get("accept", "") and not _OF_API.fullmatch(path)


def _error_text(request: Request, error: Exception) -> _ErrorText:
    settings = imports_of(request).place.settings
    match error:
        case GoneError():
            days = settings.retention_days
            return _ErrorText(
                410,
                "The files of this import have been removed",
                f"They are kept for {days} days after the import ends. Send the file again to see its rows.",
            )
        case ClientNotFoundError():
            return _ErrorText(404, "There is no such client", "Perhaps its code was changed. Look for it by its name.")
        case NoRowsError():
            return _ErrorText(404, "This import has no such rows", str(error))
        case JobNotFoundError():
            return _ErrorText(
                404, "There is no such import", "Perhaps its address was cut off. The history lists them all."
            )
        case ReadOnlyMappingError():
            return _ErrorText(409, "This mapping comes with the program", str(error))
        case MappingNotFoundError():
            return _ErrorText(404, "There is no such mapping", "Perhaps it was deleted. The list has all there are.")
        case JobStateError():
            return _ErrorText(409, "This import has moved on", f"{error} Load the page again to see where it is now.")
        case TooManyWaitingError():
            advice = "Start some of them, or throw them away: the start page has a link to them."
            return _ErrorText(429, "Too many uploaded files wait to be started", advice)
        case PreviewCutOffError() | TooManyPreviewsError():
            return _ErrorText(503, "That takes too much just now", str(error))
        case SourceError():
            return _ErrorText(400, "The file cannot be read", str(error))
        case ClientImportError():
            status = status_of(error)
            is_away = status is HTTPStatus.SERVICE_UNAVAILABLE
            title = "The clients cannot be reached just now" if is_away else "That does not fit"
            return _ErrorText(status, title, str(error))
        case HTTPException(status_code=413):
            return _ErrorText(
                413,
                "The file is too large",
                f"A file may have {settings.max_upload_mb:,} MiB. Pack it with gzip, or split it into several files.",
            )
        case SignInNeededError():
            return _ErrorText(
                401, "You are not signed in", "Nothing was changed. Go to the start, sign in, and try again."
            )
        case HTTPException(status_code=404):
            return _ErrorText(404, "There is nothing at this address", "Go to the start, or look in the history.")
        case HTTPException(status_code=405):
            return _ErrorText(405, "That does not work at this address", "Go to the start, or look in the history.")
        case HTTPException():
            return _ErrorText(error.status_code, "That did not work", str(error.detail))
        case RequestValidationError():
            return _ErrorText(400, "Something is missing", "Choose a file first, and send the form again.")
    logger.error("A page failed", exc_info=error)
    return _ErrorText(500, "Something went wrong here", describe_error(error))

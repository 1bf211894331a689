"""What went wrong with the page's own calls, as a page or as a part of one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from client_import.errors import ClientImportError, JobNotFoundError, JobStateError, SourceError
from client_import.jobs.log import logger
from client_import.recovery.recover import describe_error
from service.api.context import imports_of
from service.api.problems import status_of
from service.api.threads import TooManyPreviewsError
from service.imports import GoneError, TooManyWaitingError
from service.page.answers import html, is_htmx
from service.page.sign_in import SignInNeededError, to_sign_in
from service.preview_pool import PreviewCutOffError

Handler = Callable[[Request, Exception], Awaitable[Response]]

_OF_PAGE = re.compile(r"/(?:|jobs(?:/.*)?|sign-in|sign-out|template\.csv)")
_OF_API = re.compile(r"/(?:clients|csv-mappings|metrics|healthz|openapi\.json)(?:/.*)?")

_KINDS = (ClientImportError, RequestValidationError, HTTPException, Exception)


@dataclass(frozen=True, slots=True)
class _Told:
    """An error in words: what happened, and what to do."""

    status: int
    title: str
    advice: str


def add_error_pages(app: FastAPI) -> None:
    """Have ``app`` answer people with a page; programs are answered as before."""
    for kind in _KINDS:
        app.add_exception_handler(kind, _teller(cast(Handler, app.exception_handlers[kind])))


def _teller(otherwise: Handler) -> Handler:
    async def tell(request: Request, error: Exception) -> Response:
        if not _is_for_people(request):
            return await otherwise(request, error)
        if isinstance(error, SignInNeededError) and (answer := to_sign_in(request)) is not None:
            return answer
        told = _told(request, error)
        template = "parts/error.html" if is_htmx(request) else "error.html"
        return html(request, template, {"error": told}, told.status)

    return tell


def _is_for_people(request: Request) -> bool:
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    if _OF_PAGE.fullmatch(path):
        return True
    return "text/html" in request.headers.get("accept", "") and not _OF_API.fullmatch(path)


def _told(request: Request, error: Exception) -> _Told:
    settings = imports_of(request).place.settings
    match error:
        case GoneError():
            days = settings.retention_days
            return _Told(
                410,
                "The files of this import have been removed",
                f"They are kept for {days} days after its end. Send the file again to see its rows.",
            )
        case JobNotFoundError():
            return _Told(404, "There is no such import", "Perhaps its address was cut off. The history lists them all.")
        case JobStateError():
            return _Told(409, "This import has moved on", f"{error} Load the page again to see where it is now.")
        case TooManyWaitingError():
            advice = "Start some of them, or throw them away: the history lists them."
            return _Told(429, "Too many uploaded files wait to be started", advice)
        case PreviewCutOffError() | TooManyPreviewsError():
            return _Told(503, "That takes too much just now", str(error))
        case SourceError():
            return _Told(400, "The file cannot be read", str(error))
        case ClientImportError():
            status = status_of(error)
            is_away = status is HTTPStatus.SERVICE_UNAVAILABLE
            title = "The clients cannot be reached just now" if is_away else "That does not fit"
            return _Told(status, title, str(error))
        case HTTPException(status_code=413):
            return _Told(
                413,
                "The file is too large",
                f"A file may have {settings.max_upload_mb:,} MiB. Pack it with gzip, or split it into several files.",
            )
        case SignInNeededError():
            return _Told(
                401, "You are not signed in", "Nothing was changed. Go to the start, sign in, and do it again."
            )
        case HTTPException(status_code=404):
            return _Told(404, "There is nothing at this address", "Go to the start, or look into the history.")
        case HTTPException(status_code=405):
            return _Told(405, "That does not work at this address", "Go to the start, or look into the history.")
        case HTTPException():
            return _Told(error.status_code, "That did not work", str(error.detail))
        case RequestValidationError():
            return _Told(400, "Something is missing", "Choose a file first, and send the form again.")
    logger.error("A page failed", exc_info=error)
    return _Told(500, "Something went wrong here", describe_error(error))

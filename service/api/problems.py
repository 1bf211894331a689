"""Errors as RFC 9457 problem documents: what is wrong, where, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from client_import.errors import (
    ClientImportError,
    ClientNotFoundError,
    FixError,
    JobNotFoundError,
    JobStateError,
    NoWorkbookError,
    OptionsError,
    SourceError,
    StoreError,
)
from client_import.jobs.log import logger
from client_import.mapping.saved import MappingNotFoundError
from client_import.options import OFFERED
from client_import.recovery.recover import describe_error
from client_import.system.printable import printable
from client_import.wording import MOST_TOLD, and_more, sentence_of
from service.api.forms import NAMES
from service.errors import GoneError, TooManyWaitingError

MEDIA_TYPE = "application/problem+json"

_LONGEST_MESSAGE, _LONGEST_NAME = 600, 100

_NO_BODY = "Send a JSON object, {...}, with the header Content-Type: application/json."
_NO_BODY_TYPES = ("missing", "model_attributes_type", "model_type", "dict_type")

_CALLS = {
    re.compile(r"`client-import fields`"): "GET /clients/import/fields",
    re.compile(r"`client-import mappings list`"): "GET /csv-mappings",
    re.compile(r"`client-import clients --search TEXT`"): "GET /clients?search=TEXT",
    re.compile(r"`client-import jobs`"): "GET /clients/import/csv",
    re.compile(r"`client-import job (\w+)`"): r"GET /clients/import/csv/\1",
}
"""What a message that names a command means here."""

STATUS_OF: tuple[tuple[type[ClientImportError], HTTPStatus], ...] = (
    (GoneError, HTTPStatus.GONE),
    (JobNotFoundError, HTTPStatus.NOT_FOUND),
    (ClientNotFoundError, HTTPStatus.NOT_FOUND),
    (MappingNotFoundError, HTTPStatus.BAD_REQUEST),
    (OptionsError, HTTPStatus.BAD_REQUEST),
    (FixError, HTTPStatus.BAD_REQUEST),
    (SourceError, HTTPStatus.BAD_REQUEST),
    (JobStateError, HTTPStatus.CONFLICT),
    (NoWorkbookError, HTTPStatus.CONFLICT),
    (TooManyWaitingError, HTTPStatus.TOO_MANY_REQUESTS),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""The first that an error is an instance of gives its status."""


class FieldProblem(BaseModel):
    """One thing of the request that is wrong."""

    field: str = Field(description="which part of the request", examples=["maxErrors"])
    message: str = Field(description="what is wrong with it", examples=['"many" is neither a number nor a share.'])


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field("about:blank", description="always about:blank: the status says what kind of problem it is")
    title: str = Field(description="the status in words", examples=["Not Found"])
    status: int = Field(description="the HTTP status", examples=[404])
    detail: str = Field(description="what is wrong, and what to do", examples=["There is no job k3v9q2m7xt."])
    errors: list[FieldProblem] = Field([], description="the parts of the request that are wrong, where it is those")


class ProblemError(HTTPException):
    """A problem of the request itself, with its status and sentence."""


def problem(
    status: int, detail: str, errors: Sequence[FieldProblem] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return the answer that tells of a problem."""
    title, detail = HTTPStatus(status).phrase, printable(detail)
    content = Problem(type="about:blank", title=title, status=status, detail=detail, errors=list(errors))
    return JSONResponse(content.model_dump(), status, headers, MEDIA_TYPE)


def retry_after(status: int) -> dict[str, str]:
    """Return the header that says when to call again, of an answer that something cannot be used just now."""
    return {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI is told of the problems a call can answer with."""
    return {
        int(status): {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def tell_problems(app: FastAPI) -> None:
    """Have ``app`` answer every error with a problem document, and no error with a traceback."""
    app.add_exception_handler(ClientImportError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _broken_off)
    app.add_exception_handler(Exception, _unforeseen)


def status_of(error: ClientImportError) -> HTTPStatus:
    """Return the HTTP status that says what kind of error it is."""
    return next((status for kind, status in STATUS_OF if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def names_of_options(method: str) -> dict[str, str]:
    """Return the names that the options have in the body of a PUT, or in the form or query of other calls."""
    return {name: to_camel(name) for name in OFFERED} if method == "PUT" else NAMES


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ClientImportError)
    status = status_of(error)
    retry = retry_after(status)
    if not isinstance(error, OptionsError):
        return problem(status, _short(_in_http(str(error)), 4 * _LONGEST_MESSAGE), headers=retry)
    names = names_of_options(request.method)
    detail = _short(_in_http(error.message_for(names)), 4 * _LONGEST_MESSAGE)
    wrong_fields = [FieldProblem(field=names[error.option], message=detail)] if error.option in names else []
    return problem(status, detail, wrong_fields, retry)


def _in_http(message: str) -> str:
    """The message with calls in the place of commands."""
    for command, call in _CALLS.items():
        message = command.sub(call, message)
    return message


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    wrong_fields = [_field_problem(each) for each in found[:MOST_TOLD]]
    said = [f"{wrong.field}: {wrong.message}" for wrong in wrong_fields]
    return problem(HTTPStatus.BAD_REQUEST, " ".join([*said, *and_more(found)]), wrong_fields)


def _field_problem(error: dict[str, Any]) -> FieldProblem:
    where = [printable(str(part))[:_LONGEST_NAME] for part in error["loc"][1:]]
    message = _short(printable(_in_http(_message(error))))
    is_whole = error["type"] == "json_invalid"  # and the place of it is a number of letters
    return FieldProblem(field="body" if is_whole or not where else ".".join(where), message=message)


def _message(error: dict[str, Any]) -> str:
    is_body = len(error["loc"]) == 1 and error["type"] in _NO_BODY_TYPES
    return _NO_BODY if is_body else sentence_of(error)


def _short(message: str, most: int = _LONGEST_MESSAGE) -> str:
    """The message without the middle of something long that it quotes."""
    return message if len(message) <= most else f"{message[: most // 2]} ... {message[-most // 2 :]}"


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = _in_http(str(error.detail))
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        most = request.app.state.imports.place.settings.max_upload_mb
        detail = (
            f"The request is too large: a file may have {most:,} MiB, as CLIENT_IMPORT_MAX_UPLOAD_MB says, everything "
            "else 4 MiB. Split the file, pack it with gzip, or raise that setting."
        )
    if error.status_code == HTTPStatus.NOT_FOUND and not isinstance(error, ProblemError):
        detail = "There is nothing at this address. The calls are listed at /docs."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = "This address does not take that method. The calls are listed at /docs."
    return problem(error.status_code, detail, headers=dict(error.headers or {}))


async def _broken_off(_request: Request, _error: Exception) -> JSONResponse:
    return problem(HTTPStatus.BAD_REQUEST, "The connection was closed before all of the request had come.")


async def _unforeseen(_request: Request, error: Exception) -> JSONResponse:
    logger.error("A call failed", exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, describe_error(error))

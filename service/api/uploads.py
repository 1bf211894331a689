"""Limit request bodies as they arrive: their size, and clients that stall."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from client_import.settings import Settings
from service.api.problems import ProblemError

MEBIBYTE = 1 << 20

ROOM_FOR_FORM = MOST_JSON_BYTES = 4 * MEBIBYTE
"""The most bytes of a form besides its file, and of a JSON body."""

UPLOADS = ("/clients/import/csv", "/jobs")
"""The addresses that accept a file, of the API and of the page."""

SIGN_IN = "/sign-in"
MOST_KEY_BYTES = 16 << 10
"""The most bytes of the sign-in form, which needs no key."""

_STALL_TIMEOUT_SECONDS = 60
_LEAST_BYTES_A_SECOND = 1_000
"""The least average speed of a body, on top of the minute that it may stall."""

_READ_ON_BYTES = 2 << 30

_CUT_OFF = "The form was cut off: its end is missing. Nothing of it was kept; send it again."


def largest_body(settings: Settings) -> Callable[[Scope], int]:
    """Return a function of a request's scope that returns the most bytes that its body may have."""

    def largest(scope: Scope) -> int:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path == SIGN_IN:
            return MOST_KEY_BYTES
        return settings.max_upload_mb * MEBIBYTE + ROOM_FOR_FORM if path in UPLOADS else MOST_JSON_BYTES

    return largest


def refuse_large(file: UploadFile, settings: Settings) -> None:
    """Raise a ProblemError (413) for an uploaded file that is larger itself than the settings allow."""
    if (file.size or 0) > settings.max_upload_mb * MEBIBYTE:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class BodyLimit:
    """ASGI middleware that limits bodies, and reads a body to its end before the response is sent.

    A body with more bytes than ``largest`` returns for its request gets 413, at once if its length is declared. The
    rest, up to 2 GiB, is read and discarded, because most clients read no response before they have sent everything,
    and would only see a broken connection. A client that sends nothing for a minute gets 408, and a form without its
    end, of which some fields would be missing, 400.
    """

    def __init__(self, app: ASGIApp, largest: Callable[[Scope], int]) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        is_over = False
        most, seen, began = self._largest(scope), 0, monotonic()
        headers = Headers(scope=scope)
        declared, end = headers.get("content-length", ""), _EndOfForm(headers.get("content-type", ""))

        async def wanted() -> Message:
            if declared.isdecimal() and int(declared) > most:
                raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            message = await next_message()
            if seen > most:
                raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            end.look_at(message.get("body", b""))
            if is_over and message["type"] == "http.request" and seen and not end.is_found:
                raise ProblemError(HTTPStatus.BAD_REQUEST, _CUT_OFF)
            return message

        async def next_message() -> Message:
            nonlocal is_over, seen
            deadline = began + _STALL_TIMEOUT_SECONDS + seen / _LEAST_BYTES_A_SECOND
            timeout = max(min(_STALL_TIMEOUT_SECONDS, deadline - monotonic()), 0)
            try:
                message = await asyncio.wait_for(receive(), None if is_over else timeout)
            except TimeoutError:
                is_over = True
                sentence = "The request stood still for a minute, or came too slowly. Send it again."
                raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, sentence, {"Connection": "close"}) from None
            is_over = is_over or not message.get("more_body", False)
            seen += len(message.get("body", b""))
            return message

        async def answered(message: Message) -> None:
            nonlocal is_over
            unread = _READ_ON_BYTES
            while not is_over and unread > 0 and message["type"] == "http.response.start":
                try:
                    unread -= len((await next_message()).get("body", b""))
                except ProblemError:
                    break
            await send(message)

        await self._app(scope, wanted, answered)


class _EndOfForm:
    """Whether the end of a multipart form has come; at once for a body of another ``content_type``."""

    def __init__(self, content_type: str) -> None:
        kind, parameters = parse_options_header(content_type)
        is_form = kind == b"multipart/form-data" and b"boundary" in parameters
        self._mark = b"--%b--" % parameters[b"boundary"] if is_form else b""
        self._before = b""
        self.is_found = not is_form

    def look_at(self, block: bytes) -> None:
        """Look for the end in the next ``block`` of the body."""
        if not self.is_found:
            here = self._before + block
            self.is_found = self._mark in here
            self._before = here[-len(self._mark) :]

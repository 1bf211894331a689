"""Bodies of requests as they arrive: those too large, and clients that stand still or hear no answer on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from client_import.settings import Settings
from service.api.problems import ProblemError

MEBIBYTE = 1 << 20

ROOM_FOR_FORM = MEBIBYTE
"""What a form may have beside the file."""

MOST_JSON_BYTES = 4 * MEBIBYTE

UPLOADS = ("/clients/import/csv", "/jobs")
"""Where a file may be sent: to the API, and to the page."""

SIGN_IN = "/sign-in"
MOST_KEY_BYTES = 16 << 10
"""What anybody may send: the form that a key is given in."""

_PATIENCE_SECONDS = 60
_LEAST_BYTES_A_SECOND = 1_000
"""How fast a body must come in all, beside the minute that it may stand still."""

_READ_ON_BYTES = 2 << 30


def largest_body(settings: Settings) -> Callable[[Scope], int]:
    """Return what says how many bytes the body of a request may have."""

    def largest(scope: Scope) -> int:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path == SIGN_IN:
            return MOST_KEY_BYTES
        return settings.max_upload_mb * MEBIBYTE + ROOM_FOR_FORM if path in UPLOADS else MOST_JSON_BYTES

    return largest


class HearOut:
    """ASGI middleware that reads a body to its end before the answer is sent, and throws away what nobody wanted.

    A body of more bytes than ``largest`` says of its request gets 413, which is known at once when its length is
    declared. Most clients hear no answer before they have sent everything; they would see a broken connection in
    its place. A body of more than another 2 GiB is not read on. A client that sends nothing for a minute gets 408.
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
        declared = Headers(scope=scope).get("content-length", "")

        async def wanted() -> Message:
            if declared.isdecimal() and int(declared) > most:
                raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            message = await heard()
            if seen > most:
                raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        async def heard() -> Message:
            nonlocal is_over, seen
            patience = min(_PATIENCE_SECONDS, began + _PATIENCE_SECONDS + seen / _LEAST_BYTES_A_SECOND - monotonic())
            try:
                message = await asyncio.wait_for(receive(), None if is_over else max(patience, 0))
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
                    unread -= len((await heard()).get("body", b""))
                except ProblemError:
                    break
            await send(message)

        await self._app(scope, wanted, answered)

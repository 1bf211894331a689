"""Read small request bodies completely before they are handled, and refuse larger ones."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import ProblemError, problem

SECONDS = 30.0
"""How long a body may take to arrive."""

_MOST_BYTES = {"/graphql": 8 << 20}
_MOST_ELSEWHERE = 64 << 10
"""Enough for the sign-in form; a client without a key must not be able to fill the memory."""

_TOO_LARGE = "The request is too large: it may have {most:,} bytes."
_TOO_SLOW = f"The request took longer than {SECONDS:g} s to come. Send it again."
_LAST = {"Connection": "close"}


class WholeBodies:
    """ASGI middleware that refuses bodies too large with 413, and those that take too long with 408."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(SECONDS):
                body = await _read(scope, receive)
        except TimeoutError:
            await problem(HTTPStatus.REQUEST_TIMEOUT, _TOO_SLOW, headers=_LAST)(scope, receive, send)
            return
        except ProblemError as error:
            await problem(error.status_code, str(error.detail), headers=_LAST)(scope, receive, send)
            return
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, again, send)


async def _read(scope: Scope, receive: Receive) -> bytes:
    most, body = _MOST_BYTES.get(scope["path"], _MOST_ELSEWHERE), bytearray()
    declared = Headers(scope=scope).get("content-length", "")
    is_too_large = declared.isdecimal() and int(declared) > most
    more = True
    while more and not is_too_large:
        message = await receive()
        body += message.get("body", b"")
        more, is_too_large = message.get("more_body", False), len(body) > most
    if is_too_large:
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE.format(most=most))
    return bytes(body)

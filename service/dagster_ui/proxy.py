"""Forward requests and WebSockets to Dagster's web server, and return its responses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import quote

import httpx
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from service.api.problems import ProblemError, problem
from service.dagster_ui.webserver import PREFIX

PROTOCOL = "graphql-ws"
"""The only protocol of Dagster's subscriptions."""

_ANSWER_SECONDS = 300.0
_FORWARDED = ("accept", "accept-language", "content-type", "if-modified-since", "if-none-match", "if-range", "range")
_OF_THE_CONNECTION = (b"connection", b"date", b"keep-alive", b"server", b"transfer-encoding")
_ADDED = ((b"x-frame-options", b"DENY"), (b"x-content-type-options", b"nosniff"))

_AWAY = "Dagster's web server does not answer. It restarts by itself; try again in a few seconds."


class Proxy:
    """ASGI application in front of the web server at ``port`` of loopback, below the path ``root``.

    The body of a request must arrive as one message. Only headers about the content requested are forwarded: no cookie,
    and no key.
    """

    def __init__(self, port: int, root: str) -> None:
        self._place = f"127.0.0.1:{port}"
        self._root = root
        # Nothing is kept alive: the web server may close a connection in reuse, and a launch must not be sent twice.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        timeout = httpx.Timeout(_ANSWER_SECONDS, connect=10.0)
        self._client = httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False)

    async def close(self) -> None:
        """Close the connections to the web server."""
        await self._client.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._web_socket(WebSocket(scope, receive, send))
            return
        try:
            await self._request(scope, receive, send)
        except ProblemError as error:
            await problem(error.status_code, str(error.detail))(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        given = Headers(scope=scope)
        headers = {name: given[name] for name in _FORWARDED if name in given} | {"accept-encoding": "identity"}
        path = self._root + quote(scope["path"])
        url = f"http://{self._place}{path}?{quote(scope['query_string'], safe=_QUERY)}"
        has_begun = False
        try:
            async with self._client.stream(scope["method"], url, headers=headers, content=body) as answer:
                has_begun = True
                await self._answer(answer, scope["method"], send)
        except httpx.TransportError:
            if not has_begun:
                raise ProblemError(HTTPStatus.BAD_GATEWAY, _AWAY) from None

    async def _answer(self, answer: httpx.Response, method: str, send: Send) -> None:
        is_page = answer.headers.get("content-type", "").startswith("text/html") and method != "HEAD"
        content = (await answer.aread()).replace(PREFIX.encode(), b"") if is_page else None
        dropped = (*_OF_THE_CONNECTION, *(name for name, _ in _ADDED), *([b"content-length"] if is_page else []))
        headers = [
            (name.lower(), value.replace(self._root.encode(), b""))
            for name, value in answer.headers.raw
            if name.lower() not in dropped
        ]
        if content is not None:
            headers.append((b"content-length", str(len(content)).encode()))
        start = {"type": "http.response.start", "status": answer.status_code, "headers": [*headers, *_ADDED]}
        await send(start)
        async for chunk in _whole(content) if content is not None else answer.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _web_socket(self, outer: WebSocket) -> None:
        if PROTOCOL not in outer.scope["subprotocols"]:
            await outer.send_denial_response(problem(HTTPStatus.BAD_REQUEST, f"The protocol here is {PROTOCOL}."))
            return
        url = f"ws://{self._place}{self._root}{quote(outer.scope['path'])}"
        protocols, none = [Subprotocol(PROTOCOL)], None
        try:
            inner = await connect(url, subprotocols=protocols, compression=none, proxy=none, max_size=none)
        except (OSError, InvalidHandshake, TimeoutError):
            await outer.send_denial_response(problem(HTTPStatus.BAD_GATEWAY, _AWAY))
            return
        async with inner:
            await outer.accept(PROTOCOL)
            await _join(outer, inner)


_QUERY = "/?:@!$&'()*+,;=%-._~[]"


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _join(outer: WebSocket, inner: ClientConnection) -> None:
    """Forward messages both ways until one side closes, then close the other."""
    ways = [asyncio.create_task(_inwards(outer, inner)), asyncio.create_task(_outwards(outer, inner))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _inwards(outer: WebSocket, inner: ClientConnection) -> None:
    try:
        while True:
            await inner.send(await outer.receive_text())
    except (WebSocketDisconnect, ConnectionClosed):
        return


async def _outwards(outer: WebSocket, inner: ClientConnection) -> None:
    try:
        async for message in inner:
            await outer.send_text(message if isinstance(message, str) else message.decode())
        await outer.close()
    except (WebSocketDisconnect, ConnectionClosed):
        return

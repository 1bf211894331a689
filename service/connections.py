"""Limit the connections of a server: their number, and how long one may keep the server waiting.

uvicorn has no such limits, so its protocol is wrapped: a client that sends only half of its headers, or reads only half
of a response, is disconnected. Request bodies are limited elsewhere (:mod:`service.api.uploads`,
:mod:`service.dagster_ui.bodies`). A WebSocket counts as a request that lasts until it is closed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_FULL = b"The server has as many connections as it takes. Try again in a few seconds.\n"
_FULL_HEAD = (
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n"
    f"content-length: {len(_FULL)}\r\nretry-after: 5\r\nconnection: close\r\n\r\n"
)

_of_request: ContextVar[_Connection | None] = ContextVar("connection of the request", default=None)


@dataclass(slots=True)
class Connections:
    """The open connections, at most ``most``; the timeouts for headers and for stalled reads are in seconds.

    When there is no room for a new connection, the one that has been idle longest is closed, so that idle connections
    keep nobody out; if every connection has a running request, the new one gets 503.
    """

    most: int = 400
    header_timeout: float = 15.0
    read_timeout: float = 60.0
    open: set[_Connection] = field(default_factory=set)
    waiting: OrderedDict[_Connection, None] = field(default_factory=OrderedDict)

    def protocol(self, **given: Any) -> asyncio.Protocol:
        """Return the protocol of a new connection, for uvicorn: ``Config(http=connections.protocol)``."""
        return _Connection(self, H11Protocol(**given))

    def watched(self, app: ASGIApp) -> ASGIApp:
        """Return ``app``, wrapped to mark connections that have a running request."""

        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            connection = _of_request.get()
            if scope["type"] != "http" or connection is None:
                await app(scope, receive, send)
                return

            is_answered = False

            async def answered(message: Message) -> None:
                nonlocal is_answered
                await send(message)
                if message["type"] == "http.response.body" and not message.get("more_body", False):
                    is_answered = True
                    connection.wait()

            connection.work()
            try:
                await app(scope, receive, answered)
            finally:
                if not is_answered:  # otherwise the next request may be running already
                    connection.wait()

        return call


class _Connection(asyncio.Protocol):
    """One connection: it waits for the headers of a request, with a timeout, or has a running request."""

    def __init__(self, connections: Connections, inner: H11Protocol) -> None:
        self._all = connections
        self._inner: asyncio.Protocol = inner
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._reader: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._inner.connection_made(self._transport)
        if len(self._all.open) >= self._all.most and not self._make_room():
            self._transport.write(_FULL_HEAD.encode() + _FULL)
            self._transport.close()
            return
        self._all.open.add(self)
        self.wait()

    def data_received(self, data: bytes) -> None:
        if self not in self._all.open:
            return
        token = _of_request.set(self)  # the task of a request is created in this call, and inherits the context
        try:
            self._inner.data_received(data)
        finally:
            _of_request.reset(token)
        if self._transport is not None and self._transport.get_protocol() is not self:
            self._become_websocket(self._transport)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.open.discard(self)
        self.work()
        self.resume_writing()
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Start the read timeout: the client reads more slowly than the response is sent."""
        self._reader = self._reader or self._loop.call_later(self._all.read_timeout, self.hang_up)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Cancel the read timeout: the client has caught up."""
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
        self._inner.resume_writing()

    def wait(self) -> None:
        """Mark the connection as idle, and start the timeout for the headers of the next request."""
        self.work()
        if self in self._all.open:
            self._all.waiting[self] = None
            self._timer = self._loop.call_later(self._all.header_timeout, self.hang_up)

    def work(self) -> None:
        """Mark the connection as having a running request, which has no time limit here."""
        self._all.waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def hang_up(self) -> None:
        """Close the connection at once, dropping what is still to be sent."""
        self._all.open.discard(self)
        self.work()
        if self._transport is not None:
            self._transport.abort()

    def _become_websocket(self, transport: asyncio.Transport) -> None:
        """Wrap the WebSocket protocol that uvicorn has put in the place of HTTP."""
        self._inner = cast(asyncio.Protocol, transport.get_protocol())
        transport.set_protocol(self)
        self.work()

    def _make_room(self) -> bool:
        oldest = next(iter(self._all.waiting), None)
        if oldest is not None:
            oldest.hang_up()
        return oldest is not None

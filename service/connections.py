"""The connections of a server: how many there may be, and how long one may keep it waiting.

uvicorn has no limit for either, so its protocol is wrapped: whoever sends half a head, or reads half an answer, is
hung up on. What goes on in a request is for others: :mod:`service.api.uploads` and :mod:`service.dagster_ui.bodies`
know how a body may arrive. A WebSocket is a connection with a request that goes on until it is closed.
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
    """The connections that are open. ``for_a_head`` and ``for_a_reader`` are seconds.

    Of more than ``most`` the one that has been without a request for longest is closed, so that whoever only holds
    them keeps nobody out; where each has a request under way, a new one is answered with 503.
    """

    most: int = 400
    for_a_head: float = 15.0
    for_a_reader: float = 60.0
    open: set[_Connection] = field(default_factory=set)
    waiting: OrderedDict[_Connection, None] = field(default_factory=OrderedDict)

    def protocol(self, **given: Any) -> asyncio.Protocol:
        """Return the protocol of a new connection, as uvicorn asks for it: ``Config(http=connections.protocol)``."""
        return _Connection(self, H11Protocol(**given))

    def watched(self, app: ASGIApp) -> ASGIApp:
        """Return ``app``, such that a connection with a request under way is known to have one."""

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
                if not is_answered:  # else the next request may be under way already
                    connection.wait()

        return call


class _Connection(asyncio.Protocol):
    """One connection: it waits for a request, whose whole head must come in time, or has one under way."""

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
        token = _of_request.set(self)  # the task of a request is made in here, and has the same context
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
        """The other side reads slower than it is answered."""
        self._reader = self._reader or self._loop.call_later(self._all.for_a_reader, self.hang_up)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The other side has read on."""
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
        self._inner.resume_writing()

    def wait(self) -> None:
        """No request is under way: give it time for the next one."""
        self.work()
        if self in self._all.open:
            self._all.waiting[self] = None
            self._timer = self._loop.call_later(self._all.for_a_head, self.hang_up)

    def work(self) -> None:
        """A request has come in: it may take as long as it takes."""
        self._all.waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def hang_up(self) -> None:
        """Close the connection, whatever is on its way."""
        self._all.open.discard(self)
        self.work()
        if self._transport is not None:
            self._transport.abort()

    def _become_websocket(self, transport: asyncio.Transport) -> None:
        """Stay in between when uvicorn has put the protocol of WebSockets in the place of HTTP."""
        self._inner = cast(asyncio.Protocol, transport.get_protocol())
        transport.set_protocol(self)
        self.work()

    def _make_room(self) -> bool:
        oldest = next(iter(self._all.waiting), None)
        if oldest is not None:
            oldest.hang_up()
        return oldest is not None

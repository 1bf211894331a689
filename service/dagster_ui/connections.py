"""What a connection may do before it has sent a request: uvicorn itself waits for ever, and takes any number."""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEADER_SECONDS = 10.0
"""How long the head of a request may take, from its first byte, or from the opening of its connection."""

MOST_CONNECTIONS = 200
"""How many connections there may be at once; one more is closed as it opens."""


class BoundedConnection(H11Protocol):
    """The ``http`` of a :class:`uvicorn.Config`: HTTP/1.1 with a limit to the time of a head, and to connections.

    Between two requests of a connection uvicorn's own ``timeout_keep_alive`` counts. WebSockets count as connections.
    """

    _ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or close it when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take bytes; the first of a head start its time, the last end it."""
        if self._ends is None and not self._has_request():
            self._await_head()
        super().data_received(data)
        if self._has_request():
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _has_request(self) -> bool:
        """Whether a request is being answered, or the connection is a WebSocket by now."""
        cycle = cast(RequestResponseCycle | None, self.cycle)  # uvicorn has None there before the first request
        return (cycle is not None and not cycle.response_complete) or self.transport.get_protocol() is not self

    def _await_head(self) -> None:
        self._ends = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

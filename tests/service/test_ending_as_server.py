"""Covers :func:`service.output.ending_as_server`: a server that is told to end closes what it has open."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette

from service.output import ending_as_server


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def serve_until(number: signal.Signals, closed: list[str]) -> None:
    """Serve an empty application, which gets the signal as soon as it has started."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        os.kill(os.getpid(), number)
        yield

    server = uvicorn.Server(uvicorn.Config(Starlette(lifespan=lifespan), port=0, log_level="critical"))
    with ending_as_server():
        try:
            server.run()
        finally:
            closed.append("closed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_open_is_closed(number: signal.Signals) -> None:
    closed: list[str] = []
    with pytest.raises(SystemExit) as end:
        serve_until(number, closed)
    assert (end.value.code, closed) == (0, ["closed"])

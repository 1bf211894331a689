"""Covers connections that send no request, or one that does not end: their time, and their number."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from time import sleep

import httpx
import pytest

from service.dagster_ui.bodies import SECONDS
from service.dagster_ui.connections import HEADER_SECONDS, MOST_CONNECTIONS
from tests.cli import PATIENCE_SECONDS, wait_until
from tests.guarded_ui import JSON, GuardedUi

pytestmark = [pytest.mark.slow, pytest.mark.long]

HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedUi]:
    with GuardedUi(tmp_path_factory.mktemp("ui") / "home") as ui:
        yield ui


def opened(ui: GuardedUi, first: bytes = b"") -> socket.socket:
    """A connection that has sent ``first``."""
    caller = socket.create_connection(("127.0.0.1", ui.port), PATIENCE_SECONDS)
    caller.sendall(first)
    return caller


def drips_until_closed(caller: socket.socket, drop: bytes = b"X-Slow: 1\r\n") -> bool:
    """Whether the server closes a connection that goes on sending a little each second."""
    caller.settimeout(1)
    for _ in range(int(max(HEADER_SECONDS, SECONDS)) * 3):
        try:
            caller.sendall(drop)
            if not caller.recv(1000):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@pytest.mark.parametrize("first", [b"", HEAD, b"POST /gra"])
def test_a_head_that_does_not_end_is_not_waited_for(ui: GuardedUi, first: bytes) -> None:
    with opened(ui, first) as caller:
        assert drips_until_closed(caller) if first else caller.recv(1) == b""


def test_nor_is_a_second_one_on_a_connection(ui: GuardedUi) -> None:
    with opened(ui, HEAD + b"\r\n") as caller:
        assert caller.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert drips_until_closed(caller)


def test_nor_a_body(ui: GuardedUi) -> None:
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {JSON}\r\nContent-Length: 9999\r\n\r\n"
    with opened(ui, head.encode()) as caller:
        assert drips_until_closed(caller, b" ")


def test_the_number_of_connections_is_bounded_and_those_there_are_go_on(ui: GuardedUi) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(opened(ui, HEAD))
        sleep(0.5)  # the others are to come after it
        for _ in range(MOST_CONNECTIONS + 20):
            with suppress(OSError):
                stack.enter_context(opened(ui, HEAD))
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{ui.url}/healthz")
        first.sendall(b"\r\n")
        assert first.recv(1000).startswith(b"HTTP/1.1 200 ")

    def answers() -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{ui.url}/healthz").status_code == 200
        return False

    wait_until(answers, "the UI to be free again", 0.2)


def test_web_sockets_stay_open_without_a_word(ui: GuardedUi) -> None:
    with ui.subscribe() as quiet:
        sleep(HEADER_SECONDS + 2)
        quiet.send('{"type": "connection_init"}')
        assert quiet.recv() == '{"type":"connection_ack"}'

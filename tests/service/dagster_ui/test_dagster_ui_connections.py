"""Covers connections that send no request, or one that does not end: their time, and their number."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from time import sleep

import httpx
import pytest

from service.connections import Connections
from service.dagster_ui.bodies import SECONDS
from tests.support.cli import PATIENCE_SECONDS
from tests.support.guarded_ui import JSON, GuardedUi

pytestmark = [pytest.mark.slow, pytest.mark.long]

HEADER_SECONDS = Connections().header_timeout
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


def test_whoever_holds_connections_keeps_nobody_out_and_those_at_work_go_on(ui: GuardedUi) -> None:
    with ExitStack() as stack:
        working = stack.enter_context(ui.subscribe())
        oldest = stack.enter_context(opened(ui, HEAD))
        for _ in range(Connections().most + 20):
            with suppress(OSError):
                stack.enter_context(opened(ui, HEAD))
        assert httpx.get(f"{ui.url}/healthz").status_code == 200
        with suppress(ConnectionResetError):
            assert oldest.recv(1000) == b""
        working.send('{"type": "connection_init"}')
        assert working.recv() == '{"type":"connection_ack"}'


def test_web_sockets_stay_open_without_a_word(ui: GuardedUi) -> None:
    with ui.subscribe() as quiet:
        sleep(HEADER_SECONDS + 2)
        quiet.send('{"type": "connection_init"}')
        assert quiet.recv() == '{"type":"connection_ack"}'

"""Covers connections that hold a server up: slow heads, slow readers, very many. On real sockets, in seconds."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from service.connections import Connections
from tests.support.api_server import ApiServer
from tests.support.cli import free_port, wait_until
from tests.support.sockets import END_OF_BODY, connected, first_answer, head, status_of, whole_answer

LARGE = 64 << 20


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer /slow when it is hung up on or after a second, /large with much; read no body but of /body."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    if scope["path"] == "/body":
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-answered", b"1")]})
    for _ in range(LARGE >> 20 if scope["path"] == "/large" else 0):
        await send({"type": "http.response.body", "body": b"x" * (1 << 20), "more_body": True})
    await send({"type": "http.response.body", "body": b"end"})


@contextmanager
def serving(connections: Connections) -> Iterator[int]:
    """Serve the application in a thread; gives the port."""
    port = free_port()
    config = uvicorn.Config(
        connections.watched(app),
        port=port,
        http=connections.protocol,
        ws="none",
        lifespan="off",
        log_level="error",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started, "the server")
        yield port
    finally:
        server.should_exit = True
        thread.join()
    assert not connections.open
    assert not connections.waiting


def dripped(connection: socket.socket, data: bytes, every: float) -> bool:
    """Send ``data`` byte by byte; whether all of it could be sent."""
    for at in range(len(data)):
        try:
            connection.sendall(data[at : at + 1])
            connection.settimeout(every)
            if connection.recv(1) == b"":
                return False
        except TimeoutError:
            continue
        except OSError:
            return False
    return True


@pytest.mark.parametrize("before", [b"", head("GET", "/"), head("POST", "/", "Content-Length: 1000000")])
def test_whoever_drips_is_hung_up_on(before: bytes) -> None:
    with serving(Connections(header_timeout=0.5)) as port, connected(port) as connection:
        if before:
            connection.sendall(before)
            assert status_of(first_answer(connection)) == 200
        assert not dripped(connection, b"G" * 1000, 0.05)


def test_whoever_says_nothing_is_hung_up_on() -> None:
    with serving(Connections(header_timeout=0.3)) as port, connected(port) as connection:
        assert whole_answer(connection) == b""


def test_a_request_takes_as_long_as_it_takes_and_the_next_one_is_answered_too() -> None:
    with serving(Connections(header_timeout=0.5)) as port, connected(port) as connection:
        for path in ("/slow", "/", "/slow"):
            connection.sendall(head("GET", path))
            assert status_of(first_answer(connection, END_OF_BODY)) == 200
    with serving(Connections(header_timeout=0.5)) as port, connected(port) as connection:
        connection.sendall(head("GET", "/") + head("GET", "/slow") + head("GET", "/", "Connection: close"))
        assert whole_answer(connection).count(b"x-answered") == 3


def test_a_body_may_come_slowly() -> None:
    with serving(Connections(header_timeout=0.3)) as port, connected(port) as connection:
        connection.sendall(head("POST", "/body", "Content-Length: 20"))
        assert dripped(connection, b"x" * 19, 0.05)
        connection.sendall(b"x")
        connection.settimeout(10)
        assert status_of(first_answer(connection)) == 200


def test_whoever_does_not_read_is_hung_up_on() -> None:
    connections = Connections(read_timeout=0.5)
    with serving(connections) as port, connected(port) as connection:
        connection.sendall(head("GET", "/large"))
        wait_until(lambda: len(connections.open) == 1, "the connection")
        wait_until(lambda: not connections.open, "it to be closed")


def test_a_reader_gets_all_of_a_large_answer() -> None:
    with serving(Connections(header_timeout=0.3, read_timeout=5)) as port, connected(port) as connection:
        connection.sendall(head("GET", "/large", "Connection: close"))
        assert len(whole_answer(connection)) > LARGE


def test_idle_connections_keep_nobody_out() -> None:
    with serving(Connections(most=20, header_timeout=60)) as port:
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        try:
            for half in idle:
                half.setblocking(False)
                try:
                    half.send(b"GET / HTTP/1.1\r\nHost: ")
                except OSError:
                    continue
            with connected(port) as connection:
                connection.sendall(head("GET", "/"))
                assert status_of(first_answer(connection)) == 200
        finally:
            for half in idle:
                half.close()


def test_a_server_whose_connections_are_all_at_work_says_so() -> None:
    connections = Connections(most=3)
    with serving(connections) as port:
        busy = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        for connection in busy:
            connection.sendall(head("POST", "/body", "Content-Length: 5"))
            connection.sendall(b"x")
        wait_until(lambda: (len(connections.open), len(connections.waiting)) == (3, 0), "all to be at work")
        with connected(port) as late:
            answer = whole_answer(late)
        assert status_of(answer) == 503
        assert int(answer.partition(b"content-length: ")[2].split()[0]) == len(answer.partition(b"\r\n\r\n")[2])
        for connection in busy:
            connection.sendall(b"xxxx")
            assert status_of(first_answer(connection)) == 200
            connection.close()
        with connected(port) as connection:
            connection.sendall(head("GET", "/"))
            assert status_of(first_answer(connection)) == 200


@pytest.mark.slow
def test_the_program_itself_outlasts_a_thousand_half_requests(tmp_path_factory: pytest.TempPathFactory) -> None:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        idle = []
        try:
            for _ in range(1000):
                connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
                connection.sendall(b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nX")
                idle.append(connection)
            assert server.client.get("/healthz").status_code == 200
            last = idle[-1]
            assert not dripped(last, b"x" * 3000, 0.01) or whole_answer(last) == b""
        finally:
            for connection in idle:
                connection.close()
        with connected(server.port) as connection:
            connection.sendall(head("GET", "/healthz", "X: " + "x" * (1 << 20)))
            assert status_of(first_answer(connection)) in (0, 400)

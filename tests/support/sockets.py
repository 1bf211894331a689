"""HTTP on bare sockets, for what a well-behaved client never sends."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 60


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """Give a connection to the server at ``port`` of this machine."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        yield connection


def head(method: str, target: str, *lines: str, host: str = "localhost") -> bytes:
    """The head of a request; ``lines`` are headers."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode("utf-8")


END_OF_BODY = b"0\r\n\r\n"
"""How a body that is sent in chunks ends."""


def first_answer(connection: socket.socket, until: bytes = b"\r\n\r\n") -> bytes:
    """What the server answers ``until`` the end of its headers; less when it closes the connection before."""
    heard = b""
    while until not in heard and (more := _heard(connection)):
        heard += more
    return heard


def whole_answer(connection: socket.socket) -> bytes:
    """Everything the server sends until it closes the connection."""
    return b"".join(iter(lambda: _heard(connection), b""))


def status_of(answer: bytes) -> int:
    """The status of an answer; 0 of none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def _heard(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except ConnectionError:
        return b""

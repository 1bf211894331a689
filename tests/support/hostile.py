"""Files that are small and evil, and whatever else can be sent to the API by somebody who means it no good."""

from __future__ import annotations

import gzip
import io
import json
import random
import socket
import time
from collections.abc import Callable
from functools import lru_cache

import httpx

from tests.support.api_server import IMPORTS, ApiServer

_BLOCK = 1 << 20


def _packed(start: bytes, piece: bytes, times: int) -> bytes:
    """The gzip of ``start`` and then ``times`` times ``piece``."""
    packed = io.BytesIO()
    block = piece * (_BLOCK // len(piece))
    with gzip.open(packed, "wb", 6) as file:
        file.write(start)
        for _ in range(times // (len(block) // len(piece))):
            file.write(block)
    return packed.getvalue()


@lru_cache
def digits_before_a_letter(length: int) -> bytes:
    """A header with one cell of ``length`` digits that does not end as a number."""
    return b"1" * length + b"x,Code\n1,A1\n"


@lru_cache
def many_short_rows() -> bytes:
    """15 million rows in 29 KB."""
    return _packed(b"", b"x\n", 15_000_000)


@lru_cache
def many_blank_records() -> bytes:
    """200 million records without anything in them, in 200 KB."""
    return _packed(b"Code,Name\nA1,Ann\n", b"\n", 200_000_000)


@lru_cache
def behind_an_open_quote() -> bytes:
    """300 MB behind a quote that is never closed, in 300 KB."""
    return _packed(b'Code,Name\n"', b"x\n", 150_000_000)


@lru_cache
def one_long_line() -> bytes:
    """500 MB without the end of a line, in 500 KB."""
    return _packed(b"Code,Name\n", b"\x00a", 250_000_000)


FILES: dict[str, Callable[[], bytes]] = {
    "digits, 2.5 KB": lambda: digits_before_a_letter(2_500),
    "digits, 20 KB": lambda: digits_before_a_letter(20_000),
    "short rows": many_short_rows,
    "blank records": many_blank_records,
    "open quote": behind_an_open_quote,
    "one long line": one_long_line,
}
"""What a file can be that costs whoever looks at it much more than whoever sends it."""

TEN = [*FILES, "digits, 2.5 KB", "digits, 20 KB", "short rows", "open quote"]


class Attacker:
    """Somebody who does evil to ``server``, one thing after the other; ``statuses`` are the answers so far."""

    def __init__(self, server: ApiServer, key: str, seed: int) -> None:
        self._server, self._key = server, key
        self._choice = random.Random(seed)
        self._client = httpx.Client(base_url=server.url, timeout=600, headers={"x-api-key": key})
        self.statuses: list[tuple[str, int]] = []

    def act(self, name: str) -> None:
        """Do one of ``ACTS`` or send one of ``FILES``; being cut off is no error of anybody's."""
        try:
            status = self.send(FILES[name]()) if name in FILES else ACTS[name](self)
        except (httpx.TransportError, OSError):
            status = 0
        self.statuses.append((name, status))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def send(self, data: bytes) -> int:
        """Upload a file, look at its plan, start it now and then, and throw it away."""
        answer = self._client.post(IMPORTS, files={"file": ("evil.csv", data, "text/csv")})
        if answer.status_code == 201:
            code = answer.json()["code"]
            if self._choice.random() < 0.3:
                self._client.get(f"{IMPORTS}/{code}/plan")
            if self._choice.random() < 0.2:
                self._client.put(f"{IMPORTS}/{code}", json={})
            self._client.post(f"{IMPORTS}/{code}/cancel")
        return answer.status_code

    def _waiting_job(self) -> str:
        answer = self._client.post(IMPORTS, files={"file": ("evil.csv", b"Code,Name\nE1,Eve\n", "text/csv")})
        return str(answer.json()["code"]) if answer.status_code == 201 else "aaaaaaaaaa"

    def _put(self, body: bytes) -> int:
        code = self._waiting_job()
        address, headers = f"{IMPORTS}/{code}", {"content-type": "application/json"}
        status = self._client.put(address, content=body, headers=headers).status_code
        self._client.post(f"{IMPORTS}/{code}/cancel")
        return status

    def many_mappings(self) -> int:
        """90,000 mappings in one call."""
        mappings = [{"csvHeader": f"h{number}", "targetField": "Nonsense"} for number in range(90_000)]
        return self._put(json.dumps({"columnMappings": mappings}).encode())

    def deep_json(self) -> int:
        """A hundred thousand lists in one another."""
        return self._put(b'{"columnMappings":' + b"[" * 100_000 + b"]" * 100_000 + b"}")

    def lone_surrogate(self) -> int:
        """Half a character."""
        return self._put(b'{"mappingCode": "\\ud800"}')

    def wrong_key(self) -> int:
        """A guess at the key, with a file."""
        files = {"file": ("evil.csv", digits_before_a_letter(2_500), "text/csv")}
        return self._client.post(IMPORTS, files=files, headers={"x-api-key": "guess"}).status_code

    def hang_up(self) -> int:
        """Send a file, and go before there is an answer."""
        with self._connected() as connection:
            connection.sendall(self._request(digits_before_a_letter(20_000)))
        return 0

    def slow_body(self) -> int:
        """Send a file letter by letter."""
        request = self._request(b"Code,Name\n" + b"x" * 1_000)
        head = request.index(b"\r\n\r\n") + 4
        with self._connected() as connection:
            connection.sendall(request[:head])
            for place in range(head, head + 20):
                connection.sendall(request[place : place + 1])
                time.sleep(0.2)
        return 0

    def slow_headers(self) -> int:
        """Begin a request, and stand still."""
        with self._connected() as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            time.sleep(4)
        return 0

    def _connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._server.port), timeout=60)

    def _request(self, data: bytes) -> bytes:
        request = self._client.build_request("POST", IMPORTS, files={"file": ("evil.csv", data, "text/csv")})
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        return f"POST {IMPORTS} HTTP/1.1\r\n{head}\r\n".encode() + request.read()


ACTS: dict[str, Callable[[Attacker], int]] = {
    "many mappings": Attacker.many_mappings,
    "deep JSON": Attacker.deep_json,
    "lone surrogate": Attacker.lone_surrogate,
    "wrong key": Attacker.wrong_key,
    "hang up": Attacker.hang_up,
    "slow body": Attacker.slow_body,
    "slow headers": Attacker.slow_headers,
}
"""What else can be done; each returns the status of the answer, 0 for none."""

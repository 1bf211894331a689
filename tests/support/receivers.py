"""Receivers of notifications for tests: a webhook and a mail server, on free ports of loopback."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Posted:
    """A request: its headers, by name in lower case, and its body."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Webhook:
    """A webhook at ``url``; it answers with the ``answers`` in order, then with 204.

    An answer of 0 is none: the connection stays open for a while, and nothing comes.
    """

    port: int = 0
    posted: list[Posted] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    redirects_to: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def jobs(self) -> list[str]:
        """The jobs that were told, in order."""
        return [each.json["code"] for each in self.posted]


@contextmanager
def a_webhook(port: int = 0) -> Iterator[Webhook]:
    """A webhook, at ``port`` or a free one, that is away afterwards."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = hook.answers.pop(0) if hook.answers else 204
            hook.posted.append(Posted({name.lower(): value for name, value in self.headers.items()}, body))
            if not status:
                time.sleep(60)
            self.send_response(status)
            if hook.redirects_to:
                self.send_header("location", hook.redirects_to)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with _served(ThreadingHTTPServer(("127.0.0.1", port), Handler)) as hook.port:
        yield hook


@dataclass
class MailServer:
    """A mail server at ``port`` that takes every mail, or refuses all of them."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refuses: bool = False


@contextmanager
def a_mail_server() -> Iterator[MailServer]:
    """A mail server that is away afterwards."""
    server = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mail")
            while line := self.rfile.readline().decode("ascii").strip():
                match line.upper().split(maxsplit=1)[0]:
                    case "DATA":
                        self._say("354 go on")
                        self._take(b"".join(iter(self.rfile.readline, b".\r\n")))
                    case "QUIT":
                        self._say("221 bye")
                        return
                    case "RCPT" if server.refuses:
                        self._say("550 nobody here")
                    case _:
                        self._say("250 mail")

        def _take(self, mail: bytes) -> None:
            server.mails.append(message_from_bytes(mail, policy=policy.default))  # type: ignore[arg-type]
            self._say("250 taken")

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode("ascii"))

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as server.port:
        yield server


@contextmanager
def _served(server: socketserver.ThreadingMixIn | socketserver.TCPServer) -> Iterator[int]:
    assert isinstance(server, socketserver.TCPServer)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.socket.close()
        thread.join()

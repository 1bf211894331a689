"""The Dagster UI behind its guard, in processes of its own, with a home folder of its own and nothing to show."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil
from websockets.sync.client import ClientConnection, connect

from client_import.paths import Home
from pipelines.instance import INSTANCE_CONFIG
from service.serving.ready import answers
from tests.support import servers
from tests.support.cli import PATIENCE_SECONDS, CommandLine, free_port, wait_until

JSON = "application/json"


class GuardedUi:
    """The program with ``home`` as its home folder; ``settings`` are more environment variables."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = Home(home).create()
        self.home.dagster.mkdir(exist_ok=True)
        (self.home.dagster / "dagster.yaml").write_bytes(INSTANCE_CONFIG.read_bytes())
        workspace = home / "workspace.yaml"
        workspace.write_text("load_from: []\n", "ascii")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {**CommandLine(home, **settings).environment, "DAGSTER_HOME": str(self.home.dagster)}
        self.log = home / "ui.log"
        arguments = ("service.dagster_ui", "--port", str(self.port), "--workspace", workspace)
        self.process = servers.start(*arguments, environment=environment, log=self.log)
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS)
        try:
            wait_until(lambda: answers("127.0.0.1", self.port, "/healthz") or self._has_ended(), "the UI", 0.2)
        except BaseException:
            self.process.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.client.close()
        servers.end(self.process)
        assert "Traceback" not in self.said()

    def said(self) -> str:
        """What the program has said."""
        return self.log.read_text("utf-8", "replace")

    def inner(self) -> psutil.Process:
        """Dagster's own web server."""
        return psutil.Process(self.process.pid).children()[0]

    def inner_port(self) -> int:
        """Where that one listens."""
        listening = self.inner().net_connections("inet")
        return int(next(each.laddr.port for each in listening if each.status == psutil.CONN_LISTEN))

    def ask(self, query: str, **headers: str) -> httpx.Response:
        """Ask GraphQL as it is to be asked, but for ``headers`` (``content_type`` is Content-Type)."""
        given = {"content-type": JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.post("/graphql", json={"query": query}, headers=given)

    def raw(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Send a request whose path no client has tidied up; returns status and body of the answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)) as connection:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def subscribe(self, host: str = "127.0.0.1", origin: str | None = None, **headers: str) -> ClientConnection:
        """Open the WebSocket of GraphQL, calling the server ``host``, as a page of ``origin`` would."""
        return connect(
            f"ws://{host}:{self.port}/graphql",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            origin=origin,  # type: ignore[arg-type]
            subprotocols=["graphql-ws"],  # type: ignore[list-item]
            additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
            proxy=None,
        )

    def _has_ended(self) -> bool:
        assert self.process.poll() is None, self.said()
        return False

"""The HTTP API in a process of its own, on a free port of loopback, with a home folder of its own."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from client_import.jobs.record import Status
from service.api.__main__ import main
from tests.support import servers
from tests.support.cli import PATIENCE_SECONDS, CommandLine, free_port, has_settings_of_others, wait_until

IMPORTS = "/clients/import/csv"
FINAL = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
PROBLEM = "application/problem+json"


_USUAL = {"CLIENT_IMPORT_PREVIEW_SECONDS": str(PATIENCE_SECONDS), "CLIENT_IMPORT_WORKERS": "1"}


class ApiServer:
    """The server with ``home`` as its home folder; ``settings`` are more environment variables.

    Unless they say otherwise, it is patient: on a busy machine the first look at a file can take half a minute. And it
    has one worker, of which each takes seconds of the processor before it is ready.
    """

    def __init__(self, home: Path, **settings: str) -> None:
        self.cli = CommandLine(home, **{**_USUAL, **settings})
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS)
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with closing(self.client):
            self.stop()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.log = self.home / "server.log"
        self.process = self._started("--port", str(self.port))
        try:
            wait_until(self.answers, "the server")
        except BaseException:
            self.process.kill()
            raise

    def _started(self, *arguments: str) -> servers.Server:
        if has_settings_of_others(self.cli.environment):
            return servers.start("service.api", *arguments, environment=self.cli.environment, log=self.log)
        return servers.Forked(main, arguments, self.cli.environment, self.log)

    def stop(self) -> None:
        """End the server as its own process; a traceback it wrote fails the test."""
        servers.end(self.process)
        assert "Traceback" not in self.log.read_text("utf-8", "replace"), self.log.read_text("utf-8", "replace")

    def answers(self) -> bool:
        """Whether the server answers."""
        assert self.process.poll() is None, self.log.read_text("utf-8", "replace")
        with suppress(httpx.TransportError):
            return self.client.get("/healthz").status_code in (200, 503)
        return False

    def upload(self, data: bytes, name: str = "clients.csv", **fields: str) -> httpx.Response:
        """Upload a file; ``fields`` are those of the form."""
        return self.client.post(IMPORTS, files={"file": (name, data, "text/csv")}, data=fields)

    def uploaded(self, data: bytes, **fields: str) -> str:
        """Upload a file and return the code of its job, which waits."""
        answer = self.upload(data, **fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["code"])

    def put(self, code: str, **options: Any) -> httpx.Response:
        """Start the job with ``options``, named as in the API."""
        return self.client.put(f"{IMPORTS}/{code}", json=options)

    def job(self, code: str) -> dict[str, Any]:
        """The record of the job."""
        answer = self.client.get(f"{IMPORTS}/{code}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def codes(self) -> list[str]:
        """The codes of all jobs, newest first."""
        return [job["code"] for job in self.client.get(IMPORTS, params={"limit": 1000}).json()]

    def ended(self, code: str) -> dict[str, Any]:
        """The record of the job, once it has ended."""
        wait_until(lambda: self.job(code)["status"] in FINAL, f"job {code} to end")
        return self.job(code)

    def run(self, data: bytes, **options: Any) -> dict[str, Any]:
        """Upload a file, import it and return the record of its ended job."""
        code = self.uploaded(data)
        answer = self.put(code, **options)
        assert answer.status_code in (201, 202), answer.text
        return self.ended(code)


def is_problem(answer: httpx.Response, status: int, *words: str) -> dict[str, Any]:
    """Check that ``answer`` is a problem document of ``status`` whose detail has all of ``words``; returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    content = json.loads(answer.text)
    assert list(content) == ["type", "title", "status", "detail", "errors"]
    assert content["status"] == status
    assert all(word in content["detail"] for word in words), content["detail"]
    return dict(content)

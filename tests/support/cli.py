"""The real command ``client-import`` in a process of its own, with a home folder of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from client_import.jobs.opening import open_job_store
from client_import.paths import Home
from client_import.settings import Settings
from tests.support.forked import end, run_command, start_call_in
from tests.support.tables import looking_into

COMMAND = Path(sys.executable).with_name("client-import")
PATIENCE_SECONDS = 240
"""Longer than anything takes here on a busy machine; a test that waits this long has failed."""

_OURS = ("CLIENT_IMPORT_", "DAGSTER", "PYTEST_")

_HOLD = """
import duckdb, sys, time
for _ in range(600):
    try:
        held = duckdb.connect(sys.argv[1])
        break
    except duckdb.IOException:
        time.sleep(0.1)  # an import that is about to end has it
print('held', flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command answered."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON value on stdout; anything else there fails the test."""
        return json.loads(self.stdout)


class CommandLine:
    """The command with ``home`` as its home folder; ``settings`` are more environment variables."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLIENT_IMPORT_", "DAGSTER"))}
        self.environment = {**kept, "CLIENT_IMPORT_HOME": str(home), **settings}

    def __call__(self, *arguments: str | Path, stdin: bytes = b"", **settings: str) -> Answer:
        """Run the command to its end. A traceback that nobody asked for fails the test.

        It is forked from a process that has its modules, unless settings of others tell how a process starts.
        """
        environment = {**self.environment, **settings}
        if has_settings_of_others(environment):
            return self.end(self.start(*arguments, **settings), stdin)
        with TemporaryDirectory() as folder:
            streams = Path(folder)
            (streams / "stdin").write_bytes(stdin)
            status = end(start_call_in(environment, run_command, [*map(str, arguments)], streams), PATIENCE_SECONDS)
            stdout, stderr = ((streams / name).read_bytes().decode() for name in ("stdout", "stderr"))
        return _checked(Answer(status, stdout, stderr), arguments)

    def start(self, *arguments: str | Path, **settings: str) -> subprocess.Popen[bytes]:
        """Start the command."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self.environment, **settings},
        )

    def end(self, process: subprocess.Popen[bytes], stdin: bytes = b"") -> Answer:
        """Wait for a command that was started; it is killed when that takes too long."""
        try:
            stdout, stderr = process.communicate(stdin, timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
        return _checked(Answer(process.returncode, stdout.decode(), stderr.decode()), process.args)

    def jobs(self) -> list[dict[str, Any]]:
        """The job records, newest first, each with the ``phase`` it is in."""
        database = self.environment.get("CLIENT_IMPORT_DATABASE", "")
        if not database and not (self.home / "jobs.sqlite").exists():
            return []
        with open_job_store(Settings(home=self.home, database=SecretStr(database)), Home(self.home)) as store:
            return [{**job.to_json(), "phase": store.job_progress(job.code).phase} for job in store.jobs()]

    def is_waiting(self) -> bool:
        """Whether the newest job waits for the clients database."""
        return any((job["phase"] or "").startswith("waiting for") for job in self.jobs()[:1])

    def clients(self) -> list[tuple[Any, ...]]:
        """The whole clients table, by code."""
        with looking_into(str(self.home / "clients.duckdb")) as connection:
            return connection.execute("SELECT * FROM clients ORDER BY code").fetchall()

    @contextmanager
    def locked(self) -> Iterator[subprocess.Popen[bytes]]:
        """Have another process hold the clients database, until :func:`let_go` or the end."""
        holder = subprocess.Popen(
            [sys.executable, "-c", _HOLD, self.home / "clients.duckdb"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            yield holder
        finally:
            let_go(holder)


def _checked(answer: Answer, arguments: Collection[object]) -> Answer:
    """Return the answer, which has no traceback that nobody asked for."""
    assert "--debug" in arguments or "Traceback" not in answer.stderr, answer.stderr
    return answer


def _others(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that are not of client-import."""
    return {name: value for name, value in environment.items() if not name.startswith(_OURS)}


_OTHERS = _others(os.environ)
"""Those that the fork server has, too."""


def has_settings_of_others(environment: Mapping[str, str]) -> bool:
    """Whether it is another environment than that of the tests, but for settings of client-import."""
    return _others(environment) != _OTHERS


def let_go(holder: subprocess.Popen[bytes]) -> None:
    """End the process that holds the clients database."""
    if holder.returncode is None:
        holder.communicate(timeout=PATIENCE_SECONDS)


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_until(happened: Callable[[], bool], what: str, seconds_between: float = 0.05) -> None:
    """Return as soon as ``happened()``; fails when it never does.

    What is long in coming is asked for less and less often, up to four times a second: to ask takes time from it.
    """
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(seconds_between)
        seconds_between = max(seconds_between, min(1.2 * seconds_between, 0.25))

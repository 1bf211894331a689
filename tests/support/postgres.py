"""A PostgreSQL server for the tests: made by ``initdb`` once a session, with a schema of its own for each test.

Tests that need one are skipped where Debian's ``postgresql`` or the extra ``postgresql`` is not installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.support.cli import free_port

PASSWORD = "pass/word of the tests"
_DEBIAN = Path("/usr/lib/postgresql")
_NEEDED = ("adbc_driver_postgresql", "psycopg", "psycopg2", "dagster_postgres")
_FOR_TESTS = ("fsync=off", "max_connections=200", "listen_addresses=127.0.0.1", "shared_buffers=64MB")


def why_not() -> str | None:
    """Return what is missing for tests on PostgreSQL; None when all of it is there."""
    if _program("initdb") is None:
        return "PostgreSQL is not installed: apt-get install postgresql"
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    return f"the extra postgresql is not installed (make extras): no module {', '.join(missing)}" if missing else None


@dataclass
class PostgresServer:
    """A server on loopback, with its data in ``folder``; it runs as user postgres when the tests run as root."""

    folder: Path
    port: int

    def url(self, schema: str = "public", *, user: str = "postgres", password: str = PASSWORD) -> str:
        """The address of the database, with ``schema`` as the one where tables are made and found."""
        place = f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/postgres"
        return f"{place}?options={quote(f'-csearch_path={schema}', safe='')}"

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        settings = " ".join(f"-c {each}" for each in (*_FOR_TESTS, f"port={self.port}"))
        sockets = f"-c unix_socket_directories={self.folder}"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", self.folder / "log", "-o", f"{settings} {sockets}")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server: ``immediate`` as if it were killed, ``fast`` in order."""
        self._run("pg_ctl", "stop", "-w", "-D", self._data, "-m", mode)

    def execute(self, statement: str, schema: str = "public") -> list[tuple[Any, ...]]:
        """Execute one statement in a transaction of its own, and return its rows."""
        import psycopg

        with psycopg.connect(self.url(schema), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def schema(self) -> Iterator[str]:
        """A schema that is new, and gone afterwards with all that is in it."""
        name = f"test_{uuid4().hex[:12]}"
        self.execute(f"CREATE SCHEMA {name}")
        yield name
        self.execute(f"DROP SCHEMA IF EXISTS {name}, client_import_{name}, dagster_{name} CASCADE")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _make(self) -> None:
        words = self.folder / "password"
        words.write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (self.folder, words):
                shutil.chown(path, "postgres", "postgres")
        encoding = ("--encoding=UTF8", "--locale=C.UTF-8")
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={words}", *encoding)

    def _run(self, name: str, *arguments: str | Path) -> None:
        program = _program(name)
        assert program is not None
        user = "postgres" if os.getuid() == 0 else None
        with (self.folder / "answer").open("w+") as answer:  # no pipe: the server would keep it open
            done = subprocess.run(
                [program, *arguments], stdout=answer, stderr=answer, user=user, cwd=self.folder, check=False
            )
            answer.seek(0)
            assert done.returncode == 0, answer.read()


@contextmanager
def a_server() -> Iterator[PostgresServer]:
    """A server that is new, for tests that stop it."""
    folder = Path(tempfile.mkdtemp(prefix="client-import-postgres-"))
    server = PostgresServer(folder, free_port())
    try:
        server._make()
        try:
            server.start()
        except AssertionError:  # another process has taken the port since
            server.port = free_port()
            server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server of the session; the test is skipped where there can be none."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with a_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a schema of the test's own."""
    with postgres_server.schema() as schema:
        yield postgres_server.url(schema)


def _program(name: str) -> Path | None:
    """Return the path of a program of PostgreSQL, which Debian does not put on the PATH."""
    versions = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: float(path.parent.parent.name), reverse=True)
    found = shutil.which(name)
    return Path(found) if found else next(iter(versions), None)

"""Covers the workers of a server that ends, is killed, or comes back: nothing asked for is lost, no process stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from client_import.jobs.record import Counts, Status
from pipelines.worker import EXERCISE
from tests.support.cli import CommandLine, let_go, wait_until
from tests.support.launching import Server, asked, ended, rows, until_waiting, worker_of
from tests.support.program import Program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(program: Program) -> Iterator[Server]:
    program.run(rows(1, "Before"))
    server = Server(program.home.path, CLIENT_IMPORT_WORKERS="1")
    with closing(server):
        yield server
    assert_gone(server)


def assert_gone(server: Server) -> None:
    wait_until(lambda: not server.processes(), "all its processes to end")


def order(program: Program, server: Server, data: bytes) -> str:
    code = asked(program, data)
    server.say(f"start {code}")
    return code


def test_a_worker_writes_nothing_to_the_log_of_its_server_by_coming_to_be() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import pipelines.worker"], cwd=ROOT, capture_output=True, check=False
    )
    assert (loaded.returncode, loaded.stdout, loaded.stderr) == (0, b"", b"")


def test_what_a_worker_is_warmed_up_with_becomes_a_client_or_not(program: Program) -> None:
    job = program.run(EXERCISE)
    assert (job["createdCount"], job["errorCount"]) == (1, 2)


def test_killed_while_a_worker_imports(program: Program, server: Server) -> None:
    with CommandLine(program.home.path).locked() as holder:
        code, waiting = order(program, server, rows(3)), order(program, server, rows(4))
        until_waiting(program, code)
        server.process.kill()
        server.end()
        let_go(holder)
    job = ended(program, code)
    assert (job.status, job.counts, job.failure_reason) == (Status.COMPLETED, Counts(created=3), None)
    assert_gone(server)
    assert program.store.waiting.start_requested() == [waiting]
    with closing(Server(program.home.path)) as again:
        assert ended(program, waiting).counts == Counts(created=1, skipped=3)
        again.say("close 60")
        again.end()
        assert_gone(again)


def test_killed_and_another_that_runs_already_takes_up_what_waited(program: Program, server: Server) -> None:
    with closing(Server(program.home.path, CLIENT_IMPORT_WORKERS="1")) as other:
        with CommandLine(program.home.path).locked() as holder:
            here, there = order(program, server, rows(3)), order(program, other, rows(4))
            until_waiting(program, here)
            worker = until_waiting(program, there)
            waiting = order(program, server, rows(5))
            server.process.kill()
            server.end()
            assert program.store.waiting.start_requested() == [waiting]
            let_go(holder)
        assert ended(program, waiting).status is Status.COMPLETED
        assert worker_of(program, waiting) == worker
        other.say("close 60")
        other.end()
        assert_gone(other)


@pytest.mark.long
def test_killed_while_nothing_happens(server: Server) -> None:
    server.process.kill()
    server.end()


@pytest.mark.long
def test_closed_while_a_worker_imports(program: Program, server: Server) -> None:
    with CommandLine(program.home.path).locked() as holder:
        code, waiting = order(program, server, rows(3)), order(program, server, rows(4))
        until_waiting(program, code)
        server.say("close 100")
        order(program, server, rows(5))
        let_go(holder)
        server.end()
        assert program.store.job(code).status is Status.COMPLETED
    assert_gone(server)
    assert program.store.waiting.start_requested()[0] == waiting


@pytest.mark.long
def test_closed_and_not_waited_for(program: Program, server: Server) -> None:
    with CommandLine(program.home.path).locked() as holder:
        code = order(program, server, rows(3))
        until_waiting(program, code)
        server.say("close 0.5")
        server.end()
        assert program.store.job(code).status is Status.IN_PROGRESS
        let_go(holder)
    assert ended(program, code).status is Status.COMPLETED
    assert_gone(server)


def test_ctrl_c_in_its_terminal_and_no_socket_of_its_own(program: Program, server: Server) -> None:
    with CommandLine(program.home.path).locked() as holder:
        code = order(program, server, rows(3))
        worker = until_waiting(program, code)
        os.killpg(server.process.pid, signal.SIGINT)
        sockets = [str(file.readlink()) for file in Path(f"/proc/{worker}/fd").iterdir()]
        let_go(holder)
    assert ended(program, code).status is Status.COMPLETED
    assert worker_of(program, code) == worker
    assert server.socket.startswith("socket:")
    assert server.socket not in sockets
    after = order(program, server, rows(3))
    assert ended(program, after).status is Status.COMPLETED
    assert worker_of(program, after) == worker

"""A job that was cancelled is stopped in the middle of what DuckDB does for it, also while a result is fetched."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from client_import.errors import Cancelled
from client_import.jobs.store import JobStore
from client_import.options import ImportOptions
from client_import.recovery.monitor import JobMonitor

HOURS = "SELECT i, hash(i) AS h FROM range(1_000_000_000_000) t(i)"


BOUND_SECONDS = 60
"""What is not stopped goes on for hours: this tells one from the other, and fails instead of hanging."""


@contextmanager
def bounded(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """End what the connection does when nothing else has, and fail then."""
    was_needed = threading.Event()

    def end() -> None:
        was_needed.set()
        connection.interrupt()

    timer = threading.Timer(BOUND_SECONDS, end)
    timer.start()
    try:
        yield
    except BaseException:
        if not was_needed.is_set():
            raise
    finally:
        timer.cancel()
    assert not was_needed.is_set(), "the statement went on"


def execute(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"SELECT max(h) FROM ({HOURS})")


def fetch(connection: duckdb.DuckDBPyConnection) -> None:
    for _ in connection.sql(HOURS).to_arrow_reader(50_000):
        pass


@pytest.mark.parametrize("work", [execute, fetch])
def test_a_cancel_stops_what_the_connection_does(
    work: Callable[[duckdb.DuckDBPyConnection], None], tmp_path: Path
) -> None:
    with JobStore.at(tmp_path / "jobs.sqlite") as store, duckdb.connect() as connection:
        store.create("jobjobjob2", "clients.csv", ImportOptions(), "test")
        store.start("jobjobjob2")
        with JobMonitor(store, "jobjobjob2", "applying") as monitor:
            store.request_cancel("jobjobjob2")
            with bounded(connection), pytest.raises(Cancelled), monitor.interrupting(connection):
                work(connection)


class Terminated(BaseException):
    """What a handler of a signal raises, as Dagster's does in the process of a run."""


@pytest.mark.parametrize("work", [execute, fetch])
def test_a_signal_that_comes_while_a_statement_runs_is_a_cancel(
    work: Callable[[duckdb.DuckDBPyConnection], None], tmp_path: Path
) -> None:
    """DuckDB makes an error of its own of what the handler raises; that is no error of the program."""

    def terminate(_number: int, _frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGALRM, terminate)
    try:
        with JobStore.at(tmp_path / "jobs.sqlite") as store, duckdb.connect() as connection:
            store.create("jobjobjob2", "clients.csv", ImportOptions(), "test")
            store.start("jobjobjob2")
            connection.execute("SET threads = 1")  # else it may wait for another thread's work, and hear no signal
            monitor = JobMonitor(store, "jobjobjob2", "applying")
            signal.setitimer(signal.ITIMER_REAL, 1)
            with bounded(connection), pytest.raises((Cancelled, Terminated)), monitor, monitor.interrupting(connection):
                work(connection)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

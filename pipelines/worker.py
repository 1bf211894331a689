"""What goes on in a worker process: it imports one job after the other, until its server is gone.

What is loaded or made at the first use takes longer than a small import: for that, a worker imports a file of its own
into a home folder of its own before it takes any job. ``python -m pipelines.worker HANDLE`` is such a process; the
handle is that of the connection to its server.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

import dagster as dg

from client_import import failpoints
from client_import.clients.store import ClientsStore, open_clients
from client_import.errors import ClientImportError
from client_import.jobs.log import logger, write_log
from client_import.jobs.opening import open_job_store
from client_import.jobs.store import JobStore
from client_import.options import ImportOptions
from client_import.paths import Home
from client_import.pipeline import receive
from client_import.reading.limits import Limits
from client_import.recovery.recover import describe_error
from client_import.settings import LogFormat, Settings, read_settings
from client_import.system.quick_end import ending_quickly
from client_import.system.scratch import scratch
from pipelines.definitions import defs
from pipelines.instance import open_instance
from pipelines.job_run import CLIENT_IMPORT, UNDO_IMPORT
from pipelines.launch import launch_here
from pipelines.launcher import STARTED_BY

_LOOK_SECONDS = 1.0
_GARBAGE_AFTER = 100_000
"""New objects between two garbage collections, as on the command line: a small import makes about half of them."""

EXERCISE = b"""Code,Name,Type,Email,Telephone,VatNumber,UniqueTaxReference,PostCode,CompanyNumber,DateOfBirth
A1,Ann,Individual,ann@example.com,020 7946 0018,GB980780684,1123456789,SW1A 1AA,01234567,31/12/1990
A2,Bob,Ltd,wrong,wrong,wrong,wrong,wrong,wrong,wrong
A2,,Zorp,,,,,,,
"""
"""The file a worker is warmed up with: a row that becomes a client, and rows with every kind of error."""

for _name in (CLIENT_IMPORT, UNDO_IMPORT):
    defs.resolve_job_def(_name)


class Worker:
    """Imports the jobs that come through ``orders``, each as its code.

    It answers True when it is ready for the next one, at first and after each, and False when it takes no more. A
    sentence instead says why it does not come to be.
    """

    def __init__(self, orders: Connection) -> None:
        self._orders = orders
        self._is_to_end = False
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        signal.signal(signal.SIGTERM, self._end)

    def work(self, settings: Settings) -> None:
        """Import the jobs that come; returns when the server is gone or SIGTERM came, after the job it has."""
        home = Home(settings.home).create()
        warm_up(home)
        _collect_less()
        write_log(settings.log)
        with open_instance(home) as instance, open_job_store(settings, home) as store:
            self._tell(is_ready=True)
            while (code := self._next()) is not None:
                is_fit = _import(home, store, open_clients(settings, home), code, instance)
                self._tell(is_ready=is_fit)
                if not is_fit:
                    return

    def _next(self) -> str | None:
        while not self._is_to_end:
            try:
                if self._orders.poll(_LOOK_SECONDS):
                    return str(self._orders.recv())
            except (EOFError, OSError):
                return None
        return None

    def _tell(self, *, is_ready: bool) -> None:
        try:
            self._orders.send(is_ready)
        except OSError:
            self._is_to_end = True  # the server is gone

    def _end(self, *_signal: object) -> None:
        self._is_to_end = True


def work(orders: Connection) -> None:
    """Be a worker with the settings of the environment; what keeps it from that is said in words."""
    failpoints.arm("")
    try:
        Worker(orders).work(read_settings())
    except Exception as error:
        is_known = isinstance(error, ClientImportError)
        first_line = (str(error).splitlines() or [""])[0]
        with suppress(OSError):
            orders.send(first_line if is_known else f"{type(error).__name__}: {first_line}")
        sys.exit(1)


def warm_up(home: Home) -> None:
    """Import a few rows into a home folder that is gone afterwards, with its databases; Dagster's are in memory."""
    before = dict(os.environ)
    write_log(LogFormat.OFF)
    try:
        with scratch(home.scratch, "warm-up") as path:
            os.environ.update({"CLIENT_IMPORT_HOME": str(path), "DAGSTER_HOME": str(path / "dagster")})
            os.environ.pop("CLIENT_IMPORT_DATABASE", None)
            place, own = Home(path), read_settings()
            with dg.DagsterInstance.ephemeral(str(path)) as instance, open_job_store(own, place) as store:
                stream, options, limits = io.BytesIO(EXERCISE), ImportOptions.parse({}), Limits.of(own)
                job = receive(place, store, stream, "warm-up.csv", options, STARTED_BY, limits)
                _import(place, store, open_clients(own, place), job.code, instance)
    finally:
        os.environ.clear()
        os.environ.update(before)
        failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))


def _collect_less() -> None:
    """Leave what is there now, all of which stays, out of garbage collections, and have few of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)


def _import(home: Home, store: JobStore, database: ClientsStore, code: str, instance: dg.DagsterInstance) -> bool:
    """Run the job to its end; returns whether this process is fit for another one.

    In a thread, so that a signal is heard at once and Dagster does not take the signals for itself. A job that could
    not be ended is ended by whoever looks, but not before this process is gone.
    """
    is_fit = False

    def run() -> None:
        nonlocal is_fit
        try:
            is_fit = launch_here(home, store, database, code, STARTED_BY, instance).status.is_final
        except Exception as error:
            logger.error("Job %s could not be brought to its end: %s", code, describe_error(error))

    thread = threading.Thread(target=run, name=f"import-{code}")
    thread.start()
    thread.join()
    return is_fit


if __name__ == "__main__":
    with ending_quickly():
        work(Connection(int(sys.argv[1])))

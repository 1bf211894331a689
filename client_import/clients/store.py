"""The store of the clients, and how one is opened."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol

import duckdb

from client_import.clients.duckdb_file import DuckdbClients
from client_import.clients.needs import Needs
from client_import.clients.referring import Referring
from client_import.jobs.opening import open_job_store
from client_import.jobs.record import Job
from client_import.paths import Home
from client_import.settings import Settings
from client_import.system.postgresql import require_installed

_SHORT_WAIT_SECONDS = 1.0


class Session(Protocol):
    """The clients while they are open."""

    @property
    def tables(self) -> duckdb.DuckDBPyConnection:
        """A connection whose table ``clients`` has at least the clients that were gathered.

        It may have columns and clients that were not asked for.
        """

    @property
    def identity(self) -> str:
        """The column of ``clients`` in ``tables`` by which a client is known all through the session."""

    @property
    def columns(self) -> Collection[str]:
        """The columns of the table ``clients`` where it is kept, those of other programs included."""

    def gather(self, needs: Needs) -> None:
        """Have the clients that the rows of the view ``staged`` need in ``tables``."""

    def recorded(self, code: str) -> Job | None:
        """Return the job ``code`` as it was applied, from the ledger, or None if it was not applied."""

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, in the SQL of both databases, on the tables where they are kept.

        Its parameters are ``$1`` and so on.
        """

    def gather_job(self, code: str, later: Sequence[str]) -> None:
        """Have in ``tables`` the history of the job ``code``, and the clients that it is about, in all columns.

        What the jobs in ``later`` have changed of these is there, too.
        """

    def referring(self) -> list[Referring]:
        """Return the tables whose rows the database changes when it removes the client to which they refer."""

    def remove(self, clients: str) -> None:
        """Delete the clients in ``tables`` whose rowids the query ``clients`` returns."""

    def send(self, job: Job, columns: Collection[str], updated: str) -> None:
        """Send what ``job`` has created, updated and removed in ``tables``, and its history, to where they are kept.

        ``updated`` is the condition, in SQL, for the clients that were updated, and ``columns`` are those that were
        changed. Raises StoreError when other clients than these change.
        """

    def commit(self, job: Job, announce: Callable[[], None]) -> None:
        """Write the Completed ``job`` to the ledger, forget removed clients in time, call ``announce``, and commit."""

    def count(self) -> int:
        """Return how many clients there are; an estimate where counting would take long."""

    def interrupt(self) -> None:
        """Stop the statement that runs, from any thread."""


class Reader(Protocol):
    """The clients and their history while they are open to be read where they are kept: one state of both.

    Queries are in the SQL of both databases; their parameters are ``$1`` and so on.
    """

    @property
    def columns(self) -> Collection[str]:
        """The columns of the table ``clients``; none where there are no tables yet."""

    @property
    def has_history(self) -> bool:
        """Whether there are the tables of the history; an older PostgreSQL database gets them at its next import."""

    def search(self, columns: Iterable[str], text: str) -> tuple[str, str]:
        """Return the condition that one of the ``columns`` contains ``text`` in any letter case, with its ``$1``."""

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query that has few; none where there are no tables yet."""

    def batches(self, query: str, values: Sequence[Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query that may have many, some thousands at a time."""


class ClientsStore(Protocol):
    """Where the clients are kept. Each method raises StoreError, in sentences, when they cannot be used."""

    def open(
        self, *, code: str = "", waiting: Callable[[str], None] = lambda holder: None
    ) -> AbstractContextManager[Session]:
        """Open the clients to change them for the job ``code``; create their tables if they are missing.

        There is one such session at a time. While another has the clients, ``waiting`` is called several times a
        second with a description of its process; an exception from it ends the wait. Raises InUseError when the wait
        takes too long.
        """

    def ask(self) -> AbstractContextManager[Session]:
        """Open the ledger to read it, at a time when no commit is under way. Raises InUseError as :meth:`open` does."""

    def look(self, needs: Needs | None) -> AbstractContextManager[Session]:
        """Open the clients as they are now, to read what ``needs`` says; None stands for all of them.

        What is read is one state of the clients. With ``needs``, nobody has to wait for the reader.
        """

    def read(self) -> AbstractContextManager[Reader]:
        """Open the clients and their history to read them where they are kept.

        In PostgreSQL nobody has to wait for the reader, and it waits for nobody.
        """

    def look_at_history(self) -> AbstractContextManager[Session]:
        """Open the clients and their history as they are now, to read them where they are kept."""

    def end(self, code: str) -> None:
        """Make sure that the process of the dead job ``code`` can no longer commit or keep the clients."""

    def state(self) -> str | None:
        """Return a text that changes whenever the clients are written or replaced, without opening them.

        None on a server, which may have been given other clients without anything that tells.
        """

    def check(self) -> None:
        """Raise StoreError when the clients cannot be used; somebody else's using them is no reason."""


def open_clients(settings: Settings, home: Home, max_wait_seconds: float = math.inf) -> ClientsStore:
    """Return the store of the clients of ``home``, not opened yet.

    Opening it waits for the time that the settings allow, but at most ``max_wait_seconds``. Raises OptionsError where
    CLIENT_IMPORT_DATABASE is no address, or what connects to PostgreSQL is not installed.
    """
    wait_seconds, imports = min(settings.lock_wait_seconds, max_wait_seconds), partial(_known_imports, settings, home)
    duckdb_may_use = (home.scratch, wait_seconds, settings.memory_limit_bytes, settings.threads)
    if not settings.database_url:
        return DuckdbClients(home.clients_database, *duckdb_may_use, imports, settings.history_days)
    require_installed()
    from client_import.clients.postgresql.store import PostgresClients

    return PostgresClients(settings.database_url, *duckdb_may_use, imports, history_days=settings.history_days)


def open_for_recovery(settings: Settings, home: Home) -> ClientsStore:
    """Return the store of the clients, not opened yet, for recovering jobs: it hardly waits for a running import.

    That import recovers the same jobs when it begins to apply its plan.
    """
    return open_clients(settings, home, _SHORT_WAIT_SECONDS)


def _known_imports(settings: Settings, home: Home) -> int:
    """Return how many imports have changed the clients, according to the job store."""
    if not settings.database_url and not home.job_store.exists():
        return 0
    with open_job_store(settings, home) as store:
        return store.figures.changes_made()

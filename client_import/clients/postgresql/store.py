"""The clients in a PostgreSQL database: one writer at a time, under a lock on the table that readers do not notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from client_import.clients.engine import engine
from client_import.clients.history_tables import HISTORY_TABLES
from client_import.clients.needs import Needs
from client_import.clients.postgresql.activity import application_name, end_job, holder_of
from client_import.clients.postgresql.link import Link, LinkError
from client_import.clients.postgresql.reader import PostgresReader
from client_import.clients.postgresql.session import LEAST_SIEVED, PostgresSession
from client_import.clients.postgresql.tables import check_places, create_tables, found_tables, lacking, may_index
from client_import.clients.tables import Columns, NewerDatabaseError, tables_of
from client_import.errors import InUseError, StoreError
from client_import.system.postgresql import connect, connection_string, settings_query, shown
from client_import.system.postgresql_errors import sentence

_LOCK_TIMEOUT = "55P03"
_LOOKED_UP_EVERY_SECONDS = 1.0


class PostgresClients:
    """The PostgreSQL database at ``url`` with the tables ``clients`` and ``import_jobs``.

    ``lock_wait_seconds`` is the longest wait for another writer. DuckDB, which judges the rows, may use
    ``memory`` bytes and ``threads`` threads, and spills to ``scratch_folder``. ``known_imports`` returns how
    many imports are known to have changed the clients: if there were any and the tables are missing, they are not
    created anew. ``least_sieved`` is for tests (:mod:`client_import.clients.postgresql.session`). The history of a
    client is kept for ``history_days`` after the client was removed.
    """

    def __init__(
        self,
        url: str,
        scratch_folder: Path,
        lock_wait_seconds: float,
        memory: int,
        threads: int,
        known_imports: Callable[[], int] = lambda: 0,
        least_sieved: int = LEAST_SIEVED,
        history_days: int = 365,
    ) -> None:
        self._url = url
        self._place = shown(url)
        self._scratch_folder = scratch_folder
        self._lock_wait_seconds = lock_wait_seconds
        self._memory = memory
        self._threads = threads
        self._known_imports = known_imports
        self._least_sieved = least_sieved
        self._history_days = history_days

    @contextmanager
    def open(
        self, *, code: str = "", waiting: Callable[[str], None] = lambda holder: None
    ) -> Iterator[PostgresSession]:
        """Lock the clients against other writers; create the tables if they are missing.

        An earlier process of the same job, if the server still has one, is dead, and ended.
        """
        with self._translated(), self._engine() as tables, self._linked(code, waiting) as link:
            with self._connected() as control:
                pid = self._begin(link)
                if code:
                    end_job(control, code, but=pid)
                found, makes_indexes = self._made(control)
                self._lock(control, link, pid, "EXCLUSIVE", waiting)
            yield PostgresSession(
                link,
                tables,
                found,
                makes_indexes=makes_indexes,
                least_sieved=self._least_sieved,
                history_days=self._history_days,
            )

    @contextmanager
    def ask(self) -> Iterator[PostgresSession]:
        """Open the ledger once no writer is at work.

        The server may still be committing a transaction whose connection is lost: it has the lock for that long.
        """
        with self._translated(), self._engine() as tables, self._linked() as link:
            with self._connected() as control:
                found = self._seen(control)
                pid = self._begin(link)
                if found:
                    self._lock(control, link, pid, "ROW SHARE")
            yield PostgresSession(link, tables, found)

    @contextmanager
    def look(self, needs: Needs | None) -> Iterator[PostgresSession]:
        """Read the clients as they were when the transaction began; no lock is needed."""
        with self._translated(), self._engine() as tables, self._linked() as link:
            with self._connected() as control:
                found = self._seen(control)
            self._begin(link, "REPEATABLE READ")
            session = PostgresSession(link, tables, found, least_sieved=self._least_sieved)
            if needs is None:
                session.gather_all(tables_of()["clients"])
            yield session

    @contextmanager
    def read(self) -> Iterator[PostgresReader]:
        """Read clients and history as they were when the transaction began; no lock is needed."""
        with self._translated(), self._connected() as connection:
            found = self._checked(connection)
            if "clients" not in found:
                self._refuse_new_ones()
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            columns = found.get("clients", {}).keys() - {"id"}
            yield PostgresReader(connection, columns, has_history=found.keys() >= HISTORY_TABLES.keys())

    @contextmanager
    def look_at_history(self) -> Iterator[PostgresSession]:
        """Read the clients and their history as they were when the transaction began; no lock is needed."""
        with self._translated(), self._engine() as tables, self._linked() as link:
            with self._connected() as control:
                found = self._seen(control) and self._made(control)[0]  # an older database is given its history
            self._begin(link, "REPEATABLE READ")
            yield PostgresSession(link, tables, found, least_sieved=self._least_sieved)

    def end(self, code: str) -> None:
        """End the process of the server that works for the job ``code``; what it has not committed is rolled back."""
        with self._translated(), self._connected() as connection:
            end_job(connection, code)

    def state(self) -> None:
        """Return None: nothing tells whether the tables were replaced."""

    def check(self) -> None:
        """Raise StoreError when the database cannot be used."""
        with self._translated(), self._connected() as control:
            self._seen(control)

    def _engine(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return engine(self._scratch_folder, self._memory, self._threads)

    @contextmanager
    def _linked(self, code: str = "", waiting: Callable[[str], None] = lambda holder: None) -> Iterator[Link]:
        meanwhile = _every(_LOOKED_UP_EVERY_SECONDS, lambda: waiting(f"an answer of {self._place}"))
        link = Link(connection_string(self._url, application_name(code)), meanwhile)
        try:
            yield link
        finally:
            link.close()

    def _connected(self) -> psycopg.Connection[Any]:
        return connect(self._url, autocommit=True)

    def _begin(self, link: Link, level: str = "READ COMMITTED") -> int:
        """Begin a transaction, whatever the server's defaults are; return the number of its process in the server.

        READ COMMITTED, because who has waited for the lock has to see what its predecessor has left. The settings are
        those of the transaction, as a pooler may be between.
        """
        link.execute(f"BEGIN ISOLATION LEVEL {level} READ WRITE")
        link.rows(settings_query(is_local=True, lock_timeout=self._lock_timeout, random_page_cost="1.1"))
        [(pid,)] = link.rows("SELECT pg_backend_pid()")
        return int(pid)

    @property
    def _lock_timeout(self) -> str:
        return f"{max(1, int(self._lock_wait_seconds * 1000))}ms"  # 0 would be no limit

    def _lock(
        self,
        control: psycopg.Connection[Any],
        link: Link,
        pid: int,
        mode: str,
        waiting: Callable[[str], None] = lambda holder: None,
    ) -> None:
        """Wait in the queue for a lock on the table ``clients``; raises InUseError when that takes too long."""
        holder = "another program"

        def meanwhile() -> None:
            nonlocal holder
            holder = holder_of(control, pid) or holder
            waiting(holder)

        try:
            link.execute(f"LOCK TABLE clients IN {mode} MODE", (), _every(_LOOKED_UP_EVERY_SECONDS, meanwhile))
        except LinkError as error:
            if error.sqlstate != _LOCK_TIMEOUT:
                raise
            raise self._in_use(holder) from None

    def _in_use(self, holder: str = "another program") -> InUseError:
        return InUseError(
            f"The clients in {self._place} are in use by {holder}, and still were after "
            f"{self._lock_wait_seconds:g} seconds. Wait for that, or end it; then try it again."
        )

    def _seen(self, connection: psycopg.Connection[Any]) -> Columns:
        """Return the columns that the table ``clients`` has; none if there are no tables yet."""
        found = self._checked(connection)
        if "clients" not in found:
            self._refuse_new_ones()
        return found.get("clients", {})

    def _made(self, connection: psycopg.Connection[Any]) -> tuple[Columns, bool]:
        """Create what is missing; return the columns of ``clients``, and whether this user may make indexes on it."""
        found = self._checked(connection)
        lacks = self._lacking(found)
        if "clients" in lacks:
            self._refuse_new_ones()
        if lacks:
            connection.execute(f"SET lock_timeout = '{self._lock_timeout}'".encode())
            create_tables(connection)
            found = self._checked(connection)
        return found["clients"], may_index(connection)

    def _checked(self, connection: psycopg.Connection[Any]) -> dict[str, Columns]:
        """Return the tables; raises StoreError when one cannot be used."""
        found = found_tables(connection)
        self._lacking(found)
        with self._in_sentences():
            check_places(connection)
        return found

    def _lacking(self, found: dict[str, Columns]) -> set[str]:
        with self._in_sentences():
            return lacking(found)

    @contextmanager
    def _in_sentences(self) -> Iterator[None]:
        """Raise what is wrong with the tables as a sentence about this database."""
        try:
            yield
        except NewerDatabaseError as error:
            raise StoreError(
                f"The database {self._place} {error}: a newer version of client-import made it. Use that version."
            ) from None
        except StoreError as error:
            raise StoreError(
                f"The database {self._place} {error}. It is not as client-import made it: put that right, or put a "
                "backup in its place."
            ) from None

    def _refuse_new_ones(self) -> None:
        imports = self._known_imports()
        if imports:
            raise StoreError(
                f"The database {self._place} has no tables clients and import_jobs, although {imports:,} "
                f"import{'s' * (imports > 1)} of this home folder changed clients. Put them back, from a backup if "
                "need be, or correct the address. To begin with an empty database, use another home folder."
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise errors of the drivers as StoreError, in sentences."""
        try:
            yield
        except (LinkError, psycopg.Error) as error:
            if error.sqlstate == _LOCK_TIMEOUT:
                raise self._in_use() from None
            raise StoreError(sentence(self._place, error)) from None


def _every(seconds: float, call: Callable[[], None]) -> Callable[[], None]:
    """Return a function that makes the call, but not more often than every so many seconds."""
    last = -seconds

    def act() -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            call()

    return act

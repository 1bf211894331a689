"""The clients in PostgreSQL while they are open: gathered into DuckDB, judged there, and sent back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from client_import.clients.forgetting import forget
from client_import.clients.history_tables import HISTORY_TABLES
from client_import.clients.ledger import NEXT_NUMBER, job_of, row_of
from client_import.clients.needs import Needs
from client_import.clients.postgresql.additions import HAS_TRIGGER, REFERRING
from client_import.clients.postgresql.link import Link
from client_import.clients.postgresql.sieve import index_of, sieve
from client_import.clients.postgresql.tables import wanted_tables
from client_import.clients.referring import Referring
from client_import.clients.tables import TRACE_COLUMNS, tables_of
from client_import.errors import StoreError
from client_import.failpoints import failpoint
from client_import.jobs.record import Counts, Job
from client_import.paths import checked_code

LEAST_SIEVED = 20_000
"""With fewer clients than this all of them are gathered: that takes no longer than finding some."""

_CLIENTS_PER_KEY = 4
"""With fewer clients for each key of the rows, taking all of them is quicker than looking up the keys."""

_COUNTED = 1_000_000
"""With more clients than this, PostgreSQL's own estimate is their number."""

_ROWS_AT_ONCE = 50_000

_KEPT_TRACES = ("updated_at", "updated_by_job")
"""What the history keeps of a client beside the fields that change."""

_ESTIMATE = """
SELECT sum(CASE WHEN c.reltuples > 0 AND c.relpages > 0 THEN c.reltuples / c.relpages ELSE 50 END
    * (pg_relation_size(c.oid) / current_setting('block_size')::int))
FROM pg_class c
WHERE c.oid = to_regclass('clients')
    OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass('clients'))
"""
"""How many clients there are, by the size of the table and of its partitions, without counting."""

_MET = """
SELECT c.id FROM (SELECT DISTINCT {key_sieve} AS sieve FROM {keys}) k
JOIN clients c ON {client_sieve} = k.sieve
"""

_GENERATED = rf"""
SELECT id, code FROM clients
WHERE code ~ '^\s*[cC]([0-9]{{6}}|[1-9][0-9]{{6,14}})\s*$'
    OR octet_length(code) <> length(code) AND {sieve("code")} ~ '^c[0-9]{{6,15}}$'
"""
"""The clients that may have a generated code; DuckDB looks again."""

_USABLE_INDEX = """
SELECT 1
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stats s ON s.schemaname = n.nspname
WHERE c.oid = to_regclass('clients') AND s.tablename = $1
LIMIT 1
"""

_COUNT = "SELECT count(*) FROM clients"

_DISAGREES = (
    "The plan and the clients in PostgreSQL do not agree (updated {done.updated:,} instead of {planned.updated:,}, "
    "created {done.created:,} instead of {planned.created:,}, removed {done.removed:,} instead of "
    "{planned.removed:,}), so nothing was changed. See whether the table clients has a trigger or a rule that keeps "
    "rows from being written."
)


class PostgresSession:
    """A transaction of the ``link``, and DuckDB's ``tables`` with the clients that were gathered in it.

    ``present`` are the columns that the table ``clients`` has in PostgreSQL. The copy has ``id`` as well, which is NULL
    for a new client. With ``makes_indexes`` an index that is missing is made; ``least_sieved`` is for tests.
    """

    def __init__(
        self,
        link: Link,
        tables: duckdb.DuckDBPyConnection,
        present: Collection[str],
        *,
        makes_indexes: bool = False,
        least_sieved: int = LEAST_SIEVED,
        history_days: int = 0,
    ) -> None:
        self.tables = tables
        self._link = link
        self._present = present
        self._makes_indexes = makes_indexes
        self._history_days = history_days
        self._least_sieved = least_sieved

    @property
    def identity(self) -> str:
        """The column by which a client is known."""
        return "id"

    @property
    def columns(self) -> Collection[str]:
        """The columns of the table ``clients`` in PostgreSQL, those of other programs included."""
        return self._present

    def gather(self, needs: Needs) -> None:
        """Copy the clients that the rows of ``staged`` need, in the columns needed, into the table ``clients``."""
        columns = (*needs.columns, *_KEPT_TRACES)
        if not self._present or self._estimate() < self._least_clients():
            self.gather_all(columns)
            return
        self._create(columns)
        met = [self._met("client_import_keys", "SELECT DISTINCT key AS value FROM staged", needs.match_column)]
        if needs.reads_codes:
            met.append(self._met("client_import_codes", "SELECT DISTINCT code AS value FROM staged", "code"))
        self._fetch(columns, f"WHERE id IN ({' UNION '.join(met)})")
        if needs.makes_codes and self._has_rows_without_code(needs):
            self.tables.execute("CREATE TEMP TABLE gathered AS SELECT id FROM clients")
            self._insert("clients", self._link.batches(_GENERATED), "WHERE id NOT IN (FROM gathered)")

    def gather_all(self, columns: Collection[str]) -> None:
        """Copy all clients, in these ``columns``, into the table ``clients``."""
        self._create(columns)
        self._fetch(columns, "")

    def gather_job(self, code: str, later: Sequence[str]) -> None:
        """Copy the clients of the job ``code``, its history, and what ``later`` jobs changed of them to ``tables``."""
        self._create(tables_of()["clients"])
        if not self._present:
            return
        for table in HISTORY_TABLES:
            query = f"SELECT {_names(HISTORY_TABLES[table])} FROM {table} WHERE job = $1"
            self._insert(table, self._link.batches(query, [code]))
        codes = " UNION ".join(f"SELECT client AS value FROM {table}" for table in HISTORY_TABLES)
        met = self._met("client_import_codes", codes, "code")
        self._fetch(tables_of()["clients"], f"WHERE id IN ({met})")
        if later:
            of_later = ", ".join(f"'{checked_code(job)}'" for job in later)
            of_these = "upper(client) IN (SELECT upper(value) FROM client_import_codes)"
            for table in ("client_history", "client_creations"):
                columns = _names(HISTORY_TABLES[table])
                query = f"SELECT {columns} FROM {table} WHERE job IN ({of_later}) AND {of_these}"
                self._insert(table, self._link.batches(query))

    def recorded(self, code: str) -> Job | None:
        """Return the job ``code`` as the ledger has it, or None."""
        if not self._present:
            return None
        batches = self._link.batches("SELECT * FROM import_jobs WHERE code = $1", [code])
        rows = [row for batch in batches for row in batch.to_pylist()]
        return job_of(rows[0]) if rows else None

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the server; none where there are no tables yet."""
        return self._link.rows(query, values) if self._present else []

    def referring(self) -> list[Referring]:
        """Return the tables whose rows change when the client is removed to which they refer."""
        return [Referring(*row) for row in self.rows(REFERRING)]

    def remove(self, clients: str) -> None:
        """Delete the clients in ``tables``, and note which they are in PostgreSQL."""
        self.tables.execute(f"INSERT INTO removed SELECT id FROM clients WHERE rowid IN ({clients})")
        self.tables.execute(f"DELETE FROM clients WHERE rowid IN ({clients})")

    def send(self, job: Job, columns: Collection[str], updated: str) -> None:
        """Update, insert and delete in PostgreSQL what ``job`` has changed in the copy, and write its history."""
        planned, done = job.counts, Counts()
        if planned.removed:
            done = replace(done, removed=self._delete())
        if planned.updated:
            done = replace(done, updated=self._update(columns, updated))
        if planned.created:
            done = replace(done, created=self._insert_new())
        if (done.created, done.updated, done.removed) != (planned.created, planned.updated, planned.removed):
            raise StoreError(_DISAGREES.format(done=done, planned=planned))
        for table in HISTORY_TABLES if planned.changed else ():
            written = self.tables.sql(f"SELECT * FROM {table} WHERE job = $job", params={"job": job.code})
            self._link.copy(table, written.to_arrow_reader(_ROWS_AT_ONCE))

    def _delete(self) -> int:
        self._send_temporary("client_import_removed", "id bigint", "SELECT id FROM removed")
        return self._link.execute("DELETE FROM clients AS c USING client_import_removed AS t WHERE c.id = t.id")

    def _update(self, columns: Collection[str], which: str) -> int:
        """Update the clients ``which``; returns how many, or -1 where not as many are there."""
        kinds = wanted_tables()["clients"]
        defined = ", ".join(f'"{column}" {kinds[column]}' for column in columns)
        changed = f"SELECT id, {_names(columns)} FROM clients WHERE {which}"
        sent = self._send_temporary("client_import_changed", f"id bigint, {defined}", changed)
        assigned = ", ".join(f'"{column}" = t."{column}"' for column in columns)
        updated = self._link.execute(
            f"UPDATE clients AS c SET {assigned} FROM client_import_changed AS t WHERE c.id = t.id"
        )
        return updated if sent == updated else -1

    def _insert_new(self) -> int:
        own = [name for (name, *_) in self.tables.execute("DESCRIBE clients").fetchall() if name != "id"]
        new = self.tables.sql(f"SELECT {_names(own)} FROM clients WHERE id IS NULL")
        may_lack = bool(self._link.rows(HAS_TRIGGER))  # a trigger may keep rows out, unnoticed by COPY
        before = self._link.rows(_COUNT) if may_lack else [(0,)]
        created = self._link.copy("clients", new.to_arrow_reader(_ROWS_AT_ONCE))
        return int(self._link.rows(_COUNT)[0][0]) - int(before[0][0]) if may_lack else created

    def _send_temporary(self, name: str, columns: str, query: str) -> int:
        """Send the rows of ``query`` to a new temporary table, and return how many."""
        self._link.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
        sent = self._link.copy(name, self.tables.sql(query).to_arrow_reader(_ROWS_AT_ONCE), is_temporary=True)
        self._link.execute(f"ANALYZE {name}")
        return sent

    def commit(self, job: Job, announce: Callable[[], None]) -> None:
        """Write the ``job`` to the ledger, call ``announce``, and commit."""
        row = row_of(job)
        kinds = wanted_tables()["import_jobs"]  # as a parameter that is NULL has no type by itself
        places = ", ".join(f"${place}::{kinds[column]}" for place, column in enumerate(row, 1))
        self._link.execute(
            f"INSERT INTO import_jobs ({', '.join(row)}, number) SELECT {places}, {NEXT_NUMBER}", list(row.values())
        )
        forget(self._link.execute, self._link.rows, job.code, row["completed_date"], self._history_days)
        failpoint("ledger written")
        announce()
        self._link.execute("COMMIT")
        self.tables.execute("COMMIT")
        if self.recorded(job.code) is None:  # a COMMIT of a transaction that has failed rolls back, and is no error
            raise StoreError("PostgreSQL rolled the import back when it was to commit, so nothing was changed.")

    def count(self) -> int:
        """Return how many clients there are; above a million, as PostgreSQL estimates."""
        if not self._present:
            return 0
        estimate = self._estimate()
        return estimate if estimate > _COUNTED else int(self._link.rows("SELECT count(*) FROM clients")[0][0])

    def interrupt(self) -> None:
        """Stop what runs in either database."""
        self._link.interrupt()
        self.tables.interrupt()

    def _create(self, columns: Collection[str]) -> None:
        kinds = tables_of()["clients"]
        defined = ", ".join(f"{column} {kinds[column]}" for column in dict.fromkeys((*columns, *TRACE_COLUMNS)))
        self.tables.execute(f"CREATE TABLE clients (id BIGINT, {defined})")
        self.tables.execute("CREATE TEMP TABLE removed (id BIGINT)")
        for table, columns_of_table in HISTORY_TABLES.items():
            kept = ", ".join(f"{column} {kind}" for column, kind in columns_of_table.items())
            self.tables.execute(f"CREATE TABLE {table} ({kept})")

    def _fetch(self, columns: Collection[str], where: str) -> None:
        there = [column for column in columns if column in self._present]
        if self._present:
            self._insert("clients", self._link.batches(f"SELECT id, {_names(there)} FROM clients {where}"))

    def _insert(self, table: str, batches: Iterable[object], where: str = "") -> None:
        for batch in batches:
            self.tables.register("client_import_batch", batch)
            self.tables.execute(f"INSERT INTO {table} BY NAME SELECT * FROM client_import_batch {where}")
            self.tables.unregister("client_import_batch")

    def _met(self, keys: str, values: str, column: str) -> str:
        """Send the ``values`` of the rows; return the query for the clients whose ``column`` may have one of them."""
        if self._makes_indexes and not self._link.rows(_USABLE_INDEX, [index_of(column)]):
            self._link.execute(f"CREATE INDEX IF NOT EXISTS {index_of(column)} ON clients (({sieve(column)}))")
            self._link.execute("ANALYZE clients")  # without statistics of the sieve, the index is not used
        self._link.execute(f"CREATE TEMP TABLE {keys} (value text) ON COMMIT DROP")
        rows = self.tables.sql(f"SELECT value FROM ({values}) WHERE value IS NOT NULL")
        self._link.copy(keys, rows.to_arrow_reader(_ROWS_AT_ONCE), is_temporary=True)
        self._link.execute(f"ANALYZE {keys}")
        return _MET.format(key_sieve=sieve("value"), keys=keys, client_sieve=sieve(f"c.{column}"))

    def _least_clients(self) -> int:
        """Return how many clients there must be for a look-up to pay."""
        if not self._least_sieved:
            return 0
        keys = self._number("SELECT count(*) FROM staged WHERE key IS NOT NULL")
        return max(self._least_sieved, keys * _CLIENTS_PER_KEY)

    def _has_rows_without_code(self, needs: Needs) -> bool:
        return not needs.reads_codes or self._number("SELECT count(*) FROM staged WHERE code IS NULL") > 0

    def _number(self, query: str) -> int:
        [(number,)] = self.tables.execute(query).fetchall()
        return int(number)

    def _estimate(self) -> int:
        [(estimate,)] = self._link.rows(_ESTIMATE)
        return int(estimate)


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)

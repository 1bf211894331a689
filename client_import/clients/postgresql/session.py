"""The clients in PostgreSQL while they are open: gathered into DuckDB, judged there, and sent back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import duckdb

from client_import.clients.ledger import READ_COLUMNS, job_of, row_of
from client_import.clients.needs import Needs
from client_import.clients.postgresql.link import Link
from client_import.clients.postgresql.sieve import index_of, sieve
from client_import.clients.postgresql.tables import wanted_tables
from client_import.clients.tables import TRACE_COLUMNS, tables_of
from client_import.errors import StoreError
from client_import.failpoints import failpoint
from client_import.jobs.record import Job

LEAST_SIEVED = 20_000
"""With fewer clients than this all of them are gathered: that takes no longer than finding some."""

_CLIENTS_PER_KEY = 4
"""With fewer clients for each key of the rows, taking all of them is quicker than looking up the keys."""

_COUNTED = 1_000_000
"""With more clients than this, PostgreSQL's own estimate is their number."""

_ROWS_AT_ONCE = 50_000

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

_GENERATED = "SELECT id, code FROM clients WHERE code ~ '^[cC]([0-9]{6}|[1-9][0-9]{6,14})$'"

_USABLE_INDEX = """
SELECT 1
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stats s ON s.schemaname = n.nspname
WHERE c.oid = to_regclass('clients') AND s.tablename = $1
LIMIT 1
"""

_TRIGGER = "SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass('clients') AND NOT tgisinternal LIMIT 1"

_DISAGREES = (
    "The plan and the clients in PostgreSQL do not agree (updated {updated:,} instead of {planned_updates:,}, created "
    "{created:,} instead of {planned_creations:,}), so nothing was changed. See whether the table clients has a "
    "trigger or a rule that keeps rows from being written."
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
    ) -> None:
        self.tables = tables
        self._link = link
        self._present = present
        self._makes_indexes = makes_indexes
        self._least_sieved = least_sieved

    def gather(self, needs: Needs) -> None:
        """Copy the clients that the rows of ``staged`` need, in the columns needed, into the table ``clients``."""
        if not self._present or self._estimate() < self._least_clients():
            self.gather_all(needs.columns)
            return
        self._create(needs.columns)
        met = [self._met("client_import_keys", "SELECT DISTINCT key AS value FROM staged", needs.match_column)]
        if needs.reads_codes:
            met.append(self._met("client_import_codes", "SELECT DISTINCT code AS value FROM staged", "code"))
        self._fetch(needs.columns, f"WHERE id IN ({' UNION '.join(met)})")
        if needs.makes_codes and self._has_rows_without_code(needs):
            self.tables.execute("CREATE TEMP TABLE gathered AS SELECT id FROM clients")
            self._insert(self._link.batches(_GENERATED), "WHERE id NOT IN (FROM gathered)")

    def gather_all(self, columns: Collection[str]) -> None:
        """Copy all clients, in these ``columns``, into the table ``clients``."""
        self._create(columns)
        self._fetch(columns, "")

    def recorded(self, code: str) -> Job | None:
        """Return the job ``code`` as the ledger has it, or None."""
        if not self._present:
            return None
        rows = self._link.rows(f"SELECT {', '.join(READ_COLUMNS)} FROM import_jobs WHERE code = $1", [code])
        return job_of(code, rows[0]) if rows else None

    def send(self, job: Job, columns: Collection[str]) -> None:
        """Update the clients that ``job`` has changed in the copy, by COPY and one UPDATE, and insert the new ones."""
        planned, updated, created = job.counts, 0, 0
        if planned.updated:
            kinds = wanted_tables()["clients"]
            defined = ", ".join(f'"{column}" {kinds[column]}' for column in columns)
            self._link.execute(f"CREATE TEMP TABLE client_import_changed (id bigint, {defined}) ON COMMIT DROP")
            changed = self.tables.sql(
                f"SELECT id, {_names(columns)} FROM clients WHERE updated_by_job = $job AND id IS NOT NULL",
                params={"job": job.code},
            )
            sent = self._link.copy("client_import_changed", changed.to_arrow_reader(_ROWS_AT_ONCE), is_temporary=True)
            self._link.execute("ANALYZE client_import_changed")
            assigned = ", ".join(f'"{column}" = t."{column}"' for column in columns)
            updated = self._link.execute(
                f"UPDATE clients AS c SET {assigned} FROM client_import_changed AS t WHERE c.id = t.id"
            )
            updated = updated if sent == updated else -1
        if planned.created:
            own = [name for (name, *_) in self.tables.execute("DESCRIBE clients").fetchall() if name != "id"]
            new = self.tables.sql(f"SELECT {_names(own)} FROM clients WHERE id IS NULL")
            created = self._link.copy("clients", new.to_arrow_reader(_ROWS_AT_ONCE))
            if self._link.rows(_TRIGGER):  # which may have kept rows out, unnoticed by COPY
                [(created,)] = self._link.rows("SELECT count(*) FROM clients WHERE created_by_job = $1", [job.code])
        if (updated, created) != (planned.updated, planned.created):
            raise StoreError(
                _DISAGREES.format(
                    updated=updated,
                    created=created,
                    planned_updates=planned.updated,
                    planned_creations=planned.created,
                )
            )

    def commit(self, job: Job, announce: Callable[[], None]) -> None:
        """Write the ``job`` to the ledger, call ``announce``, and commit."""
        row = row_of(job)
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        self._link.execute(f"INSERT INTO import_jobs ({', '.join(row)}) VALUES ({places})", list(row.values()))
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

    def _fetch(self, columns: Collection[str], where: str) -> None:
        there = [column for column in columns if column in self._present]
        if self._present:
            self._insert(self._link.batches(f"SELECT id, {_names(there)} FROM clients {where}"), "")

    def _insert(self, batches: Iterable[object], where: str) -> None:
        for batch in batches:
            self.tables.register("client_import_batch", batch)
            self.tables.execute(f"INSERT INTO clients BY NAME SELECT * FROM client_import_batch {where}")
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

"""Change the clients that rows update (docs/rules.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from client_import.merge.expressions import changed

_CHANGES = "SELECT count(*), bit_or(changes) FROM plan WHERE result = 'updated'"

_UPDATE = """
UPDATE clients AS c SET {assignments}
FROM (SELECT p.client, s.* FROM staged s JOIN plan p USING (row) WHERE p.result = 'updated') AS s
WHERE s.client = c.rowid
"""

_BOUNDS = """
SELECT unnest(quantile_disc(client, {shares})) FROM plan WHERE result = 'updated'
"""

_WRITE_ANEW = """
INSERT INTO clients
SELECT c.* REPLACE ({values})
FROM clients c
JOIN (
    SELECT p.client, s.* FROM staged s JOIN plan p USING (row)
    WHERE p.result = 'updated' AND p.client BETWEEN {first} AND {last}
) AS s ON s.client = c.rowid
WHERE c.rowid BETWEEN {first} AND {last}
"""

_DELETE = "DELETE FROM clients WHERE rowid IN (SELECT client FROM plan WHERE result = 'updated')"

MOST_CELLS = (4_000_000, 1_000_000, 250_000)
"""How many cells one UPDATE changes; the smaller numbers are for those that turn out too long for the memory."""

_ANEW = 2
"""How many times as many are written anew by one INSERT: it keeps no old ones."""


def update_clients(
    connection: duckdb.DuckDBPyConnection, merged: dict[str, str], traced: dict[str, str], most_cells: int
) -> int:
    """Change the clients of the rows whose result is ``updated``, and return how many have changed.

    ``merged`` has the values of the columns that the import can touch, ``traced`` those of columns that each change
    touches. Only columns that some row changes are assigned: one that is named costs as much as if every row changed
    it. DuckDB keeps in memory what an UPDATE changes, until the commit. Where more than ``most_cells`` change, the
    clients are written anew, so many at a time, which takes longer. Raises OutOfMemoryException when that is too many.
    """
    found = connection.execute(_CHANGES).fetchone()
    assert found is not None
    count, bits = found
    if not count:
        return 0
    values = {**changed(merged, bits), **traced}
    with _clients_first(connection):
        cells = count * len(values)
        if cells > most_cells:
            return _write_anew(connection, values, parts=-(-cells // (most_cells * _ANEW)))
        assignments = ", ".join(f"{column} = {value}" for column, value in values.items())
        return _count(connection.execute(_UPDATE.format(assignments=assignments)))


def _write_anew(connection: duckdb.DuckDBPyConnection, values: dict[str, str], parts: int) -> int:
    """Insert the clients with their new values, part by part in the order of the table, and delete the old ones.

    Returns how many, or -1, which no plan says, when not as many were inserted as deleted.
    """
    aliased = ", ".join(f"{value} AS {column}" for column, value in values.items())
    shares = [part / parts for part in range(1, parts + 1)]
    first, written = 0, 0
    for (last,) in connection.execute(_BOUNDS.format(shares=shares)).fetchall():
        written += _count(connection.execute(_WRITE_ANEW.format(values=aliased, first=first, last=last)))
        first = last + 1
    deleted = _count(connection.execute(_DELETE))
    return written if written == deleted else -1


@contextmanager
def _clients_first(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have statements go through the clients in the order of the table, and look up their rows.

    By itself DuckDB guesses which of the two are fewer, now this and now that for the same file. To update a million
    clients it takes a second in their order, and minutes in the order of the rows.
    """
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # a statement that failed may have left a transaction that takes no more
            connection.execute("SET disabled_optimizers = ''")


def _count(done: duckdb.DuckDBPyConnection) -> int:
    row = done.fetchone()
    assert row is not None
    return int(row[0])

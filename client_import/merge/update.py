"""Update existing clients from their rows, and keep what they were (docs/rules.md, sections 5 and 11)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

import duckdb

from client_import.merge.expressions import bits_of, changed
from client_import.merge.history import record_updates

_CHANGES = "SELECT count(*), bit_or(changes) FROM plan WHERE result = 'updated'"

_CHANGING = """
CREATE TEMP TABLE changing AS
SELECT s.client, {code} AS code, s.changes, c.updated_at, c.updated_by_job, {values}
FROM clients c
JOIN (SELECT p.client, p.changes, s.* FROM staged s JOIN plan p USING (row) WHERE p.result = 'updated') AS s
    ON s.client = c.rowid
"""

_UPDATE = """
UPDATE clients AS c SET {assignments} FROM changing AS n WHERE n.client = c.rowid
"""

_BOUNDS = """
SELECT unnest(quantile_disc(client, {shares})) FROM changing
"""

_REINSERT = """
INSERT INTO clients
SELECT c.* REPLACE ({values})
FROM clients c
JOIN (FROM changing WHERE client BETWEEN {first} AND {last}) AS n ON n.client = c.rowid
WHERE c.rowid BETWEEN {first} AND {last}
"""

_DELETE = "DELETE FROM clients WHERE rowid IN (SELECT client FROM changing)"

MOST_CELLS = (4_000_000, 1_000_000, 250_000)
"""The most cells that one UPDATE changes; the smaller numbers are for a second and third try when memory runs out."""

_CELLS_PER_INSERT = 2
"""One INSERT may write this many times as many cells, because it keeps no old values."""


def update_clients(
    connection: duckdb.DuckDBPyConnection, job: str, merged: dict[str, str], traced: dict[str, str], most_cells: int
) -> tuple[int, Collection[str]]:
    """Update the clients of the rows whose result is ``updated``; return how many, and the columns that were assigned.

    ``merged`` maps each column that the import can change to its new value, ``traced`` each column that every update
    sets. Only columns that some row changes are assigned, because an assigned column costs as much as if every row
    changed it. What they were is written to the history of ``job``. ``most_cells`` is that of :func:`write_changing`.
    """
    found = connection.execute(_CHANGES).fetchone()
    assert found is not None
    count, bits = found
    if not count:
        return 0, ()
    new = changed(merged, bits)
    bit_of = {column: bit for column, bit in bits_of(merged).items() if column in new}
    with clients_first(connection):
        before_and_after = ", ".join(
            f"CASE WHEN s.changes & {bit_of[column]} <> 0 THEN c.{column} END AS old_{column}, {value} AS new_{column}"
            for column, value in new.items()
        )
        connection.execute(_CHANGING.format(code=new.get("code", "c.code"), values=before_and_after))
    record_updates(connection, job, bit_of)
    updated = write_changing(connection, count, {**{column: f"n.new_{column}" for column in new}, **traced}, most_cells)
    return updated, {*new, *traced}


def write_changing(connection: duckdb.DuckDBPyConnection, count: int, values: dict[str, str], most_cells: int) -> int:
    """Give the ``count`` clients in the temporary table ``changing``, by their rowids, these ``values`` by column.

    In those, ``n`` is the row of ``changing`` and ``c`` the client as it was. Drops ``changing``, and returns how many
    clients were updated. DuckDB keeps what an UPDATE changes in memory until the commit; if more than ``most_cells``
    change, the clients are deleted and inserted again in parts, which takes longer. Raises duckdb.OutOfMemoryException
    when ``most_cells`` is still too many.
    """
    cells = count * len(values)
    with clients_first(connection):
        if cells > most_cells:
            parts = -(-cells // (most_cells * _CELLS_PER_INSERT))
            updated = _reinsert(connection, values, parts)
        else:
            assignments = ", ".join(f"{column} = {value}" for column, value in values.items())
            updated = _count(connection.execute(_UPDATE.format(assignments=assignments)))
    connection.execute("DROP TABLE changing")
    return updated


def _reinsert(connection: duckdb.DuckDBPyConnection, values: dict[str, str], parts: int) -> int:
    """Insert the clients with their new values, part by part in table order, and delete the old ones.

    Returns how many, or -1, which never agrees with a plan, if the numbers inserted and deleted differ.
    """
    aliased = ", ".join(f"{value} AS {column}" for column, value in values.items())
    shares = [part / parts for part in range(1, parts + 1)]
    first, written = 0, 0
    for (last,) in connection.execute(_BOUNDS.format(shares=shares)).fetchall():
        written += _count(connection.execute(_REINSERT.format(values=aliased, first=first, last=last)))
        first = last + 1
    deleted = _count(connection.execute(_DELETE))
    return written if written == deleted else -1


@contextmanager
def clients_first(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Make joins scan the clients in table order and look up their rows.

    Left alone, DuckDB guesses which side is smaller, and guesses differently for the same file. Updating a million
    clients takes a second in table order, and minutes in row order.
    """
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # after a failed statement the transaction may accept no more
            connection.execute("SET disabled_optimizers = ''")


def _count(done: duckdb.DuckDBPyConnection) -> int:
    row = done.fetchone()
    assert row is not None
    return int(row[0])

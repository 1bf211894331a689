"""Write the history of an import: which fields of which clients it changed, and whom it created (docs/history.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from client_import.clients.history_tables import INSERT_INTO
from client_import.fields.catalogue import FIELDS
from client_import.system.sql import literal

_UPDATES = """
SELECT {job}, code, {field}, old_{column}::VARCHAR, new_{column}::VARCHAR, updated_at, updated_by_job, {job}
FROM changing WHERE changes & {bit} <> 0
"""

_CREATIONS = "SELECT {job}, code, {digest} FROM clients WHERE created_by_job = {job}"

_FIELD_OF = {field.column: field.name for field in FIELDS}


def record_updates(connection: duckdb.DuckDBPyConnection, job: str, bits: Mapping[str, str]) -> None:
    """Write the updates in the temporary table ``changing`` (:mod:`client_import.merge.update`) to the history.

    ``bits`` has, for each column that some row changes, its bit in ``changes``.
    """
    of_each = (
        _UPDATES.format(job=literal(job), field=literal(_FIELD_OF[column]), column=column, bit=bit)
        for column, bit in bits.items()
    )
    connection.execute(f"{INSERT_INTO['client_history']} {' UNION ALL '.join(of_each)}")


def record_creations(connection: duckdb.DuckDBPyConnection, job: str, columns: Iterable[str]) -> None:
    """Write the clients that ``job`` has created, of which it set the ``columns``, to the history."""
    created = _CREATIONS.format(job=literal(job), digest=digest(columns))
    connection.execute(f"{INSERT_INTO['client_creations']} {created}")


def digest(columns: Iterable[str], of: str = "") -> str:
    """Return the SQL expression for a digest of these columns of a client; ``of`` stands before their names.

    Columns that are empty make no difference, so that it is the same over more columns of the same client.
    """
    wanted = {*columns}
    named = (f"'{field.column}=' || {of}{field.column}" for field in FIELDS if field.column in wanted)
    return f"(md5_number(concat_ws(chr(31), {', '.join(named)})) >> 65)::BIGINT"

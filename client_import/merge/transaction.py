"""Change the clients and write the ledger in one transaction, all of it or nothing (docs/rules.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection

import duckdb

from client_import.clients.store import Session
from client_import.errors import SharedCodesError
from client_import.failpoints import failpoint
from client_import.jobs.record import Job
from client_import.merge.match_key import folded, is_plain
from client_import.merge.update import MOST_CELLS

_ARE_PLAIN = f"SELECT coalesce(bool_and({is_plain('code')}), true) FROM clients"

_CODES_TWICE = """
-- Proof that the plan was right: no Code that this job wrote occurs twice, whatever its letter case. Clients of other
-- programs may have none.
WITH met AS (
    SELECT hash({key}) AS code_hash FROM clients WHERE {has_code}
    GROUP BY code_hash HAVING count(*) > 1 AND bool_or({written})
)
SELECT count(*) FROM (
    SELECT {key} FROM clients WHERE {has_code} AND hash({key}) IN (FROM met)
    GROUP BY ALL HAVING count(*) > 1 AND bool_or({written})
)
"""


def apply_changes(
    session: Session,
    job: Job,
    change: Callable[[int], Collection[str]],
    updated: str,
    announce: Callable[[], None],
) -> None:
    """Call ``change`` in a transaction of the ``tables`` of ``session``, write the Completed ``job``, and commit.

    ``change`` is given how many cells one UPDATE may change, and returns the columns that it has changed; when memory
    runs out, it is called again with fewer. ``updated`` is the condition, in SQL, for the clients that it updates.
    ``announce`` is called right before the commit; an exception from it prevents that. An exception raised before it
    has returned means that nothing has changed; after that, only the ledger, read on another connection, can tell.
    """
    try:
        changed = _begin(session.tables, change)
        failpoint("clients changed")
        session.send(job, changed, updated)
        session.commit(job, announce)
    except BaseException:
        _roll_back(session.tables)
        raise
    failpoint("committed")


def prove_codes(connection: duckdb.DuckDBPyConnection, written: str) -> None:
    """Raise SharedCodesError when a client ``written``, a condition in SQL, has a Code that another one has, too."""
    ((are_plain,),) = connection.execute(_ARE_PLAIN).fetchall()
    key = folded("code", are_plain=are_plain)
    query = _CODES_TWICE.format(key=key, has_code=f"{key} <> ''", written=written)
    ((twice,),) = connection.execute(query).fetchall()
    if twice:
        raise SharedCodesError(twice)


def _begin(connection: duckdb.DuckDBPyConnection, change: Callable[[int], Collection[str]]) -> Collection[str]:
    """Begin the transaction with ``change`` and return its result; when memory runs out, use smaller batches."""
    *larger, smallest = MOST_CELLS
    for most_cells in larger:
        connection.execute("BEGIN")
        try:
            return change(most_cells)
        except duckdb.OutOfMemoryException:
            _roll_back(connection)
    connection.execute("BEGIN")
    return change(smallest)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        return  # the failure has already ended the transaction

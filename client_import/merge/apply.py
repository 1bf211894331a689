"""Apply a plan: clients and ledger in one transaction, all of it or nothing (docs/rules.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

import duckdb

from client_import.clients.ledger import utc
from client_import.clients.store import Session
from client_import.errors import StoreError
from client_import.jobs.record import Job
from client_import.mapping.resolve import Mapping
from client_import.merge.expressions import effective_type, merged_values
from client_import.merge.history import record_creations
from client_import.merge.match_key import folded
from client_import.merge.transaction import apply_changes, prove_codes
from client_import.merge.update import update_clients
from client_import.options import ImportOptions, MatchField
from client_import.reports.summary import Plan
from client_import.system.sql import literal
from client_import.validation.stage import Staged

_NEW_CODES = r"""
-- Section 4: a created client without a Code gets the next free generated one, in row order.
CREATE TEMP TABLE new_codes AS
WITH created AS (
    SELECT row, {code} AS code FROM plan JOIN staged s USING (row) WHERE result = 'created'
),
waiting AS (
    SELECT row, row_number() OVER (ORDER BY row) AS place FROM created WHERE code IS NULL
),
given AS (
    SELECT {code} AS code FROM plan JOIN matched USING (row) JOIN staged s USING (row)
    WHERE result = 'updated' AND gives_code
),
taken AS (
    SELECT DISTINCT key[2:]::BIGINT AS number
    FROM (SELECT {key} AS key FROM (SELECT code FROM clients UNION ALL SELECT code FROM created UNION ALL FROM given))
    WHERE regexp_full_match(key, 'c([0-9]{{6}}|[1-9][0-9]{{6,14}})')
),
free AS (
    SELECT number, row_number() OVER (ORDER BY number) AS place
    FROM range(1, (SELECT count(*) FROM waiting) + (SELECT count(*) FROM taken) + 1) AS numbers(number)
    ANTI JOIN taken USING (number)
)
SELECT row, format('C{{:06d}}', number) AS code FROM waiting JOIN free USING (place)
"""

_CREATE = """
INSERT INTO clients BY NAME
SELECT {values}
FROM staged s LEFT JOIN new_codes n ON n.row = s.row
WHERE s.row IN (SELECT row FROM plan WHERE result = 'created')
"""


def apply_plan(
    session: Session,
    job: Job,
    mapping: Mapping,
    options: ImportOptions,
    staged: Staged,
    plan: Plan,
    announce: Callable[[], None] = lambda: None,
) -> Job:
    """Carry out the plan in ``session``: change the clients, write the ledger, commit; return the Completed job.

    ``announce`` is called right before the commit (:func:`client_import.merge.transaction.apply_changes`). If the
    ledger already has the job, it is returned from there and nothing is applied. Raises StoreError when the table does
    not change as planned.
    """
    before = session.recorded(job.code)
    if before is not None:
        return before
    completed = job.completed(staged.total_items, plan.counts)
    assert completed.completed_date is not None
    tables, time = session.tables, completed.completed_date
    apply_changes(
        session,
        completed,
        lambda most_cells: _change_clients(tables, job.code, time, mapping, options, staged, plan, most_cells),
        f"updated_by_job = {literal(job.code)} AND id IS NOT NULL",
        announce,
    )
    return completed


def _change_clients(
    connection: duckdb.DuckDBPyConnection,
    job_code: str,
    time: datetime,
    mapping: Mapping,
    options: ImportOptions,
    staged: Staged,
    plan: Plan,
    most_cells: int,
) -> Collection[str]:
    """Create and update the clients, and return the columns that some update changes."""
    if not plan.counts.created + plan.counts.updated:
        return ()
    merged = merged_values(mapping, options, clears=staged.clears)
    traced = {
        "updated_at": f"TIMESTAMP '{utc(time).isoformat(sep=' ')}'",
        "updated_by_job": literal(job_code),
    }
    code = "s.code" if mapping.column_of("Code") else "NULL"
    if mapping.match_field == MatchField.CODE:
        connection.execute("CREATE TEMP TABLE new_codes (row BIGINT, code VARCHAR)")  # every row has a code
    else:
        connection.execute(_NEW_CODES.format(code=code, key=folded("code")))
    updated, changed = update_clients(connection, job_code, merged, traced, most_cells)
    new_values = merged_values(mapping, options, clears=staged.clears, creates=True)
    new_client = {
        **new_values,
        "code": f"coalesce({code}, n.code)",
        "type": effective_type(mapping, options, creates=True),
        "status": f"coalesce({new_values.get('status', 'NULL')}, 'Active')",
        **traced,
        "created_at": traced["updated_at"],
        "created_by_job": traced["updated_by_job"],
    }
    created = connection.execute(_CREATE.format(values=_aliased(new_client))).fetchone()
    if plan.counts.created:
        record_creations(connection, job_code, new_client)
    prove_codes(connection, f"updated_by_job = {literal(job_code)}")
    if updated != plan.counts.updated or created != (plan.counts.created,):
        raise StoreError(
            f"The plan and the clients table do not agree (updated {updated}, created {created}), so nothing was "
            "changed. Please report this as a bug."
        )
    return changed


def _aliased(values: dict[str, str]) -> str:
    return ", ".join(f"{value} AS {column}" for column, value in values.items())

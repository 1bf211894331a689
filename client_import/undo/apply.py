"""Apply the plan of an undo: clients, history and ledger in one transaction (docs/rules.md, section 11)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime

from client_import.clients.history_tables import INSERT_INTO
from client_import.clients.ledger import utc
from client_import.clients.store import Session
from client_import.clients.tables import tables_of
from client_import.errors import StoreError
from client_import.fields.catalogue import FIELDS
from client_import.jobs.record import Job
from client_import.merge.history import digest
from client_import.merge.transaction import apply_changes, prove_codes
from client_import.merge.update import clients_first, write_changing
from client_import.system.sql import literal
from client_import.undo.plan import UndoPlan

_TRACED = """
-- A client that nobody has changed since, and that gets everything back, has the traces that it had before.
CREATE TEMP TABLE traced AS
SELECT client, any_value(id) AS id,
    bool_and(reason IS NULL) AND any_value(updated_by_job IS NOT DISTINCT FROM updated_by_job_after) AS is_as_before,
    CASE WHEN is_as_before THEN any_value(updated_at_before) ELSE {time} END AS updated_at,
    CASE WHEN is_as_before THEN any_value(updated_by_job_before) ELSE {job} END AS updated_by_job
FROM undo_fields WHERE client IS NOT NULL
GROUP BY client HAVING bool_or(reason IS NULL)
"""

_CHANGING = """
CREATE TEMP TABLE changing AS
SELECT t.client, t.updated_at, t.updated_by_job, {code} AS code, {values}
FROM clients c JOIN (
    SELECT client, {fields} FROM undo_fields WHERE reason IS NULL GROUP BY client
) AS f ON f.client = c.rowid
JOIN traced t ON t.client = c.rowid
"""

_RECORD_PUT_BACK = f"""
{INSERT_INTO["client_history"]}
SELECT {{job}}, n.code, f.field, f.value_after, f.value_before, f.updated_at, f.updated_by_job, n.updated_by_job
FROM undo_fields f JOIN changing n USING (client)
WHERE f.reason IS NULL
"""

_RECORD_REMOVED = f"""
{INSERT_INTO["removed_clients"]}
SELECT {{job}}, u.code, {{time}}, json_merge_patch('{{{{}}}}', to_json({{{{ {{content}} }}}}))
FROM undo_creations u JOIN clients c ON c.rowid = u.client
WHERE u.reason IS NULL
"""

_BRING_BACK = """
INSERT INTO clients BY NAME
SELECT unnest(from_json(content, {structure})) FROM undo_removals WHERE reason IS NULL
"""

_RECORD_BROUGHT_BACK = f"""
{INSERT_INTO["client_creations"]}
SELECT {{job}}, code, {{digest}} FROM clients WHERE code IN (SELECT code FROM undo_removals WHERE reason IS NULL)
"""


def apply_undo(session: Session, job: Job, plan: UndoPlan, announce: Callable[[], None] = lambda: None) -> Job:
    """Carry out the plan in ``session``: change the clients, write history and ledger, commit; return the ended job.

    ``announce`` is called right before the commit (:func:`client_import.merge.transaction.apply_changes`). If the
    ledger already has the job, it is returned from there and nothing is applied. Raises StoreError when the table does
    not change as planned.
    """
    before = session.recorded(job.code)
    if before is not None:
        return before
    completed = job.completed(plan.total, plan.counts)
    assert completed.completed_date is not None
    time = completed.completed_date
    apply_changes(
        session,
        completed,
        lambda most_cells: _change_clients(session, job.code, time, plan, most_cells),
        "id IN (SELECT id FROM traced)",
        announce,
    )
    return completed


def _change_clients(session: Session, job: str, time: datetime, plan: UndoPlan, most_cells: int) -> Collection[str]:
    """Remove, put back and bring back the clients; return the columns that are put back in some."""
    tables, counts = session.tables, plan.counts
    said = {"job": literal(job), "time": f"TIMESTAMP '{utc(time).isoformat(sep=' ')}'"}
    columns = tables_of()["clients"]
    changed: Collection[str] = ()
    if counts.removed:
        content = ", ".join(f"'{column}': c.{column}" for column in columns)
        tables.execute(_RECORD_REMOVED.format(content=content, **said))
        session.remove("SELECT client FROM undo_creations WHERE reason IS NULL")
    if counts.updated:
        changed = _put_back(session, said, counts.updated, most_cells)
    if counts.created:
        tables.execute(_BRING_BACK.format(structure=literal(json.dumps(columns))))
        tables.execute(_RECORD_BROUGHT_BACK.format(digest=digest(columns), **said))
    prove_codes(
        tables,
        f"code IN (SELECT client FROM client_history WHERE job = {said['job']}) OR code IN ("
        f"SELECT client FROM client_creations WHERE job = {said['job']})",
    )
    return changed


def _put_back(session: Session, said: dict[str, str], count: int, most_cells: int) -> Collection[str]:
    """Give ``count`` clients the values that their fields had before; return the columns that this changes."""
    tables = session.tables
    tables.execute(_TRACED.format(**said))
    named = {
        name for (name,) in tables.execute("SELECT DISTINCT field FROM undo_fields WHERE reason IS NULL").fetchall()
    }
    kinds = tables_of()["clients"]
    fields = {field.column: field.name for field in FIELDS if field.name in named}
    before = ", ".join(
        f"bool_or(field = '{name}') AS has_{column}, max(value_before) FILTER (field = '{name}') AS old_{column}"
        for column, name in fields.items()
    )
    values = ", ".join(f"f.has_{column}, f.old_{column}::{kinds[column]} AS old_{column}" for column in fields)
    code = "CASE WHEN f.has_code THEN f.old_code ELSE c.code END" if "code" in fields else "c.code"
    with clients_first(tables):
        tables.execute(_CHANGING.format(fields=before, values=values, code=code))
    tables.execute(_RECORD_PUT_BACK.format(**said))
    new = {column: f"CASE WHEN n.has_{column} THEN n.old_{column} ELSE c.{column} END" for column in fields}
    traces = {column: f"n.{column}" for column in ("updated_at", "updated_by_job")}
    done = write_changing(tables, count, {**new, **traces}, most_cells)
    if done != count:
        raise StoreError(
            f"The plan and the clients table do not agree (put back {done}, instead of {count}), so nothing was "
            "changed. Please report this as a bug."
        )
    return {*new, *traces}

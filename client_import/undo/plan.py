"""Plan the undo of a job: which changes can be taken back, and which were changed since (docs/rules.md, section 11).

The plan is made in SQL, in temporary tables beside the clients, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import duckdb

from client_import.clients.store import Session
from client_import.clients.tables import tables_of
from client_import.errors import JobStateError
from client_import.fields.catalogue import FIELDS
from client_import.jobs.record import Counts
from client_import.jobs.undone import undone
from client_import.jobs.undos import not_in_database
from client_import.merge.history import digest
from client_import.merge.match_key import folded, is_blank


class LeftReason(StrEnum):
    """Why an undo leaves a field or a client alone."""

    CHANGED_SINCE = "changed_since"
    NO_CODE = "no_code"
    NO_SUCH_FIELD = "no_such_field"


_KEYS = {column.replace(".", "_"): folded(column) for column in ("code", "client", "h.client", "k.client", "r.client")}

_FOUND = """
-- The clients as they are now, by the key of their Code; a key of several clients is nobody's.
CREATE TEMP TABLE found AS
SELECT {code} AS key, any_value(rowid) AS client, any_value({identity}) AS id, count(*) AS clients
FROM clients WHERE code IS NOT NULL AND {code} IN (
    SELECT {client} FROM client_history WHERE job = $job
    UNION SELECT {client} FROM client_creations WHERE job = $job
    UNION SELECT {client} FROM removed_clients WHERE job = $job
)
GROUP BY key
"""

_LATER = """
-- What later jobs have changed that are still in effect; field is NULL where they created the client anew.
CREATE TEMP TABLE later AS
SELECT {client} AS key, field FROM client_history WHERE list_contains($later::VARCHAR[], job)
UNION SELECT {client}, NULL FROM client_creations WHERE list_contains($later::VARCHAR[], job)
"""

_FIELDS = """
CREATE TEMP TABLE undo_fields AS
SELECT h.client AS code, f.client, f.id, h.field, h.value_before, h.value_after, h.updated_at_before,
    h.updated_by_job_before, h.updated_by_job_after, c.updated_at, c.updated_by_job, {now} AS value_now,
    CASE
        WHEN {no_code} THEN 'no_code'
        WHEN NOT list_contains($fields::VARCHAR[], h.field) THEN 'no_such_field'
        -- A Code that the job gave is what later jobs knew the client by.
        WHEN h.field = 'Code' AND {was_blank} AND f.key IN (SELECT key FROM later) THEN 'changed_since'
        WHEN f.client IS NULL OR f.clients > 1 OR l.key IS NOT NULL OR a.key IS NOT NULL THEN 'changed_since'
        WHEN {now} IS DISTINCT FROM h.value_after THEN 'changed_since'
    END AS reason
FROM client_history h
LEFT JOIN found f ON f.key = {h_client}
LEFT JOIN later l ON l.key = f.key AND l.field = h.field
LEFT JOIN later a ON a.key = f.key AND a.field IS NULL
LEFT JOIN clients c ON c.rowid = f.client
WHERE h.job = $job
"""

_CREATIONS = """
CREATE TEMP TABLE undo_creations AS
SELECT k.client AS code, f.client,
    CASE WHEN f.client IS NULL OR f.clients > 1 OR l.key IS NOT NULL OR {digest} <> k.digest
        THEN 'changed_since' END AS reason
FROM client_creations k
LEFT JOIN found f ON f.key = {k_client}
LEFT JOIN (SELECT DISTINCT key FROM later) l ON l.key = f.key
LEFT JOIN clients c ON c.rowid = f.client
WHERE k.job = $job
"""

_REMOVALS = """
CREATE TEMP TABLE undo_removals AS
SELECT r.client AS code, r.content, CASE WHEN f.key IS NOT NULL THEN 'changed_since' END AS reason
FROM removed_clients r LEFT JOIN found f ON f.key = {r_client}
WHERE r.job = $job
"""

_COUNTS = f"""
SELECT
    (SELECT count(*) FROM undo_removals WHERE reason IS NULL),
    (SELECT count(DISTINCT code) FROM undo_fields WHERE reason IS NULL),
    (SELECT count(*) FROM undo_creations WHERE reason IS NULL),
    (SELECT count(*) FROM undo_creations) + (SELECT count(*) FROM undo_removals)
        + (SELECT count(DISTINCT code) FROM undo_fields WHERE NOT {is_blank("code")})
        -- Of clients without a Code nobody knows which changes are of the same one: as many as have one field changed.
        + (SELECT coalesce(max(changes), 0)
            FROM (SELECT count(*) AS changes FROM undo_fields WHERE {is_blank("code")} GROUP BY field)),
    (SELECT count(*) FROM undo_fields WHERE {is_blank("code")})
"""

_LEFT = """
CREATE TEMP VIEW left_alone AS
SELECT code, field, reason, value_before, value_after, value_now FROM undo_fields WHERE reason IS NOT NULL
UNION ALL SELECT code, NULL, reason, NULL, NULL, NULL FROM undo_creations WHERE reason IS NOT NULL
UNION ALL SELECT code, NULL, reason, NULL, NULL, NULL FROM undo_removals WHERE reason IS NOT NULL
"""

_VALUES_OF_OTHERS = """
SELECT {counts} FROM clients WHERE upper(code) IN (SELECT upper(client) FROM client_creations WHERE job = $1)
"""

_ROWS_REFERRING = """
SELECT count(*) FROM {table} r JOIN clients c ON {condition}
WHERE upper(c.code) IN (SELECT upper(client) FROM client_creations WHERE job = $1)
"""

_JOB = "SELECT number, created_count, updated_count, coalesce(removed_count, 0) FROM import_jobs WHERE code = $1"

_UNDOS = """
-- One that found nothing to put back has not undone its job.
SELECT code, undoes FROM import_jobs
WHERE undoes IS NOT NULL AND created_count + updated_count + coalesce(removed_count, 0) > 0
ORDER BY number
"""

_LATER_JOBS = "SELECT code FROM import_jobs WHERE number > $1 AND undoes IS NULL ORDER BY number"


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What an undo would do, or did, in clients.

    ``counts`` are those of its job: clients brought back, put back, left alone, and removed; ``total`` is how many
    clients the undone job had changed. ``notes`` are sentences for whoever looks at the job.
    """

    counts: Counts
    total: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A field of a client, or with ``field`` None the whole client, that the undo leaves alone."""

    code: str | None
    field: str | None
    reason: LeftReason

    def to_json(self) -> dict[str, str | None]:
        """Return it as JSON for the command line and the API."""
        return {"code": self.code, "field": self.field, "reason": self.reason.value}


def plan_undo(session: Session, undoes: str) -> UndoPlan:
    """Plan the undo of the job ``undoes`` with the clients of ``session``.

    Leaves in its ``tables`` the temporary tables ``undo_fields``, ``undo_creations`` and ``undo_removals``: each change
    of the job, with its ``code``, the rowid of the ``client`` now, and the ``reason`` why it is left alone, or NULL;
    and the view ``left_alone``. Raises JobStateError when the job has not changed the clients, is undone already, or is
    older than the history, or its history is gone.
    """
    number, changed, by = check_in_ledger(session, undoes)
    later = [code for (code,) in session.rows(_LATER_JOBS, [number]) if code not in by]
    session.gather_job(undoes, later)
    tables = session.tables
    values = {"job": undoes}
    tables.execute(_FOUND.format(identity=session.identity, **_KEYS), values)
    tables.execute(_LATER.format(**_KEYS), {"later": later})
    now = " ".join(f"WHEN '{field.name}' THEN c.{field.column}::VARCHAR" for field in FIELDS)
    fields = [field.name for field in FIELDS]
    tables.execute(
        _FIELDS.format(
            now=f"CASE h.field {now} END",
            no_code=is_blank("h.client"),
            was_blank=is_blank("h.value_before"),
            **_KEYS,
        ),
        {**values, "fields": fields},
    )
    tables.execute(_CREATIONS.format(digest=digest(tables_of()["clients"], "c."), **_KEYS), values)
    tables.execute(_REMOVALS.format(**_KEYS), values)
    tables.execute(_LEFT)
    plan = _planned(tables, undoes, changed)
    if not plan.counts.removed:
        return plan
    return replace(plan, notes=(*plan.notes, *_not_kept(session, undoes), *_referring(session, undoes)))


def check_in_ledger(session: Session, undoes: str) -> tuple[int, int, dict[str, str]]:
    """Raise JobStateError when the job ``undoes``, by the ledger, cannot be undone.

    Returns its number, how many clients it has changed, and the code of the undo for each job that is undone now.
    """
    done = session.rows(_JOB, [undoes])
    if not done:
        raise not_in_database(undoes)
    number, *changed = done[0]
    if number is None:
        raise JobStateError(f"Job {undoes} is older than the history of changes, so it cannot be undone.")
    by = undone((code, of) for code, of in session.rows(_UNDOS))
    if undoes in by:
        undo = by[undoes]
        raise JobStateError(f"Job {undoes} is undone already, by job {undo}. To have it again, undo {undo}.")
    return number, sum(changed), by


def left_alone(tables: duckdb.DuckDBPyConnection, limit: int | None = None) -> list[LeftAlone]:
    """Return what the undo that is planned in ``tables`` leaves alone, by code and field, up to ``limit``."""
    at_most = "" if limit is None else f" LIMIT {limit}"
    rows = tables.execute(f"SELECT code, field, reason FROM left_alone ORDER BY code, field{at_most}").fetchall()
    return [LeftAlone(code, field, LeftReason(reason)) for code, field, reason in rows]


def _planned(tables: duckdb.DuckDBPyConnection, undoes: str, changed: int) -> UndoPlan:
    """Return the plan in counts; ``changed`` is how many clients the ledger says that the job changed."""
    ((brought_back, put_back, removed, total, without_code),) = tables.execute(_COUNTS).fetchall()
    if changed and not total:
        raise JobStateError(
            f"The history of job {undoes} is gone, so it cannot be undone: that of removed clients is kept for "
            "CLIENT_IMPORT_HISTORY_DAYS."
        )
    notes: tuple[str, ...] = ()
    if total < changed and not without_code:
        gone = changed - total
        clients = "1 client" if gone == 1 else f"{gone:,} clients"
        notes = (f"{clients} of job {undoes} had been removed long ago, and the history with them.",)
    skipped = total - brought_back - put_back - removed
    return UndoPlan(Counts(created=brought_back, updated=put_back, skipped=skipped, removed=removed), total, notes)


def _not_kept(session: Session, undoes: str) -> list[str]:
    """Return a note for each column of another program that has values of the clients that the job created."""
    own = {*tables_of()["clients"], "id"}
    others = [column for column in session.columns if column not in own]
    if not others:
        return []
    counts = ", ".join(f'count("{column.replace(chr(34), 2 * chr(34))}")' for column in others)
    [found] = session.rows(_VALUES_OF_OTHERS.format(counts=counts), [undoes])
    return [
        f"Of the clients that job {undoes} created, {count:,} ha{'s' if count == 1 else 've'} a value in {column}, a "
        "column of another program. It goes with the client: one that is brought back has the column's default."
        for column, count in zip(others, found, strict=True)
        if count
    ]


def _referring(session: Session, undoes: str) -> Iterator[str]:
    """Yield a note for each table of another program whose rows refer to clients that the job created."""
    for of in session.referring():
        refer = "some rows may refer"
        if of.may_read:
            [(count,)] = session.rows(_ROWS_REFERRING.format(table=of.table, condition=of.condition), [undoes])
            if not count:
                continue
            refer = "1 row refers" if count == 1 else f"{count:,} rows refer"
        becomes = "is removed with it, and is not brought back" if of.are_removed else "loses it, and stays without"
        yield (
            f"Of the table {of.table} of another program, {refer} to clients that job {undoes} created. Whatever "
            f"refers to a removed client {becomes} when the undo is undone."
        )

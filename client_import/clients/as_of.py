"""The query for the clients as they were at a time, in the SQL of both databases (docs/history.md)."""

from __future__ import annotations

from collections.abc import Mapping

from client_import.fields.catalogue import FIELDS

_QUERY = """
WITH ends AS (
    -- The first creation or removal of each client after the time: a created client was not there yet, and a removed
    -- one was as it was when it was removed, but for the changes in between.
    SELECT DISTINCT ON (client) client, content, number FROM (
        SELECT upper(c.client) AS client, NULL AS content, j.number
        FROM client_creations c JOIN import_jobs j ON j.code = c.job WHERE j.completed_date > {moment}
        UNION ALL
        SELECT upper(r.client), r.content, coalesce(j.number, {last})
        FROM removed_clients r LEFT JOIN import_jobs j ON j.code = r.job WHERE r.removed_at > {moment}
    ) AS events ORDER BY client, number
),
later AS (
    -- The first change of each field after the time, with the value before it.
    SELECT DISTINCT ON (client, field) client, field, coalesce(value_before, '{none}') AS before, number,
        updated_at_before, updated_by_job_before
    FROM (
        SELECT upper(h.client) AS client, h.field, h.value_before, j.number, h.updated_at_before,
            h.updated_by_job_before
        FROM client_history h JOIN import_jobs j ON j.code = h.job WHERE j.completed_date > {moment}
    ) AS changes
    WHERE NOT EXISTS (SELECT 1 FROM ends e WHERE e.client = changes.client AND e.number < changes.number)
    ORDER BY client, field, number
),
traces AS (
    SELECT DISTINCT ON (client) client, updated_at_before, updated_by_job_before FROM later ORDER BY client, number
),
put_back AS (SELECT client, {to_object}(field, before) AS fields FROM later GROUP BY client),
base AS (
    SELECT upper(code) AS client, {columns} FROM clients
    WHERE (created_at IS NULL OR created_at <= {moment})
        AND NOT EXISTS (SELECT 1 FROM ends e WHERE e.client = upper(clients.code))
    UNION ALL
    SELECT client, {removed} FROM (SELECT client, CAST(content AS json) AS content FROM ends) AS gone
    WHERE content IS NOT NULL
)
SELECT {values}, c.created_at,
    CASE WHEN t.client IS NULL THEN c.updated_at ELSE t.updated_at_before END AS updated_at,
    c.created_by_job,
    CASE WHEN t.client IS NULL THEN c.updated_by_job ELSE t.updated_by_job_before END AS updated_by_job
FROM base c LEFT JOIN put_back p ON p.client = c.client LEFT JOIN traces t ON t.client = c.client
WHERE c.created_at IS NULL OR c.created_at <= {moment}
"""

_LAST = 2**62
"""The number of what another program has done, which is noticed after what the jobs did."""

_TEXT = ("VARCHAR", "text")

_NONE = "\x01"
"""What stands for no value beside values: a control character, of which the values of imports have none."""


def as_of_query(moment: str, columns: Mapping[str, str], to_object: str) -> str:
    """Return the query for the clients as they were at ``moment``, a timestamp in UTC as an SQL expression.

    ``columns`` are those of the table ``clients``, with their types, and ``to_object`` is the aggregate function that
    makes a JSON object of keys and values. Clients whose Code is empty are as they are now.
    """
    return _QUERY.format(
        moment=moment,
        last=_LAST,
        none=_NONE,
        to_object=to_object,
        columns=", ".join(columns),
        removed=", ".join(_cast(f"content ->> '{column}'", kind) for column, kind in columns.items()),
        values=", ".join(_value(field.column, field.name, columns[field.column]) for field in FIELDS),
    )


def _value(column: str, name: str, kind: str) -> str:
    now = f"c.{column}" if kind in _TEXT else f"CAST(c.{column} AS VARCHAR)"
    before = f"nullif(coalesce(p.fields ->> '{name}', {now}), '{_NONE}')"
    return f"{_cast(before, kind)} AS {column}"


def _cast(text: str, kind: str) -> str:
    return text if kind in _TEXT else f"CAST({text} AS {kind})"

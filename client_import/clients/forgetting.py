"""Forget the history of clients that were removed longer ago than it is kept (docs/rules.md, section 11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from client_import.clients.history_tables import HISTORY_TABLES

_IS_THERE = "EXISTS (SELECT 1 FROM clients WHERE upper(clients.code) = upper({client}))"
# With NOT IN, PostgreSQL goes through all clients for each row where they are too many for its work_mem.

_HAS_EXPIRED = "SELECT count(*) FROM removed_clients WHERE removed_at < CAST($1 AS timestamp)"

_FORGET = f"""
DELETE FROM {{table}} WHERE upper(client) IN (
    SELECT upper(client) FROM removed_clients GROUP BY upper(client) HAVING max(removed_at) < CAST($1 AS timestamp)
) AND NOT {_IS_THERE.format(client="{table}.client")}
"""

_FORGET_NAMELESS = """
DELETE FROM client_history WHERE upper(client) IS NULL
    AND job IN (SELECT code FROM import_jobs WHERE completed_date < CAST($1 AS timestamp))
"""

_LAST_JOB = "SELECT max(completed_date) FROM import_jobs WHERE code <> $1"

_MISS = f"""
INSERT INTO removed_clients (job, client, removed_at, content)
SELECT NULL, max(known.client), CAST($1 AS timestamp), NULL
FROM (SELECT client, job FROM client_history UNION ALL SELECT client, job FROM client_creations) AS known
LEFT JOIN import_jobs AS j ON j.code = known.job
LEFT JOIN (
    SELECT upper(client) AS client, max(removed_at) AS removed_at FROM removed_clients GROUP BY upper(client)
) AS gone ON gone.client = upper(known.client)
WHERE known.client IS NOT NULL AND NOT {_IS_THERE.format(client="known.client")}
GROUP BY upper(known.client)
HAVING max(gone.removed_at) IS NULL OR max(gone.removed_at) < max(j.completed_date)
"""
# One that was removed and came back by a later job can be missed again.


def forget(
    execute: Callable[[str, Sequence[Any]], object],
    rows: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]],
    job: str,
    time: datetime,
    history_days: int,
) -> None:
    """Forget, in the transaction of the ``job`` at ``time``, the removed clients whose ``history_days`` are over.

    ``time`` is in UTC, without a time zone. ``execute`` and ``rows`` are those of the database. Clients that another
    program has deleted are missed by the first job of a day; their days begin then. Those that exist again are kept.
    Of a client without a Code nobody can tell whether it is there, so its days begin with the job that changed it.
    """
    over = time - timedelta(days=history_days)
    [(last,)] = rows(_LAST_JOB, [job])
    if last is None or last.date() < time.date():
        execute(_MISS, [time])
        execute(_FORGET_NAMELESS, [over])
    [(expired,)] = rows(_HAS_EXPIRED, [over])
    if expired:
        for table in sorted(HISTORY_TABLES, key=lambda name: name == "removed_clients"):
            execute(_FORGET.format(table=table), [over])

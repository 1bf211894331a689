"""Who has the clients in PostgreSQL, and how to end a process there."""

from __future__ import annotations

import time
from typing import Any

import psycopg

_PREFIX = "client-import "
"""What the application name of an import begins with; the code of its job follows."""

_BLOCKING = """
SELECT a.application_name, a.usename, coalesce(a.client_hostname, host(a.client_addr)), a.pid, a.backend_type
FROM unnest(pg_blocking_pids(%s)) AS b(pid) JOIN pg_stat_activity a ON a.pid = b.pid
ORDER BY EXISTS (
    SELECT 1 FROM pg_locks l
    WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.relation = to_regclass('clients')
        AND l.mode <> 'AccessShareLock'
) DESC, a.xact_start
LIMIT 1
"""

_OF_JOB = "FROM pg_stat_activity WHERE application_name = %s AND datname = current_database() AND pid <> %s"
_ENDS_WITHIN_SECONDS = 5.0


def application_name(code: str) -> str:
    """Return the name under which PostgreSQL lists the import of the job ``code``."""
    return f"{_PREFIX}{code}".strip()


def holder_of(connection: psycopg.Connection[Any], waiting_pid: int) -> str | None:
    """Return who has what the process ``waiting_pid`` of the server waits for, in words; None if it does not wait."""
    row = connection.execute(_BLOCKING, [waiting_pid]).fetchone()
    if row is None:
        return None
    name, user, host, pid, kind = row
    if user is None:
        return f"the {kind} of the server (process {pid} there)"
    place = f" on {host}" if host else ""
    if name and name.startswith(_PREFIX):
        return f"the import {name.removeprefix(_PREFIX)}{place}"
    program = f"the program {name}" if name else "a program"
    return f"{program} of the user {user}{place} (process {pid} of the server)"


def end_job(connection: psycopg.Connection[Any], code: str, but: int = 0) -> None:
    """End the processes of the server that work for the job ``code``, and wait a little until they are gone.

    The process ``but`` is spared.
    """
    of_job = [application_name(code), but]
    connection.execute(f"SELECT pg_terminate_backend(pid) {_OF_JOB}".encode(), of_job)
    give_up = time.monotonic() + _ENDS_WITHIN_SECONDS
    while time.monotonic() < give_up and connection.execute(f"SELECT 1 {_OF_JOB}".encode(), of_job).fetchone():
        time.sleep(0.05)

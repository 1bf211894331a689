"""Bring the job records in line with the ledger, after one of the two was put back from a copy.

What was applied is what the ledger says. A Completed job that it does not have is lost, and nothing is undone by it.
One of which there is no record is given one, and one that was recovered as Failed, from the copy of a store in which it
ran, is Completed.
"""

from __future__ import annotations

from contextlib import suppress

import duckdb

from client_import.clients.store import ClientsStore
from client_import.errors import StoreError
from client_import.jobs.store import JobStore
from client_import.paths import Home, is_code

_CODES = "SELECT code FROM import_jobs ORDER BY coalesce(number, 0), completed_date"


def agree(store: JobStore, database: ClientsStore, home: Home) -> None:
    """Compare the records in ``store`` with the ledger in ``database``, unless they agreed and neither was replaced.

    ``home`` has the files of the jobs. A database on a server is compared each time. Raises StoreError when it cannot
    be used, and InUseError when somebody else is using it.
    """
    state = database.state()
    if state is not None and state == store.agreement.seen():
        return
    records = store.agreement.records()  # before the ledger is read, which has all that have ended by then
    with database.look_at_history() as session:  # which an older database is given
        applied = [str(code) for (code,) in session.rows(_CODES)]
        unknown = [session.recorded(code) for code in applied if records.get(code) is None and is_code(code)]
    there = set(applied)
    lost = {code: is_lost for code, is_lost in records.items() if is_lost is not None}
    store.agreement.set_lost((code for code in lost if code not in there and not lost[code]), is_lost=True)
    store.agreement.set_lost((code for code in lost if code in there and lost[code]), is_lost=False)
    for job in unknown:
        if job is not None:
            store.agreement.take_in(job, has_files=home.job(job.code).path.exists())
    if state is not None:
        store.agreement.note_seen(state)


def agree_if_possible(store: JobStore, database: ClientsStore, home: Home) -> None:
    """Do as :func:`agree` does, or nothing when the ledger cannot be read now: whoever looks next tries again."""
    with suppress(StoreError, OSError, duckdb.Error):
        agree(store, database, home)

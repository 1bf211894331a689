"""Open the job store that the settings choose: a file in the home folder, or the PostgreSQL database of the clients.

In PostgreSQL the jobs are always in the database that has the clients and their ledger: what restores one restores the
others, so that a job's record and the ledger never speak of different times (docs/reliability.md).
"""

from __future__ import annotations

from client_import.errors import StoreError
from client_import.jobs.home_of_jobs import KnownHome
from client_import.jobs.store import JobStore
from client_import.paths import Home
from client_import.settings import Settings


def open_job_store(settings: Settings, home: Home) -> JobStore:
    """Open the job store of ``home``, or make it when there is none; the caller closes it.

    Raises OptionsError when CLIENT_IMPORT_DATABASE is no address, and StoreError when the store cannot be used, or its
    jobs have their files in another folder than ``home``.
    """
    if not settings.database_url:
        return JobStore.at(home.job_store)
    store = JobStore(settings.database_url)
    try:
        _refuse_other_home(store, home)
    except BaseException:
        store.close()
        raise
    return store


def is_lost(store: JobStore, home: Home) -> bool:
    """Return whether the store was made new, although something was imported in ``home`` before."""
    return store.is_new and home.has_been_used


def _refuse_other_home(store: JobStore, home: Home) -> None:
    here = KnownHome(home.mark(), str(home.path))
    place = store.home.known(here)
    if place.mark != here.mark:
        raise StoreError(
            f"The home folder {home.path} is not the one whose jobs are in {store.name}: that was {place.path}. All "
            "machines need the same folder, on a volume that they share: mount it, and set CLIENT_IMPORT_HOME to it. "
            f"If it is lost for good, write {place.mark} to {home.mark_file}: the files of all imports so far are gone "
            "then."
        )

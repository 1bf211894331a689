"""Open the job store that the settings choose: a file in the home folder, or the PostgreSQL database of the clients.

In PostgreSQL the jobs are always in the database that has the clients and their ledger: what restores one restores the
others, so that a job's record and the ledger never speak of different times (docs/reliability.md).
"""

from __future__ import annotations

from client_import.errors import OptionsError, StoreError
from client_import.jobs.home_of_jobs import KnownHome, mark_of
from client_import.jobs.store import JobStore
from client_import.paths import Home
from client_import.settings import Settings


def open_job_store(settings: Settings, home: Home) -> JobStore:
    """Open the job store of ``home``, or make it when there is none; the caller closes it.

    Raises OptionsError when CLIENT_IMPORT_DATABASE is no address, or is missing although the jobs of ``home`` are on
    PostgreSQL, and StoreError when the store cannot be used, or its jobs have their files in another folder.
    """
    is_told = bool(settings.receivers)
    if not settings.database_url:
        if home.mark_file.exists():
            raise OptionsError(
                f"The jobs of the home folder {home.path} are on PostgreSQL: set CLIENT_IMPORT_DATABASE, as it is set "
                f"on the other machines. To go back to files, and without those jobs, delete {home.mark_file}."
            )
        return JobStore.at(home.job_store, is_told=is_told)
    store = JobStore(settings.database_url, is_told=is_told)
    try:
        _refuse_other_home(store, home)
    except BaseException:
        store.close()
        raise
    return store


def what_is_lost(store: JobStore, home: Home) -> str | None:
    """Return a sentence if the store was made new, although something was imported in ``home`` before."""
    if not (store.is_new and home.has_been_used):
        return None
    if home.mark_file.exists() and home.job_store.exists():
        return (
            f"There was no job store {store.name}, and a new one was made. What was imported in {home.path} until now "
            "is in clients.duckdb and jobs.sqlite there, and not used while CLIENT_IMPORT_DATABASE is set: import the "
            "clients of `client-import export` first."
        )
    return (
        f"There was no job store {store.name}, although something was imported here. A new one was made: of earlier "
        "imports it knows what the clients database does, and it has no saved mapping. If the old one is there, or a "
        "backup, put it in its place before you go on."
    )


def _refuse_other_home(store: JobStore, home: Home) -> None:
    here = KnownHome(mark_of(home), str(home.path))
    place = store.home.known(here)
    if place.mark != here.mark:
        raise StoreError(
            f"The home folder {home.path} is not the one whose jobs are in {store.name}: that was {place.path}. All "
            "machines need the same folder, on a volume that they share: mount it, and set CLIENT_IMPORT_HOME to it. "
            f"If it is lost for good, write {place.mark} to {home.mark_file}: the files of all imports so far are gone "
            "then."
        )

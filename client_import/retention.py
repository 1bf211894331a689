"""Remove what dead processes left behind, and the files of jobs that are past their retention.

No daemon is needed: each command that starts an import or lists the jobs does a bounded part of it. Errors are ignored.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import timedelta

from client_import.errors import OptionsError, StoreError
from client_import.inbox.folder import open_drop_folder
from client_import.inbox.put_away import remove_put_away
from client_import.jobs.store import JobStore
from client_import.jobs.tables import Files
from client_import.paths import Home
from client_import.settings import Settings
from client_import.system.scratch import sweep

_AT_ONCE = 50
"""The number of jobs whose files one call cleans up or removes."""


def clean_up(home: Home, store: JobStore, settings: Settings) -> None:
    """Remove the leftovers of dead processes, and the files of jobs that ended more than ``retention_days`` ago.

    That includes what was moved to the drop folder's subfolders for such a job, and who was told of its end. Job
    records are kept.
    """
    with suppress(OSError, StoreError):
        for folder in {home.scratch, home.coming_in}:
            sweep(folder)
        for code in store.files.untidy(_AT_ONCE):
            home.job(code).drop_working_files()
            store.files.set(code, Files.KEPT)
        store.outbox.remove(timedelta(days=settings.retention_days))
        for code in store.files.outdated(timedelta(days=settings.retention_days), _AT_ONCE):
            with suppress(OptionsError, OSError, StoreError):  # the drop folder may be on another machine
                _remove_files(home, store, settings, code)


def _remove_files(home: Home, store: JobStore, settings: Settings, code: str) -> None:
    if home.note(code).exists():
        return  # the dropped file is not finalised yet
    folder = home.job(code)
    if folder.put_away.exists():
        remove_put_away(open_drop_folder(settings, home), folder)
    if folder.path.exists():
        shutil.rmtree(folder.path)
    store.files.set(code, Files.REMOVED)


def removed_sentence(code: str, retention_days: int) -> str:
    """Return the message for a request for a file of the job ``code`` that retention has removed."""
    return (
        f"The files of job {code} were removed {retention_days} days after it ended, as CLIENT_IMPORT_RETENTION_DAYS "
        "says. Import the file again to see which of its rows are rejected, and why."
    )

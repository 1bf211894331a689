"""Looks at uploaded files, each in a process of its own: a large or evil file slows down or ends nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

from client_import.errors import StoreError
from client_import.folders import Home
from client_import.options import ImportOptions
from client_import.settings import Settings

if TYPE_CHECKING:
    from client_import.preview import Preview

_LOOKS_A_PROCESS = 100
"""A process makes room for a new one after so many, so that none grows old."""

_LOCK_WAIT_SECONDS = 10.0
"""Whoever only looks does not wait for long while another process has the clients database."""

_BROKEN = (
    "The look at the file was cut off: it needed too much memory, or its process was killed. "
    "Try again, or start the import without a look."
)


class Looks:
    """Previews and dry runs of the files of jobs that wait to be started, at most ``at_once`` at a time."""

    def __init__(self, settings: Settings, at_once: int) -> None:
        self._settings = settings
        self._at_once = at_once
        self._guard = threading.Lock()
        self._pool = self._new_pool()

    def preview(self, code: str, options: ImportOptions, rows: int, *, plans: bool = True) -> Preview:
        """Return the preview of the job's file; without ``plans`` only the quick look, which has no ``run``.

        Raises SourceError when the file is no table of text, OptionsError for an unknown mapping, and StoreError when
        the look was cut off, or the clients database cannot be used now.
        """
        pool = self._pool
        try:
            return pool.submit(_preview, self._settings, code, options, rows, plans).result()
        except BrokenProcessPool:
            with self._guard:
                if self._pool is pool:
                    self._pool = self._new_pool()
            raise StoreError(_BROKEN) from None

    def warm_up(self) -> None:
        """Start the first process, and have it import what a look needs."""
        self._pool.submit(_warm_up)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._at_once,
            mp_context=multiprocessing.get_context("forkserver"),
            initializer=_begin,
            max_tasks_per_child=_LOOKS_A_PROCESS,
        )


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to take


def _warm_up() -> None:
    import client_import.preview  # noqa: F401


def _preview(settings: Settings, code: str, options: ImportOptions, rows: int, plans: bool) -> Preview:
    from client_import.folders import JobFolder
    from client_import.importing import open_database
    from client_import.job_store import JobStore
    from client_import.preview import look, preview
    from client_import.scratch import scratch

    home = Home(settings.home)
    with JobStore.at(home.job_store) as store, scratch(home.scratch, "preview") as path:
        folder = JobFolder(path)
        _share(home.job(code).source, folder.source)
        if not plans:
            return look(store, folder, options, rows)
        database = open_database(settings, home, _LOCK_WAIT_SECONDS)
        return preview(database, store, folder, options, settings.threads, rows)


def _share(source: Path, place: Path) -> None:
    """Have the file at ``place`` too, such that it stays when the job is gone."""
    try:
        os.link(source, place)
    except FileNotFoundError:
        raise StoreError("The file is not there any more. Send it again.") from None
    except OSError:
        place.symlink_to(source)

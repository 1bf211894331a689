"""What is done in the processes of :mod:`service.looks`: each function reads what others have sent, or much of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from client_import.errors import StoreError
from client_import.export import export_clients
from client_import.folders import Home, JobFolder
from client_import.importing import DryRun, dry_run, open_database, saved_mapping
from client_import.job_faults import FaultGroup, RowFault, fault_groups, faults_of
from client_import.job_store import JobStore
from client_import.options import ColumnMapping, ImportOptions
from client_import.preview import Preview, look
from client_import.scratch import scratch
from client_import.settings import Settings
from client_import.understanding import Understanding, understand

_LOCK_WAIT_SECONDS = 10.0
"""Whoever only looks does not wait for long while another process has the clients database."""


def check(settings: Settings, source: Path, options: ImportOptions) -> None:
    """Check that the ``options`` fit the file; raises as :func:`client_import.understanding.understand` does."""
    with _opened(settings, source) as (store, folder):
        understand(folder.source, options, saved_mapping(store, options))


def seen(settings: Settings, source: Path, options: ImportOptions, rows: int) -> Preview:
    """Return the preview of the file, without what its import would do."""
    with _opened(settings, source) as (store, folder):
        return look(store, folder, options, rows)


def planned(settings: Settings, source: Path, understanding: Understanding, options: ImportOptions) -> DryRun:
    """Return what the import of the file would do."""
    database = open_database(settings, Home(settings.home), _LOCK_WAIT_SECONDS)
    with _opened(settings, source) as (_, folder):
        return dry_run(database, folder, understanding, options, settings.threads)


def faults(settings: Settings, code: str, offset: int, limit: int) -> list[RowFault]:
    """Return some faults of the job: :func:`client_import.job_faults.faults_of`."""
    return faults_of(Home(settings.home).job(code), offset, limit)


def groups(settings: Settings, code: str) -> list[FaultGroup]:
    """Return the faults of the job by column and reason: :func:`client_import.job_faults.fault_groups`."""
    return fault_groups(Home(settings.home).job(code))


def export(settings: Settings, columns: Sequence[ColumnMapping] | None, path: Path) -> None:
    """Write all clients to ``path``: :func:`client_import.export.export_clients`."""
    database = open_database(settings, Home(settings.home), _LOCK_WAIT_SECONDS)
    with database.open(read_only=True) as connection, path.open("wb") as file:
        export_clients(connection, columns, file)


@contextmanager
def _opened(settings: Settings, source: Path) -> Iterator[tuple[JobStore, JobFolder]]:
    """The job store, and a folder that has the file too, such that it stays when its job is gone."""
    home = Home(settings.home)
    with JobStore.at(home.job_store) as store, scratch(home.scratch, "preview") as path:
        folder = JobFolder(path)
        try:
            os.link(source, folder.source)
        except FileNotFoundError:
            raise StoreError("The file is not there any more. Send it again.") from None
        except OSError:
            folder.source.symlink_to(source)
        yield store, folder

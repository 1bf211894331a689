"""The functions that run in the processes of :mod:`service.preview_pool`: they read untrusted or large files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from client_import.clients.store import Reader, open_clients, open_for_recovery
from client_import.dry_run import DryRun, dry_run
from client_import.errors import StoreError
from client_import.history.clients import Client, ClientsPage, client_of, find_clients
from client_import.history.entries import Entry
from client_import.history.of_client import ClientHistory, history_of
from client_import.history.of_job import ChangesFilter, changes_of, check_history, count_changes
from client_import.jobs.known_mappings import KnownMappings
from client_import.jobs.opening import open_job_store
from client_import.jobs.record import Job
from client_import.mapping.file_spec import FileSpec, make_file_spec, suggested_for
from client_import.mapping.resolve import Mapping
from client_import.mapping.saved import SavedMapping
from client_import.options import ImportOptions
from client_import.paths import Home, JobFolder
from client_import.preview import Preview, preview_without_plan
from client_import.reading.limits import Limits
from client_import.recovery.agree import agree_if_possible
from client_import.reports.export import export_clients
from client_import.reports.rejects_workbook import write_rejects_workbook
from client_import.reports.row_errors_page import RowError, errors_of
from client_import.settings import Settings
from client_import.system.scratch import scratch
from client_import.undo_job import UndoPreview, check_undoable, preview_undo

_LOCK_WAIT_SECONDS = 10.0
"""A preview does not wait long while another process has the clients database open."""

_REJECTED_ROWS = 10
"""The number of rejected rows that a plan shows."""


def check(settings: Settings, source: Path, options: ImportOptions) -> None:
    """Raise OptionsError when ``options`` do not fit the file, SourceError when it is no table of text."""
    with _opened(settings, source) as (known, folder):
        make_file_spec(folder.source, options, known, Limits.of(settings))


def seen(settings: Settings, source: Path, options: ImportOptions, rows: int | None) -> Preview:
    """Return the preview of the file without a plan, with the first ``rows`` rows, or all rows with None.

    Raises SourceError when the file is no table of text, and OptionsError for an unknown mapping.
    """
    with _opened(settings, source) as (known, folder):
        return preview_without_plan(known, folder, options, Limits.of(settings), rows)


def planned(settings: Settings, source: Path, file_spec: FileSpec, options: ImportOptions) -> DryRun:
    """Return what the import of the file would do.

    Raises SourceError when the file cannot be read, StoreError when the clients database cannot be used now.
    """
    database = open_clients(settings, Home(settings.home), _LOCK_WAIT_SECONDS)
    with _opened(settings, source) as (_, folder):
        return dry_run(
            database, folder, file_spec, options, Limits.of(settings), settings.threads, rejected=_REJECTED_ROWS
        )


def tried(settings: Settings, source: Path, options: ImportOptions) -> DryRun:
    """Return what the import of the file with ``options`` would do; raises as :func:`check` and :func:`planned` do."""
    database = open_clients(settings, Home(settings.home), _LOCK_WAIT_SECONDS)
    with _opened(settings, source) as (known, folder):
        file_spec = make_file_spec(folder.source, options, known, Limits.of(settings))
        return dry_run(database, folder, file_spec, options, Limits.of(settings), settings.threads)


def suggested(settings: Settings, source: Path, options: ImportOptions) -> Mapping:
    """Return the mapping of the file: :func:`client_import.mapping.file_spec.suggested_for`."""
    return suggested_for(source, options, Limits.of(settings))


def row_errors(settings: Settings, code: str, offset: int, limit: int) -> list[RowError]:
    """Return some row errors of the job: :func:`client_import.reports.row_errors_page.errors_of`."""
    return errors_of(Home(settings.home).job(code), offset, limit)


def workbook(settings: Settings, code: str, source: Path, path: Path) -> None:
    """Write rows not imported to ``path``: :func:`client_import.reports.rejects_workbook.write_rejects_workbook`."""
    write_rejects_workbook(Home(settings.home).job(code), source, path)


def export(settings: Settings, mapping: SavedMapping | None, path: Path) -> None:
    """Write all clients to ``path``: :func:`client_import.reports.export.export_clients`."""
    database = open_clients(settings, Home(settings.home), _LOCK_WAIT_SECONDS)
    with database.look(None) as session, path.open("wb") as file:
        export_clients(session.tables, mapping, file)


def changes(
    settings: Settings, job: Job, wanted: ChangesFilter, offset: int, limit: int, reveal: bool
) -> tuple[list[Entry], int]:
    """Return some changes of the ended ``job``, and how many there are: :mod:`client_import.history.of_job`."""
    with _reading(settings) as reader:
        check_history(reader, job)
        found = changes_of(reader, job.code, wanted, offset=offset, limit=limit, reveal=reveal)
        return found, count_changes(reader, job.code, wanted)


def clients(settings: Settings, search: str, offset: int, limit: int, reveal: bool) -> ClientsPage:
    """Return some clients: :func:`client_import.history.clients.find_clients`."""
    with _reading(settings) as reader:
        return find_clients(reader, search, offset=offset, limit=limit, reveal=reveal)


def client(settings: Settings, code: str, reveal: bool) -> Client:
    """Return one client: :func:`client_import.history.clients.client_of`."""
    with _reading(settings) as reader:
        return client_of(reader, code, reveal=reveal)


def client_history(settings: Settings, code: str, reveal: bool) -> ClientHistory:
    """Return the history of a client: :func:`client_import.history.of_client.history_of`."""
    with _reading(settings) as reader:
        return history_of(reader, code, reveal=reveal)


def _reading(settings: Settings) -> AbstractContextManager[Reader]:
    return open_clients(settings, Home(settings.home), _LOCK_WAIT_SECONDS).read()


def undoable(settings: Settings, code: str) -> None:
    """Raise JobStateError when the job cannot be undone: :func:`client_import.undo_job.check_undoable`."""
    home = Home(settings.home)
    with open_job_store(settings, home) as store:
        check_undoable(home, store, open_for_recovery(settings, home), code)


def undo_planned(settings: Settings, code: str) -> UndoPreview:
    """Return what the undo of the job would do: :func:`client_import.undo_job.preview_undo`."""
    undoable(settings, code)
    return preview_undo(open_clients(settings, Home(settings.home), _LOCK_WAIT_SECONDS), code)


def agreed(settings: Settings) -> None:
    """Bring the job records in line with the ledger: :func:`client_import.recovery.agree.agree_if_possible`."""
    home = Home(settings.home)
    with open_job_store(settings, home) as store:
        agree_if_possible(store, open_for_recovery(settings, home), home)


@contextmanager
def _opened(settings: Settings, source: Path) -> Iterator[tuple[KnownMappings, JobFolder]]:
    """Yield the known mappings, and a folder with a hard link to the file, so that it stays even if its job is deleted.

    A file outside the home folder gets a symbolic link, because a hard link would belong to the home folder's owner.
    """
    home = Home(settings.home)
    with open_job_store(settings, home) as store, scratch(home.scratch, "preview") as path:
        folder = JobFolder(path)
        if source.is_relative_to(home.path):
            try:
                os.link(source, folder.source)
            except FileNotFoundError:
                raise StoreError("The file is not there any more. Send it again.") from None
            except OSError:
                folder.source.symlink_to(source)
        else:
            folder.source.symlink_to(source)
        yield KnownMappings(home, store), folder

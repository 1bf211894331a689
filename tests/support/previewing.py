"""The preview of a file with its plan, in this process."""

from __future__ import annotations

from dataclasses import replace

from client_import.clients.store import ClientsStore
from client_import.dry_run import dry_run
from client_import.jobs.known_mappings import KnownMappings
from client_import.mapping.file_spec import FileSpec
from client_import.options import ImportOptions
from client_import.paths import JobFolder
from client_import.preview import Preview, preview_without_plan
from tests.support.limits import limits


def preview(
    database: ClientsStore,
    known: KnownMappings,
    folder: JobFolder,
    options: ImportOptions,
    threads: int,
    rows: int | None,
) -> Preview:
    """Return the preview of the source in ``folder`` with the plan of its import."""
    seen = preview_without_plan(known, folder, options, limits(), rows)
    if seen.mapping is None:
        return seen
    run = dry_run(database, folder, FileSpec(seen.layout, seen.mapping), options, limits(), threads)
    return replace(seen, run=run)

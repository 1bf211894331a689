"""What a user sees of a file before anything is written: layout, mapping, first rows and plan (interfaces.md)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from client_import.database import ClientsDatabase
from client_import.detect import detect
from client_import.errors import OptionsError
from client_import.folders import JobFolder
from client_import.importing import DryRun, Understanding, dry_run, saved_mapping
from client_import.job_store import JobStore
from client_import.layout import Layout
from client_import.mapping import Suggestion, resolve, suggest
from client_import.options import ImportOptions
from client_import.read import read_rows


@dataclass(frozen=True, slots=True)
class Preview:
    """What was understood of a file.

    ``first_rows`` are cells by header. When the options do not fit the file, ``objection`` says why and there is
    no ``run``.
    """

    layout: Layout
    suggestions: tuple[Suggestion, ...]
    first_rows: tuple[dict[str, str], ...]
    run: DryRun | None
    objection: str | None

    @property
    def ignored_headers(self) -> tuple[str, ...]:
        """The headers that go to no field."""
        return self.run.understanding.mapping.ignored_headers if self.run else ()

    def to_json(self) -> dict[str, Any]:
        """Return the object of interfaces.md, without ``fileName``."""
        return {
            "encoding": self.layout.encoding,
            "delimiter": self.layout.delimiter,
            "quote": self.layout.quote,
            "hasHeaderRow": self.layout.has_header_row,
            "headers": list(self.layout.headers),
            "totalRows": self.run.staged.total_items if self.run else None,
            "previewRows": list(self.first_rows),
            "suggestedMappings": [
                {"csvHeader": each.csv_header, "targetField": each.target_field, "score": each.score}
                for each in self.suggestions
            ],
            "ignoredHeaders": list(self.ignored_headers),
            "plan": plan_json(self.run) if self.run else None,
        }


def preview(
    database: ClientsDatabase,
    store: JobStore,
    folder: JobFolder,
    options: ImportOptions,
    threads: int,
    rows: int | None,
) -> Preview:
    """Look at the source in ``folder``; ``rows`` limits the rows shown, None shows all. Changes nothing.

    Raises SourceError when the file is no table of text.
    """
    layout = detect(folder.source, options)
    suggestions = tuple(suggest(layout.headers))
    shown = tuple(_first_rows(folder, layout, rows))
    try:
        mapping = resolve(layout, options, saved_mapping(store, options))
    except OptionsError as error:
        return Preview(layout, suggestions, shown, None, str(error))
    run = dry_run(database, folder, Understanding(layout, mapping), options, threads)
    return Preview(layout, suggestions, shown, run, None)


def plan_json(run: DryRun) -> dict[str, Any]:
    """Return the ``plan`` object of interfaces.md."""
    counts = run.plan.counts
    return {
        "createdCount": counts.created,
        "updatedCount": counts.updated,
        "skippedCount": counts.skipped,
        "errorCount": counts.errors,
        "reasons": {each.reason: each.count for each in run.plan.reasons},
        "changes": [
            {"row": each.row, "code": each.code, "field": each.field, "from": each.before, "to": each.after}
            for each in run.changes
        ],
    }


def _first_rows(folder: JobFolder, layout: Layout, rows: int | None) -> list[dict[str, str]]:
    batches = read_rows(folder.source, layout)
    return list(islice((row for batch in batches for row in batch.cells.slice(0, rows).to_pylist()), rows))

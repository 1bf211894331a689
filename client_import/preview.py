"""What a user sees of a file before anything is written: layout, mapping, first rows and plan (interfaces.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from client_import.catalogue import BY_NAME
from client_import.check import MASK
from client_import.columns import ColumnProfile, profile_columns
from client_import.database import ClientsDatabase
from client_import.detect import detect
from client_import.errors import OptionsError
from client_import.folders import JobFolder
from client_import.importing import DryRun, dry_run, saved_mapping
from client_import.job_store import JobStore
from client_import.layout import Layout
from client_import.mapping import Mapping, resolve
from client_import.options import ImportOptions
from client_import.read import read_first_rows, read_rows
from client_import.suggestions import Suggestion, suggest
from client_import.understanding import Understanding


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column of the file, and where it goes.

    ``fill_rate`` is the share of the sampled rows with a cell that is not blank; ``samples`` are at most three
    distinct values, masked where the field is sensitive. ``target_field`` is the field it is imported to when it
    ``is_used``, else the one that is suggested; ``score`` is that of the suggestion of this field.
    """

    header: str
    fill_rate: float
    samples: tuple[str, ...]
    target_field: str | None
    score: float | None
    is_used: bool

    def to_json(self) -> dict[str, Any]:
        """Return the column as an object of the preview's ``columns``."""
        return {
            "header": self.header,
            "fillRate": self.fill_rate,
            "samples": list(self.samples),
            "targetField": self.target_field,
            "score": self.score,
            "isUsed": self.is_used,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What was understood of a file.

    ``first_rows`` are cells by header. When the options do not fit the file, ``objection`` says why and there is
    no ``mapping``; without that, or when it was not asked for, there is no ``run``. ``trouble`` is what else kept it
    from being made.
    """

    layout: Layout
    options: ImportOptions
    profiles: tuple[ColumnProfile, ...]
    suggestions: tuple[Suggestion, ...]
    first_rows: tuple[dict[str, str], ...]
    mapping: Mapping | None
    run: DryRun | None
    objection: str | None
    trouble: str | None = None

    @property
    def ignored_headers(self) -> tuple[str, ...]:
        """The headers that go to no field: all of them when the options do not fit, as nothing is imported then."""
        return self.mapping.ignored_headers if self.mapping else self.layout.headers

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know before the import, in sentences."""
        of_mapping = self.mapping.notes(self.options) if self.mapping else ()
        of_rows = self.run.staged.notes if self.run else ()
        return (*self.layout.notes, *of_mapping, *of_rows, *((self.trouble,) if self.trouble else ()))

    @property
    def columns(self) -> tuple[PreviewColumn, ...]:
        """The columns of the file, in its order."""
        mapped = self.mapping.columns if self.mapping else ()
        used = {column.header: column.field_name for column in mapped}
        suggested = {each.csv_header: each for each in self.suggestions}
        return tuple(
            _column(profile, used.get(profile.header), suggested.get(profile.header)) for profile in self.profiles
        )

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
            "columns": [column.to_json() for column in self.columns],
            "escape": self.layout.escape.value,
            "lineEnding": self.layout.line_ending,
            "headerRow": self.layout.header_row,
            "notes": list(self.notes),
        }


def _column(profile: ColumnProfile, used: str | None, suggestion: Suggestion | None) -> PreviewColumn:
    suggested = suggestion.target_field if suggestion else None
    target = used or suggested
    is_sensitive = any(name is not None and BY_NAME[name].sensitive for name in (used, suggested))
    return PreviewColumn(
        header=profile.header,
        fill_rate=profile.fill_rate,
        samples=tuple(MASK for _ in profile.samples) if is_sensitive else profile.samples,
        target_field=target,
        score=suggestion.score if suggestion and suggested == target else None,
        is_used=used is not None,
    )


def look(store: JobStore, folder: JobFolder, options: ImportOptions, rows: int | None) -> Preview:
    """Look at the source in ``folder`` without planning: ``run`` is None, ``rows`` as for :func:`preview`.

    Takes the same short time for a large file as for a small one. Raises SourceError when it is no table of text.
    """
    layout = detect(folder.source, options)
    profiles = profile_columns(folder.source, layout)
    suggestions = tuple(suggest(profiles, is_returned=layout.is_not_imported_file))
    shown = tuple(_first_rows(folder, layout, rows))
    try:
        mapping = resolve(layout, options, saved_mapping(store, options), suggestions)
    except OptionsError as error:
        return Preview(layout, options, profiles, suggestions, shown, None, None, str(error))
    return Preview(layout, options, profiles, suggestions, shown, mapping, None, None)


def preview(
    database: ClientsDatabase,
    store: JobStore,
    folder: JobFolder,
    options: ImportOptions,
    threads: int,
    rows: int | None,
) -> Preview:
    """Look at the source in ``folder`` and plan its import; ``rows`` limits the rows shown, None shows all.

    Changes nothing but ``folder``. Raises SourceError when the file is no table of text.
    """
    seen = look(store, folder, options, rows)
    if seen.mapping is None:
        return seen
    run = dry_run(database, folder, Understanding(seen.layout, seen.mapping), options, threads)
    return replace(seen, run=run)


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
    batches = (read_rows if rows is None else read_first_rows)(folder.source, layout)
    return list(islice((row for batch in batches for row in batch.cells.slice(0, rows).to_pylist()), rows))

"""The preview of a file: layout, mapping, first rows and plan, before any client is changed (docs/api.md)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from client_import.dry_run import DryRun
from client_import.errors import OptionsError
from client_import.field_types.characters import trim_text
from client_import.field_types.mapped_words import WordMap, choices, count_unknown
from client_import.fields.catalogue import BY_NAME, Field
from client_import.jobs.known_mappings import KnownMappings
from client_import.mapping.profile import ColumnProfile, profile_columns
from client_import.mapping.resolve import Mapping, resolve
from client_import.mapping.suggest import Suggestion, suggest
from client_import.mapping.yes_no_columns import Words
from client_import.options import ColumnMapping, ImportOptions
from client_import.paths import JobFolder
from client_import.reading.detect import detect_layout
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.reader import read_first_rows, read_rows
from client_import.reports.unknown_words import MOST_WORDS
from client_import.validation.validate import MASK


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column of the file, and the field it goes to.

    ``fill_rate`` is the share of sampled rows whose cell is not blank. ``samples`` are up to three distinct values,
    masked if the field is sensitive. ``target_field`` is the field that the column is mapped to if it ``is_used``, and
    the suggested one otherwise; ``score`` is the score of that suggestion. ``words`` are the value mappings that apply,
    or would apply, to the column. ``unknown_words`` are up to twenty of its words in the first rows that mean no
    member, the most frequent first.
    """

    header: str
    fill_rate: float
    samples: tuple[str, ...]
    target_field: str | None
    score: float | None
    is_used: bool
    words: Words = ()
    unknown_words: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the column as an object of the preview's ``columns``."""
        return {
            "header": self.header,
            "fillRate": self.fill_rate,
            "samples": list(self.samples),
            "targetField": self.target_field,
            "score": self.score,
            "isUsed": self.is_used,
            "valueMappings": words_json(self.target_field, self.words),
            "unknownValues": list(self.unknown_words),
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What was detected in a file, and what its import would do.

    ``first_rows`` are dictionaries of header and cell. If the options do not fit the file, ``options_error`` says why,
    ``mapping`` is None, and ``wanted`` holds the column mappings that were asked for. ``run`` is the dry run; it is
    None without a mapping, or if no plan was asked for. ``trouble`` says why a requested dry run failed.
    """

    layout: Layout
    options: ImportOptions
    profiles: tuple[ColumnProfile, ...]
    suggestions: tuple[Suggestion, ...]
    first_rows: tuple[dict[str, str], ...]
    mapping: Mapping | None
    run: DryRun | None
    options_error: OptionsError | None
    wanted: tuple[ColumnMapping, ...] = ()
    trouble: str | None = None

    @property
    def objection(self) -> str | None:
        """Why the options do not fit the file, worded for any interface; None if they fit."""
        return str(self.options_error) if self.options_error else None

    @property
    def ignored_headers(self) -> tuple[str, ...]:
        """The headers that go to no field; all headers if the options do not fit, because nothing is imported then."""
        return self.mapping.ignored_headers if self.mapping else self.layout.headers

    @property
    def shown_rows(self) -> tuple[dict[str, str], ...]:
        """The first rows, with the cells of columns masked that are or may be sensitive."""
        hidden = self.sensitive_headers
        return tuple(
            {header: MASK if cell and header in hidden else cell for header, cell in row.items()}
            for row in self.first_rows
        )

    @property
    def sensitive_headers(self) -> frozenset[str]:
        """The headers that are mapped to a sensitive field, suggested for one, or were to be mapped to one."""
        fields = [(each.csv_header, each.target_field) for each in self.suggestions]
        fields += [(each.csv_header, each.target_field) for each in self.wanted]
        fields += [(each.header, each.field_name) for each in (self.mapping.columns if self.mapping else ())]
        hidden = {trim_text(header).casefold() for header, field in fields if BY_NAME[field].sensitive}
        return frozenset(header for header in self.layout.headers if trim_text(header).casefold() in hidden)

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of the dry run, or without one those on layout and mapping."""
        of_mapping = self.mapping.notes(self.options) if self.mapping else ()
        notes = self.run.notes if self.run else (*self.layout.notes, *of_mapping)
        return (*notes, self.trouble) if self.trouble else tuple(notes)

    @property
    def columns(self) -> tuple[PreviewColumn, ...]:
        """The columns of the file, in file order."""
        mapped, hidden = self.mapping.columns if self.mapping else (), self.sensitive_headers
        used = {column.header: column.field_name for column in mapped}
        suggested = {each.csv_header: each for each in self.suggestions}
        words = {header: self.mapping.pairs_of(field) for header, field in used.items()} if self.mapping else {}
        return tuple(
            _column(
                profile,
                used.get(profile.header),
                suggested.get(profile.header),
                words.get(profile.header, ()),
                is_sensitive=profile.header in hidden,
            )
            for profile in self.profiles
        )

    def to_json(self) -> dict[str, Any]:
        """Return the preview as JSON for the command line and the API, without ``fileName``."""
        return {
            "encoding": self.layout.encoding,
            "delimiter": self.layout.delimiter,
            "quote": self.layout.quote,
            "hasHeaderRow": self.layout.has_header_row,
            "headers": list(self.layout.headers),
            "totalRows": self.run.staged.total_items if self.run else None,
            "previewRows": list(self.shown_rows),
            "suggestedMappings": [
                {
                    "csvHeader": each.csv_header,
                    "targetField": each.target_field,
                    "score": each.score,
                    "valueMappings": words_json(each.target_field, each.words),
                }
                for each in self.suggestions
            ],
            "ignoredHeaders": list(self.ignored_headers),
            "plan": plan_json(self.run) if self.run else None,
            "columns": [column.to_json() for column in self.columns],
            "escape": self.layout.escape.value,
            "lineEnding": self.layout.line_ending,
            "headerRow": self.layout.header_row,
            "notes": list(self.notes),
            "errors": [group.to_json() for group in self.run.plan.row_errors] if self.run else [],
            "sheet": self.layout.sheet,
            "sheets": list(self.layout.sheets),
        }


def words_json(field: str | None, words: Words) -> list[dict[str, str]]:
    """Return pairs of word and member for ``field`` as value mappings in JSON."""
    return [{"targetField": field, "from": word, "to": member} for word, member in words] if field else []


def unknown_words(profile: ColumnProfile, field: Field, words: Words) -> tuple[str, ...]:
    """Return up to twenty words of the column that mean no member of the field, the most frequent first.

    ``words`` are the words that are mapped for the field.
    """
    if not choices(field) or not len(profile.values):
        return ()
    found = count_unknown(profile.values, profile.counts, field, WordMap.of(field, words))
    return tuple(word for word, _ in found[:MOST_WORDS])


def _column(
    profile: ColumnProfile, used: str | None, suggestion: Suggestion | None, words: Words, *, is_sensitive: bool
) -> PreviewColumn:
    suggested = suggestion.target_field if suggestion else None
    target = used or suggested
    return PreviewColumn(
        header=profile.header,
        fill_rate=profile.fill_rate,
        samples=tuple(MASK for _ in profile.samples) if is_sensitive else profile.samples,
        target_field=target,
        score=suggestion.score if suggestion and suggested == target else None,
        is_used=used is not None,
        words=words if used else suggestion.words if suggestion else (),
        unknown_words=unknown_words(profile, BY_NAME[used], words) if used else (),
    )


def preview_without_plan(
    known: KnownMappings, folder: JobFolder, options: ImportOptions, limits: Limits, rows: int | None
) -> Preview:
    """Return the preview of the source in ``folder`` without a plan; ``rows`` is how many rows to show, None for all.

    Reads a bounded part of the file, so a large file takes no longer than a small one. Raises SourceError if the file
    is no table of text.
    """
    layout = detect_layout(folder.source, options, limits)
    profiles = profile_columns(folder.source, layout, limits)
    suggestions = tuple(suggest(profiles, is_returned=layout.is_not_imported_file))
    shown = tuple(_first_rows(folder, layout, limits, rows))
    saved = None
    try:
        layout, saved = known.mapping_for(folder.source, layout, options, limits)
        options = options.with_choices(layout.choices)
        mapping = resolve(layout, options, saved, suggestions)
    except OptionsError as error:
        wanted = options.column_mappings or (saved.column_mappings if saved else ())
        return Preview(layout, options, profiles, suggestions, shown, None, None, error, wanted)
    return Preview(layout, options, profiles, suggestions, shown, mapping, None, None)


def plan_json(run: DryRun) -> dict[str, Any]:
    """Return the plan of a dry run as JSON for the command line and the API."""
    counts = run.plan.counts
    return {
        "createdCount": counts.created,
        "updatedCount": counts.updated,
        "skippedCount": counts.skipped,
        "errorCount": counts.errors,
        "emptiedCount": run.plan.emptied,
        "reasons": {each.reason: each.count for each in run.plan.reasons},
        "changes": [
            {"row": each.row, "code": each.code, "field": each.field, "from": each.before, "to": each.after}
            for each in run.changes
        ],
        "unknownValues": [each.to_json() for each in run.unknown],
        "notes": list(run.notes),
        "failureReason": run.stopped,
    }


def _first_rows(folder: JobFolder, layout: Layout, limits: Limits, rows: int | None) -> list[dict[str, str]]:
    batches = (read_rows if rows is None else read_first_rows)(folder.source, layout, limits)
    return list(islice((row for batch in batches for row in batch.cells.slice(0, rows).to_pylist()), rows))

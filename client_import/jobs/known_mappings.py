"""Where columns go by what was said before: in a saved mapping, or in the import that a file's rows come back from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from client_import.did_you_mean import listed
from client_import.errors import StoreError
from client_import.field_types.value_mappings import ValueMapping
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.mapping.file_spec import FileSpec
from client_import.mapping.resolve import Mapping
from client_import.mapping.saved import SavedMapping
from client_import.options import OFFERED, ColumnMapping, Concern, ImportOptions, MatchField
from client_import.paths import Home
from client_import.reading.encoding import decode
from client_import.reading.grammar import Grammar
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.source import read_sample

_LOOKED_AT_JOBS, _LOOKED_AT_FILES = 200, 20
_LOOKED_AT_BYTES, _LOOKED_AT_RECORDS = 1 << 18, 1_000
_OF_REPORTS = Layout("utf-8", ",", '"', (), 0)
_COLUMNS = ("import_row", "import_reason")
_MESSAGE = "import_message"
_BEYOND_ASCII = re.compile(r"[^ -~]+|\?")
"""What a program that saves a file in another encoding may leave out of a sentence, or write as a question mark."""


@dataclass(frozen=True, slots=True)
class KnownMappings:
    """The saved mappings and the imports of a home folder."""

    home: Home
    store: JobStore

    def mapping_for(
        self, source: Path, layout: Layout, options: ImportOptions, limits: Limits
    ) -> tuple[Layout, SavedMapping | None]:
        """Return the mapping for the file at ``source``, or None for the suggestion, and what is known of its layout.

        That is the saved one that ``options`` name. Rejected rows that come back go where they went the first time,
        and the other choices of that import hold again, unless the options say otherwise; a note says so
        (docs/rules.md, section 8). Raises OptionsError when there is no saved mapping of that code.
        """
        saved = self.store.mappings.get(options.mapping_code) if options.mapping_code is not None else None
        job = self._import_of(source, layout, limits) if layout.is_not_imported_file else None
        if job is None:
            return layout, saved
        folder = self.home.job(job.code)
        then = FileSpec.load(folder.layout)
        chosen = then.holding(self.store.options(job.code))
        choices = list(_choices(chosen, options))
        is_mapped = options.mapping_code is not None or options.column_mappings is not None
        if not is_mapped:
            saved = _as_saved(job, then.mapping)
        said = [] if is_mapped and not choices else [_note(job, [each.words for each in choices], is_mapped=is_mapped)]
        made = tuple((each.name, each.value) for each in choices)
        rejected_by = str(folder.path) if _decide_alike(chosen, options.with_choices(made)) else ""
        return replace(layout, notes=(*layout.notes, *said), choices=made, rejected_by=rejected_by), saved

    def _import_of(self, source: Path, layout: Layout, limits: Limits) -> Job | None:
        """Return the import of these columns that has left the most rows with the file's sentences, the newest such.

        Where somebody has replaced a word in all of them, or left out their column, it is the newest that has left rows
        of these numbers for these reasons. Only the first rows are looked at.
        """
        there: set[_Left] = set()
        found, most, likely = None, 0, None
        for job in islice(self._imports_of(layout), _LOOKED_AT_FILES):
            folder = self.home.job(job.code)
            there = there or set(_rows(source, layout, limits))
            left = {row for file in (folder.rejected, folder.not_imported) for row in _rows(file, _OF_REPORTS, limits)}
            if len(left & there) > most:
                found, most = job, len(left & there)
            if most == len(there):
                break
            rows = {(each.row, each.reason) for each in left}
            if likely is None and there and all((each.row, each.reason) in rows for each in there):
                likely = job
        return found or likely

    def _imports_of(self, layout: Layout) -> Iterator[Job]:
        """Yield the imports that have left rows of a file with the columns that they mapped, the newest first."""
        for job in self.store.jobs(limit=_LOOKED_AT_JOBS):
            folder = self.home.job(job.code)
            if not (job.has_not_imported and folder.layout.exists() and folder.rejected.exists()):
                continue
            mapped = None
            with suppress(StoreError):  # what is damaged of another job is nothing to this one
                mapped = {column.header for column in FileSpec.load(folder.layout).mapping.columns}
            if mapped is not None and mapped <= {*layout.headers}:
                yield job


class _Left(NamedTuple):
    """A row that was not imported: its number, the codes of the reasons, and the sentences, without odd letters."""

    row: str
    reason: str
    message: str


def _rows(path: Path, layout: Layout, limits: Limits) -> Iterator[_Left]:
    """Yield the first rows of a file of rows not imported."""
    sample, is_all = read_sample(path, _LOOKED_AT_BYTES, limits, layout.sheet_text)
    text = decode(sample, layout.encoding, is_all=is_all).encode(errors="replace")
    places: list[int] = []
    for record in islice(Grammar(layout.dialect).records(text, is_all=is_all), _LOOKED_AT_RECORDS):
        cells = [cell.decode() for cell in record.cells]
        if places and len(cells) > max(places) and cells[places[0]].isdecimal():
            row, reason, *message = (cells[place] for place in places)
            yield _Left(row, reason, _BEYOND_ASCII.sub("", "".join(message)))
        elif not places and set(_COLUMNS) <= set(cells):
            places = [cells.index(name) for name in (*_COLUMNS, _MESSAGE) if name in cells]


def _as_saved(job: Job, mapping: Mapping) -> SavedMapping:
    return SavedMapping(
        code=job.code,
        name=job.code,
        column_mappings=tuple(
            ColumnMapping(csv_header=each.header, target_field=each.field_name) for each in mapping.columns
        ),
        value_mappings=tuple(
            ValueMapping(target_field=words.field_name, **{"from": word, "to": member})
            for words in mapping.values
            for word, member in words.pairs
        ),
        match_field=MatchField(mapping.match_field),
    )


def _note(job: Job, choices: Sequence[str], *, is_mapped: bool) -> str:
    """Say which import the rows come back from, and what of its choices holds again; ``is_mapped`` now otherwise."""
    said = f"These rows come back from job {job.code} ({job.file_name})"
    if not is_mapped:
        said += (
            ": columns and values are used as they were then, and clients are found by the same field, unless another "
            "is chosen"
        )
    again = f" What was chosen then holds again: {listed(choices)}. Choose anew where it is not to." if choices else ""
    return f"{said}.{again}"


def _decide_alike(then: ImportOptions, now: ImportOptions) -> bool:
    """Return whether a row without a client, or without a type, is treated alike."""
    return (then.import_mode, then.default_client_type) == (now.import_mode, now.default_client_type)


class _Choice(NamedTuple):
    """An option that is not the usual one: its name, its value, and what it says in words of no door."""

    name: str
    value: str | bool
    words: str


def _choices(then: ImportOptions, now: ImportOptions) -> Iterator[_Choice]:
    """Yield the choices beside the mapping that were not the usual ones, and of which nothing is said now."""
    for name, offered in OFFERED.items():
        value = getattr(then, name)
        is_usual = value == ImportOptions.model_fields[name].default
        if offered.concern is Concern.ROWS and not is_usual and name not in now.model_fields_set:
            yield _Choice(name, value, offered.again.format(value))

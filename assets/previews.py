"""Small tables in Dagster's UI: the first rows of each thing an import produces, and why rows are not imported.

Dagster keeps what it is given for ever, so of a client it is given what comes from a fixed list, such as its type, and
nothing else (docs/reliability.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from client_import.fields.catalogue import Field
from client_import.jobs.record import Job
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.reader import read_first_rows
from client_import.reports.reason_groups import ReasonGroup
from client_import.validation.validate import MASK

SHOWN_ROWS = 10
_SHOWN_LETTERS = 60
_QUOTED = re.compile(r'"[^"]*"')
_LOOKED_AT = 1_000

_ERRORS = pa.schema({"row": pa.int64(), "position": pa.int64(), "field": pa.string(), "reason": pa.string()})
_IN_ORDER = [(name, "ascending") for name in ("row", "position", "reason")]


def mapping_table(mapping: Mapping) -> str:
    """The mapping as a Markdown table, ignored columns last."""
    rows = [(column.header, column.field_name) for column in mapping.columns]
    return markdown(("column", "field"), [*rows, *((header, "(ignored)") for header in mapping.ignored_headers)])


def preview_of_source(folder: JobFolder, layout: Layout, mapping: Mapping, limits: Limits) -> str:
    """The first rows of the file; every cell is masked that is not one of its field's list."""
    fields = {column.header: column.field for column in mapping.columns}
    cells = (row for batch in read_first_rows(folder.source, layout, limits) for row in batch.cells.to_pylist())
    rows = [
        [_masked(fields.get(header), row[header]) for header in layout.headers] for row in islice(cells, SHOWN_ROWS)
    ]
    return markdown(layout.headers, rows)


def preview_of_rows(folder: JobFolder, mapping: Mapping) -> str:
    """The first valid rows, those that are skipped too; every value is masked that is not one of its field's list."""
    return _preview(folder, mapping, ())


def preview_of_applied(folder: JobFolder, mapping: Mapping) -> str:
    """The first rows that a client was created or updated by, masked like all."""
    return _preview(folder, mapping, ("skipped", "not_applied"))


def preview_of_errors(folder: JobFolder) -> str:
    """The first errors, without the values: a wrong one may be anything."""
    rows = [(error["row"], error["field"], error["reason"]) for error in _first_errors(folder)]
    return markdown(("row", "field", "reason"), rows)


def preview_of_not_imported(folder: JobFolder) -> str:
    """The first rows that were not imported: what became of them, and why."""
    names = ("row", "outcome", "reason")
    return markdown(names, [[row[name] for name in names] for row in _not_applied(folder)[:SHOWN_ROWS]])


def preview_of_record(job: Job) -> str:
    """The record of the import, a field a line."""
    return markdown(("field", "value"), [(name, value) for name, value in job.to_json().items() if name != "notes"])


def reasons_table(groups: Sequence[ReasonGroup], code: str) -> str:
    """Why rows are not imported, the commonest reason first; where the values are, stands below."""
    rows = [(group.where, group.what, group.count, ", ".join(map(str, group.first_rows))) for group in groups]
    table = markdown(("column", "reason", "rows", "first rows"), rows)
    return f"{table}\n\nSamples of the values are not kept here: `client-import job {code}` shows them."


def notes_list(job: Job) -> str:
    """What there is to note on an import, without what it quotes of the file."""
    return "\n".join(f"- {without_quotes(note)}" for note in job.notes) or "none"


def without_quotes(note: str) -> str:
    """Return the note without what it quotes of the file."""
    return _QUOTED.sub('"…"', note)


def markdown(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; long cells are cut."""
    lines = ["| " + " | ".join(_cell(header) for header in headers) + " |", "|" + " --- |" * len(headers)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _preview(folder: JobFolder, mapping: Mapping, without: Sequence[str]) -> str:
    """The first valid rows whose outcome is none of ``without``."""
    names = [column.field.column for column in mapping.columns]
    rows = _first(folder.valid_rows, ["row", *names])
    if without:
        not_applied = _not_applied(folder)
        left_out = {row["row"] for row in not_applied if row["outcome"] in without}
        known_to = not_applied[-1]["row"] if len(not_applied) == _LOOKED_AT else math.inf
        rows = [row for row in rows if row["row"] not in left_out and row["row"] <= known_to]
    shown = [
        [row["row"], *(_masked(column.field, row[column.field.column]) for column in mapping.columns)]
        for row in rows[:SHOWN_ROWS]
    ]
    return markdown(["row", *names], shown)


def _first_errors(folder: JobFolder) -> list[dict[str, Any]]:
    """The first errors by row and then column, read without DuckDB, which takes longer to start than this."""
    first = _ERRORS.empty_table()
    try:
        for path in (*folder.row_errors, folder.row_level_errors):
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(columns=_ERRORS.names):
                    found = pa.concat_tables([first, pa.table(batch).select(_ERRORS.names).cast(_ERRORS)])
                    first = found.take(pc.select_k_unstable(found, SHOWN_ROWS, _IN_ORDER))
    except (OSError, pa.ArrowInvalid):
        return []
    errors: list[dict[str, Any]] = first.to_pylist()
    return errors


def _not_applied(folder: JobFolder) -> list[dict[str, Any]]:
    """The first rows that are not applied, in file order."""
    return _first(folder.not_applied, ["row", "outcome", "reason"])


def _first(path: Path, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The first rows of a Parquet file; none of one that is not there, or damaged, which a check says."""
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=_LOOKED_AT, columns=list(columns)), None)
            return batch.to_pylist() if batch is not None else []
    except (OSError, pa.ArrowInvalid):
        return []


def _masked(field: Field | None, value: object) -> object:
    if not value:
        return value
    is_shown = (
        field is not None and not field.sensitive and all(part in field.members for part in str(value).split(";"))
    )
    return value if is_shown else MASK


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "…"

"""Write the rows that were not imported as a workbook, with the wrong cells marked (docs/rules.md, section 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import xlsxwriter
from pyarrow import csv as arrow_csv
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from client_import.errors import NoWorkbookError, StoreError
from client_import.mapping.file_spec import FileSpec
from client_import.paths import JobFolder
from client_import.reading.layout import IMPORT_COLUMNS
from client_import.reports.row_errors_page import errors_of
from client_import.validation.stage import Staged

MOST_MARKED = 20_000
"""The most errors that are marked; spreadsheets open a sheet slowly if it has more comments."""

_MOST_ROWS, _MOST_COLUMNS, _LONGEST_CELL = 1_048_576, 16_384, 32_767
"""What a sheet can hold."""

_READ_AT_ONCE = 16 << 20
_WIDTH = 18
_WRONG = {"num_format": "@", "bg_color": "#FFC7CE", "font_color": "#9C0006"}
_COMMENT = {"x_scale": 2.5, "color": "#FFFFE1"}


class _Formats(NamedTuple):
    text: Format
    wrong: Format
    header: Format


def write_rejects_workbook(folder: JobFolder, source: Path, target: Path) -> None:
    """Write the rows of ``source``, a file of rows not imported of the job in ``folder``, to ``target`` as .xlsx.

    Cells and columns are the same, all of them text. The cells of the first 20,000 errors are marked, each with its
    sentences as a comment; those of an error of the whole row are at its first cell. Memory grows with the errors that
    are marked only. The same file gives the same bytes each time. Raises NoWorkbookError if a sheet cannot hold the
    rows, StoreError if a file is damaged, and OSError if ``source`` is gone or the disk is full.
    """
    if not folder.layout.exists():  # the job is an undo, which lists what it left alone
        raise NoWorkbookError("What an undo left alone is there as CSV only. Take the CSV file instead.")
    headers = FileSpec.load(folder.layout).layout.headers
    sentences = _sentences(folder, headers)
    columns = len(headers) + len(IMPORT_COLUMNS) - (not Staged.load(folder.staged).keeps_records)
    with _whole_workbook(target) as workbook:
        workbook.set_properties({"created": datetime.fromtimestamp(source.stat().st_mtime, UTC)})
        formats = _Formats(
            workbook.add_format({"num_format": "@"}),
            workbook.add_format(_WRONG),
            workbook.add_format({"num_format": "@", "bold": True}),
        )
        sheet = workbook.add_worksheet("Rows to correct")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, min(len(headers) + len(IMPORT_COLUMNS), _MOST_COLUMNS) - 1, _WIDTH, formats.text)
        for place, cells in enumerate(_rows(source, columns)):
            row = str(cells[len(headers)])
            _write(sheet, place, cells, formats, sentences.get(row, {}) if place else {})


@contextmanager
def _whole_workbook(target: Path) -> Iterator[xlsxwriter.Workbook]:
    try:
        with xlsxwriter.Workbook(str(target), {"constant_memory": True, "tmpdir": str(target.parent)}) as workbook:
            yield workbook
    except FileCreateError as error:
        raise error.args[0] from None  # the OSError


def _sentences(folder: JobFolder, headers: tuple[str, ...]) -> Mapping[str, Mapping[int, str]]:
    """Return the sentences about the first errors, by row number and the position of the column."""
    places = {header: place for place, header in enumerate(headers)}
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for error in errors_of(folder, 0, MOST_MARKED):
        place = places.get(error.column or "", 0)
        said = found[str(error.row)]
        said[place] = f"{said[place]}\n{error.message}" if place in said else error.message
    return found


def _rows(source: Path, columns: int) -> Iterator[list[str]]:
    """Yield the cells of each record of ``source``; the first is its header."""
    names = [str(place) for place in range(columns)]
    try:
        with arrow_csv.open_csv(
            source,
            arrow_csv.ReadOptions(block_size=_READ_AT_ONCE, column_names=names),
            arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        ) as batches:
            for batch in batches:
                yield from map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True))
    except (pa.ArrowInvalid, OSError) as error:
        raise StoreError(f"The file {source} cannot be read ({str(error).splitlines()[0]}).") from None


def _write(sheet: Worksheet, row: int, cells: list[str], formats: _Formats, wrong: Mapping[int, str]) -> None:
    if row >= _MOST_ROWS or len(cells) > _MOST_COLUMNS:
        raise NoWorkbookError(
            f"There are more than {_MOST_ROWS - 1:,} rows or {_MOST_COLUMNS:,} columns, which no sheet can hold. Take "
            "the CSV file instead."
        )
    for place, cell in enumerate(cells):
        if len(cell) > _LONGEST_CELL:
            raise NoWorkbookError(
                f"A cell is longer than {_LONGEST_CELL:,} characters, which no sheet holds. Take the CSV file instead."
            )
        chosen = formats.wrong if place in wrong else formats.text if row else formats.header
        if cell:
            sheet.write_string(row, place, cell, chosen)
        elif place in wrong:
            sheet.write_blank(row, place, None, chosen)
        if place in wrong:
            sheet.write_comment(row, place, wrong[place][:_LONGEST_CELL], _COMMENT)

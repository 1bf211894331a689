"""Choose the sheet of a workbook: the one that is asked for, or else the first that has a table."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from client_import.did_you_mean import did_you_mean, listed
from client_import.errors import OptionsError, SourceError
from client_import.reading.limits import Limits
from client_import.reading.workbook.opened import open_workbook
from client_import.reading.workbook.sheet import Sheet, Workbook

_LOOKED_AT_ROWS = 200
_TABLE_ROWS = 2

_NOTHING, _CELL, _ROW, _TABLE = range(4)
"""What the first rows of a sheet have at most: cells of their own, rows of two cells or more, and two of those."""


@dataclass(frozen=True, slots=True)
class ChosenSheet:
    """The sheet ``name`` of a workbook whose sheets are called ``names``, and notes for the user."""

    name: str
    names: tuple[str, ...]
    notes: tuple[str, ...]


def choose_sheet(path: Path, wanted: str | None, limits: Limits) -> ChosenSheet | None:
    """Return the sheet of the workbook at ``path`` to read, or None if the file is no workbook.

    That is the sheet called ``wanted``, letter case aside. Otherwise it is the first with two rows of two cells or
    more, or the first with anything in it; one that is hidden only if no other will do. Raises OptionsError if there is
    no sheet of that name, or no workbook, and SourceError if the workbook cannot be read or has nothing in it.
    """
    workbook = open_workbook(path, limits)
    if workbook is None:
        if wanted is not None:
            raise OptionsError(
                f'The sheet "{wanted}" was asked for, but the file is no workbook, so it has no sheets.', "sheet"
            )
        return None
    with closing(workbook):
        sheets = workbook.sheets()
        names = tuple(sheet.name for sheet in sheets)
        if wanted is not None:
            return ChosenSheet(_named(wanted, names, workbook), names, ())
        chosen = _first_with_table(workbook, sheets)
    others = [f'"{name}"' for name in names if name != chosen]
    notes = [f'The sheet "{chosen}" is read. The workbook also has: {listed(others)}.'] if others else []
    return ChosenSheet(chosen, names, tuple(notes))


def _named(wanted: str, names: tuple[str, ...], workbook: Workbook) -> str:
    folded = wanted.strip().casefold()
    exact = (name for name in names if name == wanted)
    found = next(exact, None) or next((name for name in names if name.strip().casefold() == folded), None)
    if found is None:
        known = listed([f'"{name}"' for name in names])
        near = did_you_mean(wanted, names)
        raise OptionsError(f'The workbook has no sheet "{wanted}". {near}Its sheets are: {known}.', "sheet")
    if next(workbook.rows(found), None) is None:
        raise SourceError(f'The sheet "{found}" of the workbook is empty. Name the sheet that has the clients.')
    return found


def _first_with_table(workbook: Workbook, sheets: list[Sheet]) -> str:
    best, chosen = _NOTHING, ""
    for sheet in sorted(sheets, key=lambda sheet: sheet.is_hidden):
        rank = _rank(workbook, sheet)
        if rank > best and not (sheet.is_hidden and best):
            best, chosen = rank, sheet.name
        if best == _TABLE:
            break
    if best == _NOTHING:
        raise SourceError("No sheet of the workbook has anything in it, so there is no table to import.")
    return chosen


def _rank(workbook: Workbook, sheet: Sheet) -> int:
    rows = islice(workbook.rows(sheet.name), _LOOKED_AT_ROWS)
    filled = [sum(1 for cell in row.cells if cell) for row in rows]
    if sum(1 for count in filled if count > 1) >= _TABLE_ROWS:
        return _TABLE
    if not filled:
        return _NOTHING
    return _ROW if max(filled) > 1 else _CELL

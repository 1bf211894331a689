"""Find the lines that a report adds to its table: totals, page numbers, dates (docs/rules.md, section 2).

Text that can be nothing else is found anywhere in the file if it is the only filled cell of its row; so are lines drawn
through the table. All others are found only at the end of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import has_text, trim, trim_text
from client_import.field_types.columns import Mask, as_mask, byte_table, bytes_of
from client_import.reading.chunks import as_array

ROWS_AT_END = 60
"""The number of rows at the end of the file in which all footers are searched."""

_MOST_CELLS = 3
"""The most filled cells of a footer, other than a row of totals."""

_MOST_BESIDE = 5
"""The most other lines between a blank record and a certain footer, such as the firm's name or the report's title."""

_NUMBER = r"(?:[£$€]|gbp |eur |usd )? ?[-(]?[0-9][0-9.,]*\)? ?%?"
_THINGS = (
    r"(?:clients?|customers?|contacts?|companies|suppliers?|records?|rows?|lines?|entries|items?|results?|members?)"
)
_TOTALS = r"(?:(?:grand|page|overall|report) |sub-? ?)?totals?"
_COUNTED = rf"(?:(?:number|no\.?|count) of {_THINGS}|(?:{_THINGS}|row|record) counts?|counts?|sum|average|{_THINGS})"
_DAY = (
    r"(?:[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9]{1,2}(?:st|nd|rd|th)?[ -][a-z]{3,9},?[ -][0-9]{2,4}"
    r"|[a-z]{3,9} [0-9]{1,2},? [0-9]{4})"
)
_TIME = r"[0-9]{1,2}:[0-9]{2}"
_DONE = r"(?:generated|printed|produced|exported|created|downloaded|extracted|prepared|compiled|run|issued|updated)"
_WHAT = r"(?:report|list|listing|file|data|export|extract|document|table|page)"

_CERTAIN = "|".join(
    (
        rf"{_TOTALS}(?: (?:number|no\.?|count))?(?: of)?(?: {_THINGS})?"
        rf" ?[:=-]* ?\(?(?: ?{_NUMBER})+(?: {_THINGS})?\)?\.?",
        rf"{_COUNTED} ?[:=] ?(?: ?{_NUMBER})+",
        rf"\(?{_NUMBER} (?:of {_NUMBER} )?{_THINGS}(?: (?:selected|affected|returned|found|exported|listed|shown|"
        rf"displayed|printed|processed|in total|total|in all))?\)?\.?",
        rf"(?:showing|displaying)(?: {_THINGS})? {_NUMBER} ?(?:to|-|–|of) ?{_NUMBER}.*",
        r"[-–—* ]*page:? [0-9]+(?: ?(?:of|/) ?[0-9]+)?[-–—* .]*",
        rf"[-–—*=<#_ ]*end[- ]of[- ](?:the )?(?:{_WHAT}|records|clients)[-–—*=>#_ .!]*",
        r"[-–—*=<#_\[(][-–—*=<#_\[( ]*(?:end|eof|fin)[-–—*=>#_\]). ]*",
        rf"(?:this )?{_WHAT}s?(?: was| is)? {_DONE}(?:| ?[:-].*| (?:on|by|at|from|for|using|with) .*| .*{_DAY}.*)",
        rf"(?:{_WHAT} )?(?:last )?{_DONE}(?: (?:on|by|at|from|for|with|date|time))* ?:.*",
        rf"(?:{_WHAT} )?(?:last )?{_DONE} .*(?:{_DAY}|{_TIME}).*",
        rf"(?:{_WHAT}|run|print|export|printed|created)? ?(?:date|time)(?: (?:printed|run|of {_WHAT}|and time))? ?[:-]"
        rf" ?.*(?:{_DAY}|{_TIME}).*",
        rf"(?:{_WHAT} |figures |correct )?as (?:at|of|on) ?:? .*{_DAY}.*",
        r"(?:copyright|\(c\)|©).*[0-9]{4}.*|©.*|.*\ball rights reserved\b.*",
        r"[-–—=_*~#+.| ]{3,}",
    )
)
"""Text that, alone in a row, can only be a footer."""

_AT_END_ONLY = "|".join(
    (
        rf"{_TOTALS}(?: (?:number )?of)?(?: {_THINGS})?:?",
        r"(?:the )?end|eof|copyright\b.*|.*\bdo not (?:distribute|copy|share)\b.*",
        r"(?:strictly |private (?:and|&) |company |commercial in )*confiden(?:tial|ce)"
        r"(?:| ?[-–—:.].*| information\b.*)",
        rf"(?:{_WHAT} )?{_DONE} (?:by|from|on|using|with|in) .*",
        r"(?:applied filters?|filters?(?: applied)?|filtered by|selection|criteria|sorted by|source|notes?|disclaimer|"
        r"signed|key|legend) ?:.*",
    )
)

_SUMMED = rf"(?:(?:row |record )?counts?|sums?|averages?|mean|(?:number|no\.?) of {_THINGS}) ?(?: ?{_NUMBER})+"
"""Text that makes a row of totals if all cells to its right are numbers."""

_RULE = "[-–—=_*~#+.:| ]{3,}"
"""A line drawn through the table."""

_BEGINS = "|".join(
    (
        _CERTAIN,
        rf"{_TOTALS}(?: (?:number|no\.?|count))?(?: of)?(?: {_THINGS})? ?[:=-]*(?: ?{_NUMBER})?",
        rf"{_COUNTED} ?[:=]?",
        rf"{_NUMBER}|showing|displaying|[-–—* ]*page:?|[-–—*=<#_ ]*end(?:[- ]of(?:[- ]the)?)?|copyright|\(c\)",
        rf"(?:this )?(?:{_WHAT})?(?: was| is)? ?(?:last )?(?:{_DONE})?"
        r"(?: ?\b(?:on|by|at|from|for|with|using|date|time))* ?[:-]?",
        r"as (?:at|of|on) ?:?|[-–—=_*~#+.|]+",
    )
)
"""The first cell of a footer with several cells; a client of that name would have more filled cells."""

_DRAWN_WITH = byte_table("-=_*~#+.:|–")
"""The first bytes of a line drawn through the table."""

_CODE = r"[a-z]{0,6}[-/ ]?[0-9]{3,}"
_NUMBERS = rf"(?:{_NUMBER} ?)+"


def find_footers(
    cells: pa.Table, rows: npt.NDArray[np.int64], ignored: Mask, last_row: int, *, is_end: bool, key: int | None = None
) -> Mask:
    """Return a boolean array that says which rows of the table ``cells`` are footers.

    ``rows`` are their row numbers, and ``last_row`` is the row number before the first. ``is_end`` says that these are
    the last rows of the file. Rows in the boolean array ``ignored`` are left out. ``key`` is the index of a column in
    which a number says whose row it is, if there is one: a row with it and other numbers is no row of totals. In a file
    with one column only the end is searched.
    """
    columns = [as_array(column) for column in cells.columns]
    found = np.zeros(len(rows), np.bool_)
    if len(columns) > 1:
        for places, shape in ((_alone(columns), _CERTAIN), (_drawn(columns), _RULE)):
            if len(places):
                texts = pc.binary_join_element_wise(*(column.take(pa.array(places)) for column in columns), "")
                found[places] |= _fits(texts, shape)
    if is_end:
        first = max(0, len(rows) - ROWS_AT_END)
        gaps = np.diff(rows, prepend=last_row)[first:] > 1
        tail = [[trim_text(text) for text in row.values()] for row in cells.slice(first).to_pylist()]
        found[[first + place for place in _last_lines(tail, gaps.tolist(), key)]] = True
    return found & ~ignored


def _fits(texts: pa.Array, shape: str) -> Mask:
    return as_mask(pc.fill_null(pc.match_substring_regex(trim(texts), rf"(?is)\A(?:{shape})\z"), False))


def _drawn(columns: Sequence[pa.Array]) -> npt.NDArray[np.int64]:
    """Return the indices of rows whose first cell, or the one after a blank first cell, may start a drawn line."""
    places = np.arange(len(columns[0]))
    found = []
    for column in columns[:2]:
        ends, text = bytes_of(column)
        starts, lengths = (ends[:-1] - ends[0])[places], np.diff(ends)[places]
        if len(text):
            found.append(places[(lengths > 1) & _DRAWN_WITH[text[np.minimum(starts, len(text) - 1)]]])
        places = places[~has_text(column.take(pa.array(places)))]
    return np.concatenate([np.empty(0, np.int64), *found])


def _alone(columns: Sequence[pa.Array]) -> npt.NDArray[np.int64]:
    """Return the indices of rows with exactly one filled cell."""
    filled = [has_text(column) for column in columns[:2]]
    places = np.flatnonzero(~(filled[0] & filled[1]))
    count = np.zeros(len(places), np.int32)
    for column in columns:
        if not len(places):
            break
        count += has_text(column.take(pa.array(places)))
        places, count = places[count <= 1], count[count <= 1]
    return np.asarray(places[count == 1], np.int64)


def _last_lines(rows: Sequence[Sequence[str]], gaps: Sequence[bool], key: int | None) -> list[int]:
    """Return the indices of the footers at the end of ``rows``; ``gaps`` says which rows follow a blank record."""
    filled = [[cell for cell in row if cell] for row in rows]
    texts = pa.array([" ".join(cells) for cells in filled])
    is_alone = np.array([len(cells) == 1 < len(rows[0]) for cells in filled])
    are_numbers = _are_numbers(filled)
    is_short = np.array(
        [len(cells) <= _MOST_CELLS or all(are[1:]) for cells, are in zip(filled, are_numbers, strict=True)]
    )
    begins = _fits(pa.array([next(iter(cells), "") for cells in filled]), _BEGINS)
    is_certain = _fits(texts, _CERTAIN) & is_short & begins
    is_certain |= _fits(texts, _SUMMED) & [len(are) > 1 and all(are[1:]) for are in are_numbers]
    numbers = np.array([bool(are) and all(are) for are in are_numbers])
    # A row of numbers only holds totals if the column they describe is blank, or if a blank record precedes it.
    may_be_totals = numbers & [gap or not row[0] for row, gap in zip(rows, gaps, strict=True)]
    if key is not None:
        # A number alone below the match field is a count of the rows, and says nothing about a client.
        may_be_totals &= is_alone | [not row[key] for row in rows]
    first = len(rows)
    while first and (is_certain[first - 1] or is_alone[first - 1] or may_be_totals[first - 1]):
        first -= 1
    is_certain |= may_be_totals & (first > 0) & ~numbers[:first].any()
    if not first or len(filled[first - 1]) < 2:
        return [place for place in range(first, len(rows)) if is_certain[place]]
    is_certain |= is_alone & _fits(texts, _AT_END_ONLY)
    start = next((place for place in range(first, len(rows)) if is_certain[place]), len(rows))
    if start == len(rows):
        return []
    beside, may_be_beside = start, is_alone & ~_fits(texts, _CODE)
    while beside > first and may_be_beside[beside - 1] and not gaps[beside] and start - beside < _MOST_BESIDE:
        beside -= 1
    return list(range(beside if gaps[beside] else start, len(rows)))


def _are_numbers(rows: Sequence[Sequence[str]]) -> list[list[bool]]:
    """Return for each cell of the rows whether it consists of numbers."""
    flags = iter(_fits(pa.array([cell for cells in rows for cell in cells], pa.string()), _NUMBERS).tolist())
    return [list(islice(flags, len(cells))) for cells in rows]

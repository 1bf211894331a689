"""Guard cells that a spreadsheet would run as a formula, and remove that guard again (docs/rules.md, section 8).

The guard is a leading apostrophe. A cell that already looks guarded gets another one, so that removing it restores
every cell exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_LOOKS_GUARDED = r"^'+[=+\-@\t\r]"
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER_OR_TELEPHONE = r"^(?:[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?|\+[0-9][0-9 ().-]{5,})$"
"""A plain number, or a telephone number in international form; neither is a formula."""


_SUSPECTS = np.isin(np.arange(256), np.frombuffer(b"=+-@\t\r'", np.uint8))
"""The first bytes of cells that may need a guard, as flags; all other cells are skipped."""


def add_guard(cells: pa.StringArray) -> pa.StringArray:
    """Return the string array ``cells`` with a leading apostrophe on cells that a spreadsheet would run."""
    suspects = pa.array(_SUSPECTS[_first_bytes(cells)])
    suspected = cells.filter(suspects)
    if not len(suspected):
        return cells
    runs = pc.and_(
        pc.match_substring_regex(suspected, _FORMULA),
        pc.invert(pc.match_substring_regex(suspected, _NUMBER_OR_TELEPHONE)),
    )
    guarded = pc.or_(runs, pc.match_substring_regex(suspected, _LOOKS_GUARDED))
    if not pc.any(guarded).as_py():
        return cells
    with_guard = pc.if_else(guarded, pc.binary_join_element_wise("'", suspected, ""), suspected)
    return pc.replace_with_mask(cells, suspects, with_guard)


def _first_bytes(cells: pa.StringArray) -> npt.NDArray[np.uint8]:
    """Return the first byte of each cell, 0 for null and empty cells."""
    _, offsets, data = cells.buffers()
    bounds = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    has_text = bounds[:-1] < bounds[1:]
    first = np.zeros(len(cells), np.uint8)
    if has_text.any():
        first[has_text] = np.frombuffer(data, np.uint8)[bounds[:-1][has_text]]
    return first


def remove_guard(cells: pa.Array) -> pa.Array:
    """Return the string array ``cells`` without the apostrophes added by :func:`add_guard`."""
    if not pc.any(pc.starts_with(cells, "'")).as_py():
        return cells
    return pc.if_else(pc.match_substring_regex(cells, _LOOKS_GUARDED), pc.utf8_slice_codeunits(cells, 1), cells)

"""Guard cells that a spreadsheet would run as a formula, and remove exactly that guard (semantics.md, section 8).

The guard is a leading apostrophe. A cell that already looks guarded gets one more, so removing loses nothing.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_LOOKS_GUARDED = r"^'+[=+\-@\t\r]"
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER_OR_TELEPHONE = r"^(?:[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?|\+[0-9][0-9 ().-]{5,})$"
"""A plain number, or a telephone number in its international form; neither can call anything."""


def add_guard(cells: pa.Array) -> pa.Array:
    """Return the string column ``cells`` with a leading apostrophe where a spreadsheet would run the cell."""
    suspects = pc.match_substring_regex(cells, r"^'*[=+\-@\t\r]")
    if not pc.any(suspects).as_py():
        return cells
    runs = pc.and_(
        pc.match_substring_regex(cells, _FORMULA),
        pc.invert(pc.match_substring_regex(cells, _NUMBER_OR_TELEPHONE)),
    )
    guarded = pc.or_(runs, pc.match_substring_regex(cells, _LOOKS_GUARDED))
    return pc.if_else(guarded, pc.binary_join_element_wise("'", cells, ""), cells)


def remove_guard(cells: pa.Array) -> pa.Array:
    """Return the string column ``cells`` without the apostrophes that :func:`add_guard` put there."""
    if not pc.any(pc.starts_with(cells, "'")).as_py():
        return cells
    return pc.if_else(pc.match_substring_regex(cells, _LOOKS_GUARDED), pc.utf8_slice_codeunits(cells, 1), cells)

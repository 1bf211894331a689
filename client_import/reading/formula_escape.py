"""Guard cells that a spreadsheet would run as a formula, and remove that guard again (docs/rules.md, section 8).

The guard is a leading apostrophe. A cell that already looks guarded gets another one, so that removing it restores
every cell exactly.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.columns import byte_table, first_bytes, rewrite

_LOOKS_GUARDED = r"^'+[=+\-@\t\r]"
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER_OR_TELEPHONE = r"^(?:[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?|\+[0-9][0-9 ().-]{5,})$"
"""A plain number, or a telephone number in international form; neither is a formula."""

_SUSPECTS = byte_table("=+-@\t\r'")
"""The first bytes of cells that may need a guard; all other cells are skipped."""


def add_guard(cells: pa.StringArray) -> pa.StringArray:
    """Return the string array ``cells`` with a leading apostrophe on cells that a spreadsheet would run."""
    return rewrite(cells, pa.array(_SUSPECTS[first_bytes(cells)]), _guarded)


def _guarded(suspected: pa.StringArray) -> pa.StringArray:
    runs = pc.and_not(
        pc.match_substring_regex(suspected, _FORMULA), pc.match_substring_regex(suspected, _NUMBER_OR_TELEPHONE)
    )
    needs_guard = pc.or_(runs, pc.match_substring_regex(suspected, _LOOKS_GUARDED))
    return pc.if_else(needs_guard, pc.binary_join_element_wise("'", suspected, ""), suspected)


def remove_guard(cells: pa.Array) -> pa.Array:
    """Return the string array ``cells`` without the apostrophes added by :func:`add_guard`."""
    if not pc.any(pc.starts_with(cells, "'")).as_py():
        return cells
    return pc.if_else(pc.match_substring_regex(cells, _LOOKS_GUARDED), pc.utf8_slice_codeunits(cells, 1), cells)

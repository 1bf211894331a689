"""Free text. Line breaks and runs of blanks inside stay, but where the field's rule says otherwise."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from client_import.catalogue import Field
from client_import.values.characters import BLANKS, WHITE_SPACE, bytes_of, is_ascii
from client_import.values.shapes import all_good, as_text, within_length
from client_import.values.value_type import Column, Flags, Rules, ValueType

INNER_SPACES_COLLAPSED = "inner spaces collapsed"
NO_BLANKS_INSIDE = "no blanks inside"
"""The rules of fields.csv that tell one text from another."""

_NEEDS_COLLAPSING = rf"  |[{WHITE_SPACE.replace(' ', '')}]"


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    if field.rule != INNER_SPACES_COLLAPSED:
        return cells
    if _has_only_plain_blanks(cells):  # twice as fast
        rows, blanks = pc.match_substring(cells, "  "), "  +"
    else:
        rows, blanks = pc.match_substring_regex(cells, pattern=_NEEDS_COLLAPSING), rf"[{WHITE_SPACE}]+"
    rows = pc.fill_null(rows, False)
    if not pc.any(rows).as_py():
        return cells
    collapsed = pc.replace_substring_regex(cells.filter(rows), pattern=blanks, replacement=" ")
    return pc.replace_with_mask(cells, rows, collapsed)


def _has_only_plain_blanks(cells: Column) -> bool:
    _, text = bytes_of(cells)
    return is_ascii(cells) and not bool((text < ord(" ")).any())


def _has_no_forbidden_blanks(values: Column, field: Field, rules: Rules) -> Flags:
    if field.rule != NO_BLANKS_INSIDE:
        return all_good(values)
    return pc.fill_null(pc.invert(pc.match_substring_regex(values, pattern=rf"[{BLANKS}]")), True)


TEXT = ValueType(
    normalise=_normalise,
    checks={"bad_format": _has_no_forbidden_blanks, "too_long": within_length},
    arrow_type=pa.string(),
    to_clean=as_text,
    hints=lambda rules: {},
)

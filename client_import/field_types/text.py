"""Free text. Line breaks and repeated blanks are kept unless the rule of the field says otherwise.

All line breaks become LF, as spreadsheets write them. Everything is valid except a spreadsheet's error, such as #REF!.
"""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from client_import.field_types.characters import BLANKS, WHITE_SPACE
from client_import.field_types.columns import bytes_of, has_byte, has_only_plain_blanks, keep_bytes, rewrite
from client_import.field_types.hints import OF_TEXT, Hint
from client_import.field_types.shapes import all_good, matches, within_length
from client_import.field_types.spreadsheets import with_apostrophe
from client_import.field_types.value_type import Column, Flags, Rules, ValueType
from client_import.fields.catalogue import Field

INNER_SPACES_COLLAPSED = "inner spaces collapsed"
NO_BLANKS_INSIDE = "no blanks inside"
"""The rules of text fields in fields.csv."""

_NEEDS_COLLAPSING = rf"  |[{WHITE_SPACE.replace(' ', '')}]"


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    if has_byte(cells, "\r"):
        cells = pc.replace_substring_regex(cells, pattern=r"\r\n?", replacement="\n")
    if field.rule != INNER_SPACES_COLLAPSED:
        return cells
    if has_only_plain_blanks(cells):  # several times as fast
        return _without_second_spaces(cells)
    rows = pc.fill_null(pc.match_substring_regex(cells, pattern=_NEEDS_COLLAPSING), False)
    return rewrite(
        cells, rows, lambda rest: pc.replace_substring_regex(rest, pattern=rf"[{WHITE_SPACE}]+", replacement=" ")
    )


def _without_second_spaces(cells: Column) -> Column:
    """Return the cells with repeated spaces reduced to one."""
    ends, text = bytes_of(cells)
    space = text == ord(" ")
    second = space[1:] & space[:-1]
    if not second.any():
        return cells
    kept = np.ones(len(text), np.bool_)
    np.logical_not(second, out=kept[1:])
    starts = ends[:-1] - ends[0]
    kept[starts[starts < len(text)]] = True
    return keep_bytes(cells, kept)


def _is_text(values: Column, field: Field, rules: Rules) -> Flags:
    """Return which values are no spreadsheet's error and have no blank if the field forbids it."""
    good = _has_no_forbidden_blanks(values, field)
    if not has_byte(values, "#", ":"):  # every error of a spreadsheet has one of them
        return good
    return pc.and_not(good, matches(values, OF_TEXT[Hint.NO_VALUE]))


def _has_no_forbidden_blanks(values: Column, field: Field) -> Flags:
    if field.rule != NO_BLANKS_INSIDE:
        return all_good(values)
    if has_only_plain_blanks(values) and not has_byte(values, " "):
        return all_good(values)
    return pc.fill_null(pc.invert(pc.match_substring_regex(values, pattern=rf"[{BLANKS}]")), True)


TEXT = ValueType(
    normalise=_normalise,
    checks={"bad_format": _is_text, "too_long": within_length},
    hints=lambda rules: OF_TEXT,
    exported=with_apostrophe,
)

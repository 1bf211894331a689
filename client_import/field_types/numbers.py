"""Restore digits that a program formatted as an amount: 1234567.0, 1,234,567 and 1.234567E+6."""

from __future__ import annotations

import pyarrow.compute as pc

from client_import.field_types.columns import each_distinct, has_byte, rewrite
from client_import.field_types.shapes import matches
from client_import.field_types.value_type import Column

_PLAIN = r"[0-9]+\.0+|[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.0+)?"
_MAY_BE_EXACT = r"[1-9]\.[0-9]+[Ee]\+?[0-9]{1,3}"


def whole_numbers(cells: Column) -> Column:
    """Return the digits of cells that are whole numbers in one of these forms, and the other cells unchanged.

    An exponent is read only if the cell shows every digit, so that none is lost.
    """
    if not has_byte(cells, ".", ","):
        return cells
    cells = rewrite(
        cells,
        matches(cells, _PLAIN),
        lambda rest: pc.replace_substring_regex(rest, pattern=r",|\.0+\z", replacement=""),
    )
    return rewrite(cells, matches(cells, _MAY_BE_EXACT), lambda rest: each_distinct(rest, _without_exponent))


def _without_exponent(text: str) -> str:
    mantissa, exponent = text.lower().split("e")
    whole, decimals = mantissa.split(".")
    places = int(exponent)
    every_digit_is_there = len(decimals.rstrip("0")) <= places <= len(decimals)
    return whole + decimals[:places] if every_digit_is_there else text

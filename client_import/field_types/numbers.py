"""Restore digits that a program formatted as an amount: 1234567.0, 1,234,567 and 1.234567E+6."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import has_byte
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
    rows = matches(cells, _PLAIN)
    if pc.any(rows).as_py():
        digits = pc.replace_substring_regex(cells.filter(rows), pattern=r",|\.0+\z", replacement="")
        cells = pc.replace_with_mask(cells, rows, digits)
    rows = matches(cells, _MAY_BE_EXACT)
    if pc.any(rows).as_py():
        exact = cells.filter(rows).dictionary_encode()
        numbers = pa.array([_without_exponent(text) for text in exact.dictionary.to_pylist()], pa.string())
        cells = pc.replace_with_mask(cells, rows, numbers.take(exact.indices))
    return cells


def _without_exponent(text: str) -> str:
    mantissa, exponent = text.lower().split("e")
    whole, decimals = mantissa.split(".")
    places = int(exponent)
    every_digit_is_there = len(decimals.rstrip("0")) <= places <= len(decimals)
    return whole + decimals[:places] if every_digit_is_there else text

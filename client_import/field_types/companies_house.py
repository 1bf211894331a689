"""Company numbers and authentication codes, which Companies House issues."""

from __future__ import annotations

import pyarrow.compute as pc

from client_import.field_types.characters import compact
from client_import.field_types.numbers import whole_numbers
from client_import.field_types.shapes import (
    HasShape,
    all_but_normal,
    matches,
    read_as,
    rewrite,
    within_length,
)
from client_import.field_types.spreadsheets import with_apostrophe
from client_import.field_types.value_type import Column, Flags, Rules, ValueType
from client_import.fields.catalogue import Field

COMPANY_NUMBER_SHAPE = "[0-9]{8}|[A-Z]{2}[0-9]{6}|R0[0-9]{6}"
"""The shape of nearly all company numbers."""

_WITH_LETTERS_BEHIND = (
    "(?:[INS]P|RS)(?:[0-9]{5}[A-Z]|[0-9]{4}[A-Z]{2}|[0-9]{3}[A-Z]{3})|OC[0-9]{5}[A-Z]|(?:NI|SL)[0-9]{5}A"
)
"""Numbers of registered societies and credit unions (IP00123R, SP2441RS) and some partnerships and companies."""

AUTH_CODE_SHAPE = "[A-Za-z0-9]{6}"


def _normalise_number(cells: Column, field: Field, rules: Rules) -> Column:
    """Remove blanks, convert to upper case, and pad 1 to 7 digits with the zeros that a spreadsheet removed.

    Zero itself is not padded, because a spreadsheet writes it for a reference to an empty cell.
    """
    texts = pc.ascii_upper(compact(whole_numbers(cells)))
    short = pc.and_not(matches(texts, "[0-9]{1,7}"), matches(texts, "0+"))
    texts = rewrite(texts, short, lambda numbers: pc.utf8_lpad(numbers, 8, padding="0"))
    return pc.if_else(_is_number(texts, field, rules), texts, cells)


def _is_number(values: Column, field: Field, rules: Rules) -> Flags:
    good = pc.or_(matches(values, COMPANY_NUMBER_SHAPE), values.is_null())
    others = pc.invert(good)
    if not pc.any(others, min_count=0).as_py():
        return good
    return pc.replace_with_mask(good, others, matches(values.filter(others), _WITH_LETTERS_BEHIND))


def _normalise_code(cells: Column, field: Field, rules: Rules) -> Column:
    """Remove the fraction from a code of digits. Lost leading zeros cannot be restored."""
    return read_as(AUTH_CODE_SHAPE, whole_numbers(cells), cells)


COMPANY_NUMBER = ValueType(
    normalise=all_but_normal(COMPANY_NUMBER_SHAPE, _normalise_number),
    checks={"bad_format": _is_number, "too_long": within_length},
)
AUTH_CODE = ValueType(
    normalise=all_but_normal(AUTH_CODE_SHAPE, _normalise_code),
    checks={"bad_format": HasShape(AUTH_CODE_SHAPE), "too_long": within_length},
    exported=with_apostrophe,
)

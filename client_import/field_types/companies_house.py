"""Company numbers and authentication codes, which Companies House issues."""

from __future__ import annotations

import pyarrow.compute as pc

from client_import.field_types.characters import compact
from client_import.field_types.columns import replace_from, rewrite
from client_import.field_types.numbers import whole_numbers
from client_import.field_types.shapes import all_but_normal, matches, shaped, within_length
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
    return replace_from(good, pc.invert(good), values, lambda rest: matches(rest, _WITH_LETTERS_BEHIND))


COMPANY_NUMBER = ValueType(
    normalise=all_but_normal(COMPANY_NUMBER_SHAPE, _normalise_number),
    checks={"bad_format": _is_number, "too_long": within_length},
)
AUTH_CODE = shaped(AUTH_CODE_SHAPE, whole_numbers, exported=with_apostrophe)
"""Of a code of digits the fraction is removed; lost leading zeros cannot be restored."""

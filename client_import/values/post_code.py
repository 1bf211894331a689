"""Post codes. One of UK shape gets upper case and its one space; any other is for the country to judge."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from client_import.catalogue import Field
from client_import.values.characters import compact, fold, fold_text
from client_import.values.hints import OF_SPREADSHEETS
from client_import.values.numbers import whole_numbers
from client_import.values.shapes import all_but_normal, as_text, matches, within_length
from client_import.values.value_type import Column, Flags, Rules, ValueType

UK_SHAPE = "[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}|GIR 0AA"
_UK_SHAPE_WITHOUT_SPACE = UK_SHAPE.replace(" ", "")

_UK = (
    "UK",
    "GB",
    "GBR",
    "United Kingdom",
    "United Kingdom of Great Britain and Northern Ireland",
    "Great Britain",
    "Britain",
    "England",
    "Scotland",
    "Wales",
    "Northern Ireland",
    "N Ireland",
)


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    texts = pc.ascii_upper(compact(cells))
    spaced = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, -3), pc.utf8_slice_codeunits(texts, -3), " ")
    return pc.if_else(matches(texts, _UK_SHAPE_WITHOUT_SPACE), spaced, whole_numbers(cells))


def post_code_is_good(codes: Column, countries: Column | None) -> Flags:
    """Return where a post code fits the country of its row; null is good.

    ``codes`` are in normal form; ``countries`` are as many prepared texts, or None without such a column.
    UK shape is good anywhere; any other text is good when the country is given and is not the UK, but for what
    only a spreadsheet writes.
    """
    good = pc.or_(matches(codes, UK_SHAPE), codes.is_null())
    if countries is None or pc.all(good).as_py():
        return good
    is_code = pc.invert(matches(codes, "|".join(OF_SPREADSHEETS.values())))
    in_the_uk = pc.is_in(fold(countries), value_set=pa.array([fold_text(name) for name in _UK]))
    return pc.or_(good, pc.and_(is_code, pc.and_not(countries.is_valid(), in_the_uk)))


POST_CODE = ValueType(all_but_normal(UK_SHAPE, _normalise), {"too_long": within_length}, pa.string(), as_text)

"""Post codes. One of UK shape is normalised to upper case and a single space; others depend on the country."""

from __future__ import annotations

from functools import lru_cache

import pyarrow.compute as pc

from client_import.field_types.artefacts import NOTHING
from client_import.field_types.characters import compact, fold, fold_text
from client_import.field_types.columns import by_distinct
from client_import.field_types.hints import OF_SPREADSHEETS
from client_import.field_types.numbers import whole_numbers
from client_import.field_types.shapes import all_but_normal, matches, within_length
from client_import.field_types.spreadsheets import with_apostrophe
from client_import.field_types.value_type import Column, Flags, Rules, ValueType
from client_import.fields.catalogue import Field

UK_SHAPE = "[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}|GIR 0AA"
_UK_SHAPE_WITHOUT_SPACE = UK_SHAPE.replace(" ", "")

_UK_NAMES = (
    "United Kingdom",
    "Great Britain",
    "Britain",
    "England",
    "Scotland",
    "Wales",
    "Northern Ireland",
)
_UK_WORDS = (
    *("UK", "GB", "GBR", "XI", "ENG", "SCT", "WLS", "NIR", "GBN", "UKM", "EAW", "Scot", "Cymru", "N Ireland", "Ulster"),
    *("British Isles", "Royaume Uni", "Reino Unido", "Regno Unito", "Vereinigtes Königreich", "Großbritannien"),
    *("Verenigd Koninkrijk", "Storbritannien", "Grande Bretagne", "Angleterre", "Inghilterra", "Inglaterra", "826"),
)
_BETWEEN = ("the", "of", "and", "in", "mainland", "NI", "Gt")
"""Words between those names that name no country alone; NI alone is also the code of Nicaragua."""


def _with_one_slip(name: str) -> list[str]:
    """Return patterns of ``name`` with one letter missing, added or wrong, or two letters swapped."""
    name = fold_text(name)
    slips = {f"{name[:at]}.?{name[at + 1 :]}" for at in range(len(name))}
    slips |= {f"{name[:at]}.{name[at:]}" for at in range(len(name) + 1)}
    slips |= {f"{name[:at]}{name[at + 1]}{name[at]}{name[at + 2 :]}" for at in range(len(name) - 1)}
    return sorted(slips)


@lru_cache(maxsize=1)
def _shape_of_uk() -> str:
    """Return the pattern of folded texts that mean the United Kingdom: its names in a row, with at most one slip."""
    names = "|".join(fold_text(name) for name in (*_UK_NAMES, *_UK_WORDS))
    words = f"(?:{names}|{'|'.join(fold_text(word) for word in _BETWEEN)})*"
    slips = "|".join(slip for name in _UK_NAMES for slip in _with_one_slip(name))
    return f"{words}(?:{names}|{slips}){words}"


def _is_uk(countries: Column) -> Flags:
    return by_distinct(countries, lambda names: matches(fold(names), _shape_of_uk()))


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    texts = pc.ascii_upper(compact(cells))
    spaced = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, -3), pc.utf8_slice_codeunits(texts, -3), " ")
    return pc.if_else(matches(texts, _UK_SHAPE_WITHOUT_SPACE), spaced, whole_numbers(cells))


def post_code_is_good(codes: Column, countries: Column | None) -> Flags:
    """Return which post codes are valid for the country of their row; null is valid.

    ``codes`` are normalised; ``countries`` is a column of trimmed cells of the same length, or None. A code of UK
    shape is always valid. Any other text is valid if there is a country other than the UK, unless it is a spreadsheet's
    error.
    """
    good = pc.or_(matches(codes, UK_SHAPE), codes.is_null())
    if countries is None or pc.all(good).as_py():
        return good
    others = pc.invert(good)
    codes, countries = codes.filter(others), countries.filter(others)
    is_code = pc.invert(matches(codes, "|".join(OF_SPREADSHEETS.values())))
    is_abroad = pc.and_not(countries.is_valid(), pc.fill_null(_is_uk(countries), True))
    is_abroad = pc.and_not(is_abroad, matches(countries, NOTHING))
    return pc.replace_with_mask(good, others, pc.and_(is_code, is_abroad))


POST_CODE = ValueType(all_but_normal(UK_SHAPE, _normalise), {"too_long": within_length}, exported=with_apostrophe)

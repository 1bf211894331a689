"""How the cells of each field type are put into normal form, checked and stored."""

from __future__ import annotations

import pyarrow as pa

from client_import.values.value_type import Column, Rules, ValueType

__all__ = ["VALUE_TYPES", "Column", "Rules", "ValueType", "post_code_is_good", "prepare", "sentence"]

# SKELETON: identity normalisers and checks that are always good; the real ones replace this within the hour.


def _same(cells, field, rules):
    return cells


def _good(cells, field, rules):
    return pa.array([True] * len(cells), pa.bool_())


def _type(*reasons, arrow_type=None):
    import pyarrow.compute as pc

    to = {
        None: lambda v: v,
        pa.bool_(): lambda v: pc.equal(v, "Yes"),
        pa.date32(): lambda v: v.cast(pa.date32()),
    }[arrow_type]
    return ValueType(_same, {r: _good for r in (*reasons, "too_long")}, arrow_type or pa.string(), to)


VALUE_TYPES: dict[str, ValueType] = {
    "text": _type("bad_format"),
    "enum": _type("not_in_list"),
    "email": _type("bad_format"),
    "phone": _type("bad_format"),
    "url": _type("bad_format"),
    "yes_no": _type("bad_format", arrow_type=pa.bool_()),
    "company_number": _type("bad_format"),
    "auth_code": _type("bad_format"),
    "date": _type("bad_format", arrow_type=pa.date32()),
    "vat": _type("bad_format", "bad_check_digit"),
    "utr": _type("bad_format", "bad_check_digit"),
    "nino": _type("bad_format"),
    "paye_ref": _type("bad_format"),
    "accounts_office_ref": _type("bad_format"),
    "post_code": _type(),
    "enum_list": _type("not_in_list"),
}


def prepare(cells: pa.Array) -> pa.Array:
    """Text cells of any field, trimmed, in Unicode form NFC, blank ones null."""
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def post_code_is_good(codes: pa.Array, countries: pa.Array | None) -> pa.Array:
    """Whether each post code is good beside the country of its row; True where there is none."""
    return _good(codes, None, None)


def sentence(reason: str, field) -> str:
    """The sentence for a fault, with the placeholders {column} and, unless the field is sensitive, {value}."""
    return "{column} is not right." if field.sensitive else '{column} "{value}" is not right.'

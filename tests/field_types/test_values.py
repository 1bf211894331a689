"""What holds for the values of every type. The rules of one type are in test_values_<type>.py."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client_import.field_types.artefacts import strip_artefacts
from client_import.field_types.characters import trim
from client_import.field_types.post_code import post_code_is_good
from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.field_types.sentences import sentence
from client_import.fields.catalogue import BY_NAME, FIELDS, Field

RULES = Rules(today=date(2026, 11, 24))

TYPES = {field.type: field for field in reversed(FIELDS)} | {"name": BY_NAME["Name"], "code": BY_NAME["Code"]}
"""A field of each type, and of each rule for text."""

WITH_ONE_FORM = sorted(set(TYPES) - {"name", "text"})
"""Text of other rules is good in any form."""

LIKE = {
    "code": "A 1\t\u200b",
    "name": "Ann \t\n\xa0",
    "email": "aZ9.@-_'\"é İß。+ <>;:",
    "phone": "0123456789+-()/. \xa0–xE,",
    "url": "htpsHTPS:/.wW1-é@?# ",
    "yes_no": "yesnoYESNO10tf.-✓",
    "enum": "LtdlPC. -é",
    "enum_list": "MainBilling;| ",
    "company_number": "0123456789SCRsc -.,E+",
    "auth_code": "aB1é ",
    "date": "0123456789-/. JanFebT:Z+",
    "vat": "GBgb0123456789 -.,",
    "utr": "0123456789kK .,E+",
    "nino": "ABCEabDOG0123456789 -.",
    "paye_ref": "0123456789/Ab ",
    "accounts_office_ref": "0123456789PpXx ",
    "post_code": "SWsw12AA \xa0.0",
    "text": "ab \n",
}
"""Characters that cells of a type have: arbitrary text of them comes near to what can be read."""

WORDS = {
    "email": [
        "a@EXAMPLE.com",
        "Jö@BÜCHER.de",
        "a@xn--bcher-kva.de",
        "a@ｅｘａｍｐｌｅ.com",
        "INFO@b.test",
        "mailto:a@b.com",
        "A <a@b.com>;",
    ],
    "phone": [
        *("07700 900123", "+44 (0)20 7946 0018", "+39 06 1234 5678", "+52 1 55 1234 5678", "0123 45678"),
        *("7700900123.0", "4.42079460018E+11", "1.23457E+11", "tel:02079460018", "0207946.0000"),
    ],
    "url": ["HTTP://e.com", "e.com/a", "ftp://e.com"],
    "enum_list": ["main|Billing;main", ";", "Main;x"],
    "enum": ["P.L.C.", "self–employed", "Individual"],
    "date": [
        *("1/2/2024", "29-2-2023", "1 Jan 2024", "2024-01-01T00:00:00", "1/1/9999", "45292", "45292.5", "99999"),
        *("1/2/24", "1/2/2024 10:30", "2024-01-01T00:00:00Z", "2024-01-01 23:00+01:00", "20240131", "2024/1/5"),
        *("2024", "45,292"),
    ],
    "vat": ["GB 980 7806 84", "802311781", "980780684001", "980780684.0", "980780684.000", "12345620", "98,078,068"],
    "utr": ["1955839661K", "1955839661KK", "2955839661", "1955839661.0", "1.955839661E+9", "195583966"],
    "nino": ["ab 12 34 56 c", "BG123456A"],
    "company_number": ["7", "sc 123456", "１２３４５６７８", "1234567.0", "1,234,567", "1.23E+2", "1.2E+5", "0"],
    "post_code": ["sw1a1aa", "GIR0AA", "75001", "75001.0", "7.5E+4"],
    "paye_ref": ["123 / ab456"],
    "accounts_office_ref": ["123pa0001234x"],
    "yes_no": ["TRUE", "off", "-1", "1.0", "✓", "x"],
}


def cells_like(name: str) -> st.SearchStrategy[list[str | None]]:
    texts = [st.text(), st.text(LIKE[name], max_size=20), st.sampled_from(WORDS.get(name, ["x"]))]
    return st.lists(st.none() | st.one_of(texts), max_size=8)


def column(cells: list[str | None]) -> pa.Array:
    return pa.array(cells, pa.string())


def normalised(field: Field, cells: pa.Array, rules: Rules = RULES) -> pa.Array:
    return VALUE_TYPES[field.type].normalise(cells, field, rules)


def good(
    field: Field,
    values: pa.Array,
    rules: Rules = RULES,
    apart_from: tuple[str, ...] = ("too_long",),
    country: str | None = None,
) -> list[bool]:
    """Return which values pass every check of the type, apart from some; those of post codes for a country."""
    checks = VALUE_TYPES[field.type].checks.items()
    flags = [check(values, field, rules) for reason, check in checks if reason not in apart_from]
    if field.type == "post_code":
        flags.append(post_code_is_good(values, column([country] * len(values))))
    for of_one_check in flags:
        assert of_one_check.type == pa.bool_()
        assert len(of_one_check) == len(values)
        assert of_one_check.null_count == 0
    return [all(row) for row in zip(*(of_one_check.to_pylist() for of_one_check in flags), strict=True)]


def read(name: str, cell: str, rules: Rules = RULES) -> tuple[str | None, list[str]]:
    """Return the normal form of one raw cell of the field called ``name``, and the reasons of its errors."""
    field = BY_NAME[name]
    cells = trim(column([cell]))
    values = normalised(field, strip_artefacts(cells, field), rules)
    row_errors = [
        reason for reason, check in VALUE_TYPES[field.type].checks.items() if not check(values, field, rules)[0].as_py()
    ]
    return values[0].as_py(), row_errors


def test_every_type_of_the_catalogue_has_its_values():
    assert {field.type for field in FIELDS} <= set(VALUE_TYPES)


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
@settings(deadline=None)
def test_normalising_twice_is_normalising_once(name, data):
    field = TYPES[name]
    cells = column(data.draw(cells_like(name)))
    once = normalised(field, cells)
    assert once.type == pa.string()
    assert len(once) == len(cells)
    assert once.is_null().equals(cells.is_null())
    assert normalised(field, once).equals(once)


@pytest.mark.parametrize("name", WITH_ONE_FORM)
@given(data=st.data())
@settings(deadline=None)
def test_only_normal_forms_are_good_and_blanks_are(name, data):
    field = TYPES[name]
    cells = column(data.draw(cells_like(name)))
    unchanged = pc.fill_null(pc.equal(normalised(field, cells), cells), True).to_pylist()
    for cell, is_good, is_unchanged in zip(cells.to_pylist(), good(field, cells), unchanged, strict=True):
        assert is_good or cell is not None
        assert is_unchanged or not is_good


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
@settings(deadline=None)
def test_what_cannot_be_read_is_left_as_it_came(name, data):
    field = TYPES[name]
    cells = trim(column(data.draw(cells_like(name))))
    values = normalised(field, cells)
    readable = good(field, values, apart_from=("too_long", "bad_check_digit"), country="France")
    for cell, value, is_readable in zip(cells.to_pylist(), values.to_pylist(), readable, strict=True):
        assert is_readable or value == cell


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
@settings(deadline=None)
def test_a_slice_of_a_column_reads_like_the_whole(name, data):
    field = TYPES[name]
    cells = column(data.draw(cells_like(name)))
    start = data.draw(st.integers(0, len(cells)))
    assert normalised(field, cells.slice(start)).equals(normalised(field, cells).slice(start))
    assert good(field, cells.slice(start)) == good(field, cells)[start:]


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
@settings(deadline=None)
def test_good_values_have_a_clean_form(name, data):
    field = TYPES[name]
    value_type = VALUE_TYPES[field.type]
    values = normalised(field, column(data.draw(cells_like(name))))
    kept = pc.if_else(pa.array(good(field, values), pa.bool_()), values, None)
    clean = value_type.to_clean(kept)
    assert clean.type == value_type.arrow_type
    assert clean.is_null().equals(kept.is_null())


@pytest.mark.parametrize("cells", [pa.array([], pa.string()), pa.nulls(3, pa.string())], ids=["none", "blanks"])
@pytest.mark.parametrize("name", TYPES)
def test_columns_without_values(name, cells):
    assert normalised(TYPES[name], cells).equals(cells)
    assert good(TYPES[name], cells) == [True] * len(cells)
    assert VALUE_TYPES[TYPES[name].type].to_clean(cells).null_count == len(cells)


@pytest.mark.parametrize("field", [f for f in FIELDS if f.max_length is not None], ids=lambda field: field.name)
def test_length_is_counted_in_characters(field):
    check = VALUE_TYPES[field.type].checks["too_long"]
    at_most = "é" * field.max_length
    assert check(column([at_most, at_most + "é", None]), field, RULES).to_pylist() == [True, False, True]


def reasons_of(field: Field) -> set[str]:
    return set(VALUE_TYPES[field.type].checks) | ({"bad_format"} if field.type == "post_code" else set())


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_error_has_a_sentence(field):
    for reason in reasons_of(field):
        text = sentence(reason, field)
        assert text.count("{column}") == 1
        assert text.count("{value}") == (0 if field.sensitive else 1)
        filled = text.replace("{column}", "Header").replace("{value}", "cell")
        assert not {"{", "}"} & set(filled)
        assert filled.endswith(".")
    for member in field.members:
        assert member in sentence("not_in_list", field)


def test_a_reason_that_cells_cannot_have():
    with pytest.raises(KeyError):
        sentence("bad_check_digit", BY_NAME["Email"])
    with pytest.raises(KeyError):
        sentence("code_taken", BY_NAME["Code"])

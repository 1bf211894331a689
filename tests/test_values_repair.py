"""What programs put around the values of typed fields: taken off, or told to be nothing; free text stays."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.catalogue import BY_NAME
from client_import.values import VALUE_TYPES, Rules, name_shape, possible_hints, prepare, repair, sentence
from client_import.values.hints import Hint
from tests.test_values import TYPES, column, read

SAY_NOTHING = [
    *("N/A", "n/a", "NA", "n.a.", "N.A", "none", "None", "NIL", "null", "NaN", "NaT", "<NA>", "(blank)", "(none)"),
    *("Not applicable", "-", "--", "–", "—", "−", ".", "...", "__", r"\N", "''", '""', "“”", "'-", '"N/A"', "\u200e"),
]
SAY_SOMETHING = ["unknown", "not known", "tbc", "TBA", "?", "no", "x", "pending", "0", "nine", "n/b", "- -x", "#N/A"]


@pytest.mark.parametrize("cell", SAY_NOTHING)
def test_says_nothing(cell):
    assert repair(prepare(column([cell, "x"]))).to_pylist() == [None, "x"]


@pytest.mark.parametrize("cell", SAY_SOMETHING)
def test_says_something(cell):
    assert repair(column([cell])).to_pylist() == [cell]


@pytest.mark.parametrize(
    ("cell", "repaired"),
    [
        ("'01234567", "01234567"),
        ("''01234567", "01234567"),
        ("'01234567'", "01234567"),
        ('"a b"', "a b"),
        ("“a b”", "a b"),
        ("‘a b’", "a b"),
        ("«a b»", "a b"),
        ("\"'a'\"", "a"),
        ("' a '", "a"),
        ('="0123"', "0123"),
        ('\'="0123"', "0123"),
        ('"a', '"a'),
        ('"a b"@c', '"a b"@c'),
        ("a's", "a's"),
        ("5'", "5'"),
        ('12"', '12"'),
        ("=1+1", "=1+1"),
        ("ＡＢ１２３", "AB123"),
        ("＂ａ＂", "a"),
        ("a\xa0b", "a b"),
        ("a\u2009b\u3000c", "a b c"),
        ("a\xadb\u200bc\ufeffd", "abcd"),
        ("\u202aa\u202c", "a"),
        ("✔\ufe0f", "✔"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ſ²①", "ſ²①"),
        ("e\u200b\u0301", "é"),
        (None, None),
    ],
)
def test_repair(cell, repaired):
    assert repair(column([cell, "plain"])).to_pylist() == [repaired, "plain"]


ODD = st.text("an/aNA-–_.'\"“=<>() \\\xa0\u200bé\u0301１Ａ", max_size=8)


@given(st.lists(st.none() | st.text() | ODD))
def test_repairing_twice_is_repairing_once(cells):
    once = repair(prepare(column(cells)))
    assert once.type == pa.string()
    assert len(once) == len(cells)
    assert repair(once).equals(once)
    assert prepare(once).equals(once)


@given(st.lists(st.none() | ODD), st.data())
def test_a_slice_is_repaired_like_the_whole(cells, data):
    prepared = prepare(column(cells))
    start = data.draw(st.integers(0, len(cells)))
    assert repair(prepared.slice(start)).equals(repair(prepared).slice(start))


@pytest.mark.parametrize("cell", ["N/A", "-", "NULL", "'quoted'", "“Curly”", "#REF!", "1.23457E+11", "007", "TRUE"])
@pytest.mark.parametrize("name", ["Name", "Code", "TradingAs", "InternalReference", "VatScheme"])
def test_free_text_stays(name, cell):
    assert read(name, cell) == (cell, [])


@pytest.mark.parametrize("name", sorted({name for name, field in TYPES.items() if field.type != "text"}))
def test_typed_fields_take_a_dash_for_nothing(name):
    assert read(TYPES[name].name, "-") == (None, [])


def hint(name: str, cell: str, rules: Rules) -> str | None:
    value, faults = read(name, cell, rules)
    assert set(faults) & {"bad_format", "not_in_list"} or BY_NAME[name].type == "post_code"
    return name_shape(column([value]), VALUE_TYPES[BY_NAME[name].type].hints(rules).items())[0].as_py()


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("CompanyNumber", "1.23457E+11", Hint.DIGITS_LOST),
        ("CompanyNumber", "'1.2E+7", Hint.DIGITS_LOST),
        ("Utr", "1.95584e+09", Hint.DIGITS_LOST),
        ("VatNumber", "9,80781E+11", Hint.DIGITS_LOST),
        ("Telephone", "4.42E+11", Hint.DIGITS_LOST),
        ("CompaniesHouseAuthenticationCode", "1.2E+45", Hint.DIGITS_LOST),
        ("RegisteredAddressPostCode", "7.5E+04", Hint.DIGITS_LOST),
        ("IncorporationDate", "4.5E+04", Hint.DIGITS_LOST),
        ("Email", "#REF!", Hint.NO_VALUE),
        ("Type", "#VALUE!", Hint.NO_VALUE),
        ("IncorporationDate", "########", Hint.NO_VALUE),
        ("Website", "#name?", Hint.NO_VALUE),
        ("IncorporationDate", "1/2/24", Hint.TWO_DIGIT_YEAR),
        ("IncorporationDate", "01-Jan-20", Hint.TWO_DIGIT_YEAR),
        ("IncorporationDate", "1 January 20", Hint.TWO_DIGIT_YEAR),
        ("IncorporationDate", "1/2/24 00:00", Hint.TWO_DIGIT_YEAR),
        ("IncorporationDate", "2024", Hint.YEAR_OR_COUNT),
        ("IncorporationDate", "2020-05-31T23:00:00Z", Hint.TIME_WITH_ZONE),
        ("IncorporationDate", "04/25/2024", Hint.NO_MONTH_AFTER_DAY),
        ("IncorporationDate", "4/25/2024 10:00", Hint.NO_MONTH_AFTER_DAY),
        ("IncorporationDate", "13/14/2024", Hint.NO_MONTH_AFTER_DAY),
        ("PclSent", "x", Hint.TICK_OR_CROSS),
        ("PclSent", "☒", Hint.TICK_OR_CROSS),
        ("Email", "nope", None),
        ("IncorporationDate", "31/02/2024", None),
        ("IncorporationDate", "32/32/2024", None),
        ("IncorporationDate", "soon", None),
        ("PclSent", "perhaps", None),
    ],
)
def test_hints(name, cell, expected):
    assert hint(name, cell, Rules()) == expected


def test_the_hint_of_the_order_is_the_order_s():
    assert hint("IncorporationDate", "25/04/2024", Rules(day_first=False)) == Hint.NO_MONTH_BEFORE_DAY
    assert hint("IncorporationDate", "02/30/2024", Rules(day_first=False)) is None


def test_every_hint_is_of_some_field_and_has_a_sentence():
    found = set()
    for field in TYPES.values():
        for reason in VALUE_TYPES[field.type].checks:
            for each in possible_hints(reason, VALUE_TYPES[field.type]):
                found.add(each)
                assert sentence(reason, field, each).endswith(".")
                assert sentence(reason, field, each) != sentence(reason, field)
    assert found == set(Hint)

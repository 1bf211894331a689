"""What programs put around the values of typed fields: taken off, or told to be nothing; free text stays."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.field_types.artefacts import count_nothing, strip_artefacts, strip_typed
from client_import.field_types.characters import trim
from client_import.field_types.hints import Hint
from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.field_types.sentences import possible_hints, sentence
from client_import.field_types.shapes import name_shape
from client_import.fields.catalogue import BY_NAME
from tests.field_types.test_values import TYPES, column, read

SAY_NOTHING = [
    *("N/A", "n/a", "NA", "n.a.", "N.A", "none", "None", "NIL", "null", "NaN", "NaT", "<NA>", "(blank)", "(none)"),
    *("Not applicable", "-", "--", "–", "—", "−", ".", "...", "__", r"\N", "''", '""', "“”", "'-", '"N/A"', "\u200e"),
]
SAY_SOMETHING = ["unknown", "not known", "tbc", "TBA", "?", "no", "x", "pending", "0", "nine", "n/b", "- -x", "#N/A"]


@pytest.mark.parametrize("cell", SAY_NOTHING)
def test_says_nothing(cell):
    assert strip_typed(trim(column([cell, "x"]))).to_pylist() == [None, "x"]


@pytest.mark.parametrize("cell", SAY_SOMETHING)
def test_says_something(cell):
    assert strip_typed(column([cell])).to_pylist() == [cell]


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
        ("2020\x7f-01-02", "2020-01-02"),
        ("12\x1f3", "123"),
        ("１\u200d２", "12"),
        (None, None),
    ],
)
def test_repair(cell, repaired):
    for beside in ("plain", "'", "é"):
        assert strip_typed(column([cell, beside]))[0].as_py() == repaired


ODD = st.text("an/aNA-–_.'\"“=<>() \\\xa0\x7f\x1f\u200b\u200dé\u0301１Ａ", max_size=8)


@given(st.lists(st.none() | st.text() | ODD))
def test_repairing_twice_is_repairing_once(cells):
    once = strip_typed(trim(column(cells)))
    assert once.type == pa.string()
    assert len(once) == len(cells)
    assert strip_typed(once).equals(once)
    assert trim(once).equals(once)


@given(st.lists(st.none() | ODD))
def test_a_cell_is_repaired_alike_whatever_is_beside_it(cells):
    prepared = trim(column(cells))
    alone = [strip_typed(prepared.slice(place, 1))[0] for place in range(len(cells))]
    assert strip_typed(prepared).to_pylist() == [cell.as_py() for cell in alone]


@given(st.lists(st.none() | ODD), st.data())
def test_a_slice_is_repaired_like_the_whole(cells, data):
    prepared = trim(column(cells))
    start = data.draw(st.integers(0, len(cells)))
    assert strip_typed(prepared.slice(start)).equals(strip_typed(prepared).slice(start))


@pytest.mark.parametrize("cell", ["N/A", "-", "NULL", "'quoted'", '"quoted"', "1.23457E+11", "007", "TRUE", "'n'n"])
@pytest.mark.parametrize("name", ["Name", "Code", "TradingAs", "InternalReference", "VatScheme"])
def test_free_text_stays(name, cell):
    assert read(name, cell) == (cell, [])


WRAPPED = [
    ('="00123"', "00123"),
    ('="Acme-Ltd"', "Acme-Ltd"),
    ('="12""pipe"', '12"pipe'),
    ('= "x"', "x"),
    ('=\xa0"x"', "x"),
    ("'00123", "00123"),
    ("''00123", "00123"),
    ("'12'", "12"),
    ("'-Dash", "-Dash"),
    ("'=Sum", "=Sum"),
    ("'+44", "+44"),
    ("'@at", "@at"),
    ("'\t-x", "-x"),
    ("'MAR1", "MAR1"),
    ("'1-Dec", "1-Dec"),
    ("'TRUE", "TRUE"),
    ("''90s", "'90s"),
    ("''n'Sync", "'n'Sync"),
    ("'50%", "50%"),
    ('\'="0123"', "0123"),
    ("“Curly”", "Curly"),
    ("‘Curly’", "Curly"),
    ("‘Bob’s’", "Bob’s"),
    ("“'007”", "007"),
]
AS_IT_IS = [
    *(
        "'n'Sync",
        "'90s",
        "'80's",
        "'quoted'",
        '"quoted"',
        "“A”and“B”",
        "“Half",
        "Half”",
        "=1+1",
        "='x'",
        "’68",
        "O'Neil",
    ),
    *("O'Neil", "'", "''", "'May", "5'", "=", '="', "‘n’Sync", "007", "1E5", "N/A", "@x"),
]


@pytest.mark.parametrize("name", ["Name", "TradingAs", "InternalReference", "Manager", "Code"])
@pytest.mark.parametrize(("cell", "value"), WRAPPED + [(cell, cell) for cell in AS_IT_IS])
def test_what_a_spreadsheet_or_a_copy_put_around_text(name, cell, value):
    assert read(name, cell) == (value, [])


@given(st.lists(st.none() | st.text("'=\"“”‘’07aM-+R1 \t\u200b", max_size=9)))
def test_unwrapping_text_twice_is_unwrapping_it_once(cells):
    field = BY_NAME["TradingAs"]
    once = strip_artefacts(trim(column(cells)), field)
    assert strip_artefacts(once, field).equals(once)
    assert trim(once).equals(once)


INVISIBLE = ["\u200b", "\u200d", "\u200e", "\u202a", "\u2060", "\xad", "\ufeff", "\u034f", "\x07", "\x7f", "\U000e0041"]


@pytest.mark.parametrize("mark", INVISIBLE)
@pytest.mark.parametrize("name", ["Name", "Code", "InternalReference", "CompanyNumber", "Email", "NiNumber"])
def test_match_values_have_no_character_that_nobody_sees(name, mark):
    cell = {"CompanyNumber": "SC123456", "Email": "ann@example.com", "NiNumber": "AB123456C"}.get(name, "Abc1")
    assert read(name, f"{mark}{cell[:2]}{mark}{cell[2:]}{mark}") == (cell, [])


@pytest.mark.parametrize("mark", INVISIBLE)
def test_other_text_keeps_them_but_at_its_ends(mark):
    assert read("TradingAs", f"{mark} a{mark}b {mark}") == (f"a{mark}b", [])


def test_a_joiner_stays_where_it_joins():
    assert read("Name", "\u200dمی\u200cخواهم") == ("می\u200cخواهم", [])


ERRORS = [
    "#REF!",
    "#NAME?",
    "#VALUE!",
    "#DIV/0!",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "########",
    "#ref!",
    "Err:502",
]


@pytest.mark.parametrize("name", sorted({field.name for field in TYPES.values()}))
@pytest.mark.parametrize("cell", ERRORS)
def test_an_error_of_a_spreadsheet_is_no_value_of_any_field(name, cell):
    value, row_errors = read(name, cell)
    if BY_NAME[name].type == "post_code":  # judged with its country
        assert value == cell
    else:
        assert set(row_errors) & {"bad_format", "not_in_list"}


@pytest.mark.parametrize("cell", ["# 1 Cleaning", "#1", "#hashtag", "Err: none", "C#", "#"])
def test_text_that_is_no_error(cell):
    assert read("TradingAs", cell) == (cell, [])


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["NULL", "NULL", ""], 2),
        (["\\N", None, "null", "N/A"], 3),
        (["", None], 0),
        (["NULL", "Null Ltd"], None),
        ([*["NULL"] * 500, "x"], None),
    ],
)
def test_columns_that_say_nothing(cells, count):
    assert count_nothing(column(cells)) == count


@pytest.mark.parametrize("name", sorted({name for name, field in TYPES.items() if field.type != "text"}))
def test_typed_fields_take_a_dash_for_nothing(name):
    assert read(TYPES[name].name, "-") == (None, [])


def hint(name: str, cell: str, rules: Rules) -> str | None:
    value, row_errors = read(name, cell, rules)
    assert set(row_errors) & {"bad_format", "not_in_list"} or BY_NAME[name].type == "post_code"
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
        ("IncorporationDate", "13/14/2024", None),  # in no order
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
    of_rows = {Hint.RECORD_KEPT, Hint.USED_WAS_REJECTED, Hint.USED_BEFORE}
    assert found == set(Hint) - of_rows

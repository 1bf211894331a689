"""Match values are compared by Unicode case folding, and without what nobody sees: the expression itself, in DuckDB."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa
import pytest

from client_import.fields.catalogue import BY_NAME
from client_import.merge.match_key import folded, is_plain, match_key

FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters of Korean that nobody sees."""

NAME, CODE, EMAIL = BY_NAME["Name"], BY_NAME["Code"], BY_NAME["Email"]


def keys(texts: Sequence[str], expression: str) -> list[str]:
    table = pa.table({"text": list(texts)})
    with duckdb.connect() as connection:
        connection.register("given", table)
        return [key for (key,) in connection.execute(f"SELECT {expression} FROM given").fetchall()]


def groups(letters: Iterable[str], compared: Iterable[str]) -> set[frozenset[str]]:
    """The letters that are compared as equal; those equal to no other are left out."""
    by_key = defaultdict(set)
    for letter, key in zip(letters, compared, strict=True):
        by_key[key].add(letter)
    return {frozenset(group) for group in by_key.values() if len(group) > 1}


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def test_every_letter_is_folded_as_unicode_does():
    every = (chr(code) for code in range(0x80, 0x20000) if not 0xD800 <= code < 0xE000)
    letters = [letter for letter in every if letter.isalpha() and nfc(letter) == letter and letter not in FILLERS]
    assert len(letters) > 50_000
    words = [f"a{letter}b" for letter in letters]
    assert groups(letters, keys(words, folded("text"))) == groups(letters, (nfc(word.casefold()) for word in words))


def test_no_letter_behind_them_has_a_case():
    assert all((letter := chr(code)).casefold() == letter.lower() == letter for code in range(0x20000, 0x110000))


@pytest.mark.parametrize("field", [NAME, CODE, EMAIL], ids=lambda field: field.name)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"),
        ("STRAẞE", "strasse"),
        ("ΣΟΦΟΣ", "σοφος"),
        ("ΣΟΦΟΣ", "σοφοσ"),
        ("ﬁx", "FIX"),
        ("ŒUVRE", "œuvre"),
        ("ZOË", "zoë"),
        ("ʼNa", "ŉA"),
        ("K", "k"),
        ("İzmir", "i\u0307ZMIR"),
        ("A1 ", "a1"),
        ("\tA1\r\n", "a1"),
        ("\u00a0A1 ", "a1"),
        ("A1\u200b", "a1"),
        ("\u202aA1\u202c", "a1"),
        ("A\u00ad1", "a1"),
        ("A\u200d1", "a1"),
        ("A\U000e00201", "a1"),
    ],
)
def test_the_same(field, one, other):
    first, second = keys([one, other], match_key("text", field))
    assert first == second


@pytest.mark.parametrize(("one", "other"), [("Ann  Lee", "ann lee"), ("Zoë\xa0 \u2009Lee", "ZOË LEE")])
def test_inner_blanks_of_names_are_collapsed(one, other):
    first, second = keys([one, other], match_key("text", NAME))
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"), [("Zoë", "Zoe"), ("i", "ı"), ("İ", "i"), ("ß", "s"), ("A1", "A 1"), ("Ａ", "A")]
)
def test_not_the_same(one, other):
    first, second = keys([one, other], folded("text"))
    assert first != second


@pytest.mark.parametrize("field", [NAME, CODE, EMAIL], ids=lambda field: field.name)
def test_the_short_key_of_plain_values_is_their_key(field):
    texts = [
        "A1",
        "a1-B",
        "Ann  Lee",
        "Ann\tLee ",
        " A1",
        "A1 ",
        "\tA1",
        "",
        " ",
        "A\x001",
        "ZOË",
        "\u212a",
        "A1\u200b",
    ]
    plain = keys(texts, is_plain("text", field))
    short, full = (keys(texts, match_key("text", field, are_plain=are_plain)) for are_plain in (True, False))
    assert set(plain) == {True, False}
    assert [key for key, is_so in zip(short, plain, strict=True) if is_so] == [
        key for key, is_so in zip(full, plain, strict=True) if is_so
    ]


def test_the_short_key_of_plain_codes_is_their_key():
    texts = ["A1", "a1-B", "A 1", "A1 ", "", "ZOË", "K"]
    plain, short, full = (
        keys(texts, each) for each in (is_plain("text"), folded("text", are_plain=True), folded("text"))
    )
    assert plain == [True, True, True, False, False, False, True]
    assert [one == other for one, other, is_so in zip(short, full, plain, strict=True) if is_so] == [True] * 4

"""Preparing cells, and text."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.field_types.characters import BLANKS, NEVER_SEEN, WHITE_SPACE, compact, fold, trim, trim_text
from tests.field_types.test_values import read

ENDS = re.compile(rf"\A[{BLANKS}{NEVER_SEEN}]+|[{BLANKS}{NEVER_SEEN}]+\Z")


@pytest.mark.parametrize(
    ("cell", "prepared"),
    [
        (" Ann Lee ", "Ann Lee"),
        ("\t\n Ann\r\n", "Ann"),
        ("\xa0Ann\u3000\u2009", "Ann"),
        ("\ufeffAnn\u200b", "Ann"),
        ("Zoe\u0301", "Zo\u00e9"),
        ("two  spaces", "two  spaces"),
        ("line\nbreak", "line\nbreak"),
        ("", None),
        ("  ", None),
        (" \xa0\u200b\ufeff\t", None),
        (None, None),
        ("NULL", "NULL"),
        ("0", "0"),
    ],
)
def test_trim(cell, prepared):
    assert trim(pa.array([cell], pa.string())).to_pylist() == [prepared]


@given(st.lists(st.none() | st.text() | st.text("a \xa0e\u0301\ufeff", max_size=5)))
def test_trim_is_trim_and_nfc(cells):
    expected = [None if cell is None else unicodedata.normalize("NFC", ENDS.sub("", cell)) or None for cell in cells]
    prepared = trim(pa.array(cells, pa.string()))
    assert prepared.to_pylist() == expected
    assert trim(prepared).equals(prepared)


def test_white_space_is_what_unicode_says():
    separators = {chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) in {"Zs", "Zl", "Zp"}}
    assert set(WHITE_SPACE) == separators | set("\t\n\v\f\r\x85")


@given(st.lists(st.none() | st.text() | st.text("aA1 -.\xa0\t–é", max_size=8)), st.sampled_from(["", "-", ".-/()"]))
def test_compact_drops_blanks_and_marks(cells, marks):
    dashes = {c for c in "".join(c or "" for c in cells) if unicodedata.category(c) == "Pd" or c == "−"}
    dropped = set(BLANKS) | set(marks) | (dashes if "-" in marks else set())
    expected = [None if cell is None else "".join(c for c in cell if c not in dropped) for cell in cells]
    assert compact(pa.array(cells, pa.string()), marks).to_pylist() == expected


@pytest.mark.parametrize(
    ("text", "folded"), [("P.L.C.", "plc"), ("Self–Employed ’n’ Co", "selfemployednco"), ("É1", "É1"), ("--", "")]
)
def test_fold(text, folded):
    assert fold(pa.array([text])).to_pylist() == [folded]


@pytest.mark.parametrize(
    ("field", "cell", "value", "row_errors"),
    [
        ("Name", "Ann   Lee", "Ann Lee", []),
        ("Name", "Ann\xa0\n Lee", "Ann Lee", []),
        ("Name", "ann LEE", "ann LEE", []),
        ("Name", "n" * 201, "n" * 201, ["too_long"]),
        ("TradingAs", "Ann   Lee", "Ann   Lee", []),
        ("RegisteredAddress", "1 High St\nLeeds", "1 High St\nLeeds", []),
        ("Code", "A1", "A1", []),
        ("Code", "A 1", "A 1", ["bad_format"]),
        ("Code", "A\u200b1", "A1", []),
        ("RegisteredAddress", "1 High St\r\nLeeds\rUK", "1 High St\nLeeds\nUK", []),
        ("Code", "K" * 51, "K" * 51, ["too_long"]),
        ("InternalReference", "REF 1", "REF 1", []),
    ],
)
def test_text(field, cell, value, row_errors):
    assert read(field, cell) == (value, row_errors)


@given(
    st.text(
        st.sampled_from(["A", "é", "-", "~", *BLANKS, "\0", "\x1f", "\x7f", "\xad", "\u200d", "\u3164"]), max_size=8
    )
)
def test_a_single_text_is_trimmed_as_a_column_is(text: str):
    assert trim_text(text) == ENDS.sub("", text)
    assert (unicodedata.normalize("NFC", trim_text(text)) or None) == trim(pa.array([text]))[0].as_py()

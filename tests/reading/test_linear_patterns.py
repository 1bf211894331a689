"""No cell, however long, stalls the program: every pattern takes time in proportion to what it is given."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from client_import.errors import SourceError
from client_import.fields.headers import LONGEST_LABEL, field_of_header
from client_import.mapping.profile import profile_columns
from client_import.mapping.suggest import suggest
from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from client_import.reading.layout import unique_labels
from tests.support import patterns
from tests.support.limits import LIMITS

LONG = 20_000
USES = patterns.uses()


@pytest.mark.parametrize("use", USES, ids=[f"{use.where}.{use.method}" for use in USES])
def test_pattern_is_linear_in_long_runs(use: patterns.Use) -> None:
    assert patterns.too_slow(use) is None


def test_every_pattern_of_the_program_is_found() -> None:
    assert patterns.not_collected() == []
    found = {use.where for use in USES}
    assert {"client_import.reading.header_row._VALUE", "client_import.fields.headers._NOTE_BACKWARDS"} <= found
    assert any("_well_formed_records" in where for where in found)


def test_no_group_is_repeated_possessively() -> None:
    """Python 3.11.0 to 3.11.4, which Debian 12 has, match such a group wrongly; ``(?>(?:group)*)`` is the same.

    https://github.com/python/cpython/issues/100061 and 106052. Single characters are matched rightly.
    """
    repeated = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+")
    assert [use.where for use in USES if repeated.search(_text_of(use.pattern))] == []


def _text_of(pattern: re.Pattern[Any]) -> str:
    return pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")


@pytest.mark.parametrize("pattern", [r"\S+@\S+\.\S+", r"(?:[1-9]+|0)*x"])
def test_slow_patterns_are_told(pattern: str) -> None:
    assert patterns.too_slow(patterns.Use("here", re.compile(pattern), "fullmatch")) is not None


def seconds_to_understand(path: Path, data: bytes) -> float:
    """Seconds of processor time that a look at a file takes, whatever comes of it."""
    path.write_bytes(data)
    start = time.thread_time()
    try:
        layout = detect_layout(path, ImportOptions(), LIMITS)
        suggest(profile_columns(path, layout, LIMITS))
    except SourceError:
        pass
    return time.thread_time() - start


HOSTILE = {
    "digits": b"1" * LONG + b"x,Code\nA,B\n",
    "at signs": b"a@" * LONG + b" x,Code\nA,B\n",
    "addresses": b"a@." * LONG + b" x,Code\nA,B\n",
    "notes": b"N" + b"(a)" * LONG + b"x,Code\nA,B\n",
    "empty notes": b"N" + b"()" * LONG + b"x,Code\nA,B\n",
    "brackets": b"N" + b"(" * LONG + b"x,Code\nA,B\n",
    "ones": b"Name" + b" 1" * LONG + b"x,Code\nA,B\n",
    "a wide header": b"Code,Name" + b",A" * 120_000 + b"\nA,B\n" * 20,
    "all delimiters": b";,|\t" * 65_000,
    "headers of other tables": b"Code,Name,Type\n" * 17_000,
    "quotes": b'"' * 200_001 + b"x,Code\n",
    "quotes and blanks": b'" ' * 100_000 + b"x,Code\n",
    "stray quotes": b'"a" ' * 50_000 + b"x,Code\n",
    "stray quotes in cells": b'"a"b,' * 50_000 + b"x,Code\n",
    "escaped quotes": b'\\"' * 100_000 + b"x,Code\n",
    "backslashes": b'"\\' * 100_000 + b"x,Code\n",
    "open quotes": b'"x\n' * 80_000,
    "quotes that open the last cell": b',"\n' * 80_000,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_small_file_takes_long_to_understand(tmp_path: Path, data: bytes) -> None:
    assert seconds_to_understand(tmp_path / "source", data) < 5


def test_labels_of_many_columns_with_one_name_take_no_time() -> None:
    start = time.thread_time()
    labels = unique_labels(["Name", "Name (3)"] * 50_000, 100_001)
    assert len(set(labels)) == 100_001
    assert labels[:5] == ("Name", "Name (3)", "Name (2)", "Name (3) (2)", "Name (4)")
    assert time.thread_time() - start < 5


def test_file_with_a_header_that_is_too_wide_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(b"Code,Name" + b",A" * 5_000 + b"\n" + b"A1,Ann\n" * 20)
    with pytest.raises(SourceError, match="5,002 columns"):
        detect_layout(path, ImportOptions(), LIMITS)


def test_what_is_longer_than_a_label_names_no_field() -> None:
    note = "(" + "x" * (LONGEST_LABEL - len("Name ()")) + ")"
    assert field_of_header("Name" + " " * (LONGEST_LABEL - 4)) == "Name"
    assert field_of_header("Name" + " " * (LONGEST_LABEL - 3)) is None
    assert field_of_header(f"Name {note}") is None


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-mail (main)", "Email"),
        ("E-mail 1 (main)", "Email"),
        ("E-mail (main)*", "Email"),
        ("E-mail [optional].", "Email"),
        ("E-mail (work)", None),
        ("E-mail_1", "Email"),
        ("E-mail 2", None),
    ],
)
def test_notes_and_a_one_at_the_end_of_a_header(header: str, field: str | None) -> None:
    assert field_of_header(header) == field

"""Awkward files are read as the tables they hold, wherever the blocks are cut (docs/rules.md, section 2).

The files and their expected tables are in ``tests/files``; how to add one is in docs/reading.md.
"""

from __future__ import annotations

import codecs
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from tests.corpus import CASES
from tests.corpus.__main__ import ATTRIBUTES, FOLDER
from tests.corpus.reading import Cells, read
from tests.support.limits import LIMITS

PUBLIC = Path(__file__).parents[3] / "shared" / "data" / "csv-spectrum"
SMALL_BLOCK = 256
EXPECTED = {path.name.removesuffix(".expected.json"): path for path in sorted(FOLDER.glob("*.expected.json"))}


def file_of(name: str) -> Path:
    path = FOLDER / f"{name}.csv"
    return path if path.exists() else FOLDER / f"{name}.csv.gz"


def expected_rows(expected: dict[str, Any]) -> dict[int, Cells]:
    return {
        number: tuple(cell["text"] * cell["times"] if isinstance(cell, dict) else cell for cell in cells)
        for number, cells in expected["rows"]
    }


def named(encoding: str, path: Path) -> str:
    """One name for the names of an encoding; a byte order mark says which UTF-16 it is."""
    name = codecs.lookup(encoding).name.removesuffix("-sig")
    if name == "utf-16":
        return "utf-16-be" if path.read_bytes().startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    return name


@pytest.mark.parametrize("name", EXPECTED)
def test_file_is_read_as_the_table_it_holds(name: str) -> None:
    expected = json.loads(EXPECTED[name].read_text("utf-8"))
    rejected = {int(number): reason for number, reason in expected["rejected"].items()}
    path = file_of(name)
    layout = detect_layout(path, ImportOptions(), LIMITS)
    assert list(layout.headers) == expected["headers"]
    assert read(path, layout) == (expected_rows(expected), rejected)


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "very-long-cell"])
def test_file_is_read_alike_in_small_blocks(name: str) -> None:
    expected = json.loads(EXPECTED[name].read_text("utf-8"))
    longest = max((len(line) for line in file_of(name).read_bytes().splitlines()), default=0)
    path = file_of(name)
    layout = detect_layout(path, ImportOptions(), LIMITS)
    assert read(path, layout, max(SMALL_BLOCK, 4 * longest))[0] == expected_rows(expected)


@pytest.mark.parametrize("name", EXPECTED)
def test_layout_is_detected(name: str) -> None:
    certain = json.loads(EXPECTED[name].read_text("utf-8"))["layout"]
    path = file_of(name)
    layout = detect_layout(path, ImportOptions(), LIMITS)
    seen = {part: getattr(layout.dialect if part == "escape" else layout, part) for part in certain}
    if "encoding" in certain:
        seen["encoding"] = named(layout.encoding, path)
        certain["encoding"] = codecs.lookup(certain["encoding"]).name
    assert seen == certain


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_committed_files_are_those_of_the_cases(case: Any) -> None:
    data = (FOLDER / case.file_name).read_bytes()
    assert (gzip.decompress(data) if case.is_packed else data) == case.data
    assert (FOLDER / case.expected_name).read_text("utf-8") == case.expected_text


def test_every_committed_file_is_of_a_case() -> None:
    names = [name for case in CASES for name in (case.file_name, case.expected_name)]
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted([*names, ATTRIBUTES])


def public_files() -> list[Any]:
    paths = sorted((PUBLIC / "csvs").glob("*.csv"))
    missing = pytest.mark.skip(reason=f"the public files of csv-spectrum are not at {PUBLIC}")
    return [pytest.param(path, id=path.stem) for path in paths] or [pytest.param(PUBLIC, marks=missing)]


@pytest.mark.parametrize("path", public_files())
def test_public_file_is_read_as_its_authors_say(path: Path) -> None:
    records = json.loads((path.parent.parent / "json" / f"{path.stem}.json").read_text("utf-8"))
    layout = detect_layout(path, ImportOptions(), LIMITS)
    rows, rejected = read(path, layout)
    assert rejected == {}
    assert [dict(zip(layout.headers, cells, strict=True)) for cells in rows.values()] == records

"""The comparison of readers: when a table counts as right, and that the comparison can tell.

What the peers make of the files is not tested; that is theirs.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.readers.__main__ import DOCUMENT, markdown, share
from benchmarks.readers.corpus import File, Table, files
from benchmarks.readers.readers import READERS

FILES = files()
BY_NAME = {file.name: file for file in FILES}


def swapped(table: Table) -> Table:
    first, second, *others = table.rows
    return Table(table.headers, [second, first, *others])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_expected_table_is_right(file: File) -> None:
    assert file.is_right(Table(file.headers, file.rows))


@pytest.mark.parametrize("file", [file for file in FILES if len(file.rows) > 1], ids=lambda file: file.name)
def test_other_tables_are_wrong(file: File) -> None:
    table = Table(file.headers, file.rows)
    assert not file.is_right(Table(file.headers, file.rows[1:]))
    assert not file.is_right(swapped(table))
    assert not file.is_right(Table([*file.headers, "more"], file.rows))
    assert not file.is_right(Table(file.headers, [["x", *row[1:]] for row in file.rows]))


def test_what_may_differ_is_right() -> None:
    file = BY_NAME["rows-with-fewer-cells"]
    ragged = [row[: 3 if place else None] for place, row in enumerate([*file.rows, [" ", ""]])]
    assert file.is_right(Table([f" {label} " for label in file.headers], [[*file.rows[0], ""], *file.rows[1:]]))
    assert file.is_right(Table(file.headers, [*file.rows, [" ", ""]]))
    assert not file.is_right(Table(file.headers, ragged))
    repeated = BY_NAME["header-with-repeated-labels"]
    assert repeated.is_right(Table(["Code", "Name", "Note", "Note.1", "Note.2"], repeated.rows))


def test_as_many_further_rows_as_are_rejected_are_right() -> None:
    file = BY_NAME["unclosed-quote"]
    further = ["C002", '"Bob Ray', "Individual", "York"]
    assert file.is_right(Table(file.headers, [file.rows[0], further, *file.rows[1:]]))
    assert not file.is_right(Table(file.headers, [file.rows[0], further, further, *file.rows[1:]]))


@pytest.mark.parametrize("reader", ["client-import", "DuckDB", "csv.Sniffer", "pandas", "Arrow"])
def test_every_reader_reads_a_plain_file(reader: str) -> None:
    file = BY_NAME["commas"]
    _, read, table_of = READERS[reader]
    assert file.is_right(table_of(read(file.path, "utf-8-sig")))


def test_document_has_a_place_for_every_table_and_every_group() -> None:
    text = Path(DOCUMENT).read_text("utf-8")
    for name in ("readers", "detectors", "names", "speed"):
        assert text.index(f"<!-- begin {name} -->") < text.index(f"<!-- end {name} -->")
    assert all(f"| {file.group} |" in text for file in FILES)


def test_shares_are_bold_when_whole() -> None:
    table = markdown(["files", "ours"], [["all", share([True, True])], ["some", share([True, False])]])
    assert table == "| files | ours |\n| --- | --: |\n| all | **2/2** |\n| some | 1/2 |"

"""Values of secret and personal fields are where they belong and nowhere else: not in logs, metadata, messages.

They belong in the file as it came, the rows it was split into, the file of rows not imported, and the clients database.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from client_import.fields.catalogue import FIELDS
from client_import.recovery.recover import describe_error
from tests.support.cli import CommandLine

SENSITIVE = {field.name for field in FIELDS if field.sensitive}
COLUMNS = {
    "NiNumber": ("AB987651C", "ni98mark7x"),
    "PersonalCode": ("MRKPRSNL1", "MRK" + "p" * 300),
    "ContactDateOfBirth": ("17/03/1983", "17/33/1983"),
    "CompaniesHouseAuthenticationCode": ("MRKA17", "MRKTOOLONG99"),
}
MARKS = (*(value for pair in COLUMNS.values() for value in pair), "1983-03-17", "MRK", "ni98mark", "AB987652C")
BELONGS = {"rejected.csv", "source", "not_imported.csv", "clients.duckdb", "clients.duckdb.wal"}
BELONGS |= {"valid_rows.parquet", "rejected_rows.parquet"}

FILE = "\n".join(
    [
        ",".join(("Code", "Name", "Type", *COLUMNS)),
        ",".join(("A1", "Ann", "Individual", *(good for good, _ in COLUMNS.values()))),
        ",".join(("A2", "Bob", "Individual", *(bad for _, bad in COLUMNS.values()))),
        ",".join(("A3", "Cy", "Individual", "AB987652C", "", "", "")),
        ",".join(("A4", "Dee", "Individual", "AB987652C", "", "", "")),
    ]
).encode()


def marks_in(data: bytes) -> set[str]:
    return {mark for mark in MARKS if mark.encode() in data}


def text_of(path: Path) -> bytes:
    """What is in the file, unpacked when it is a Parquet file."""
    return str(pq.read_table(path).to_pylist()).encode() if path.suffix == ".parquet" else path.read_bytes()


@pytest.mark.slow
def test_values_are_where_they_belong_and_nowhere_else(tmp_path: Path) -> None:
    assert set(COLUMNS) == SENSITIVE
    cli = CommandLine(tmp_path / "home", CLIENT_IMPORT_LOG="json")
    file = tmp_path / "clients.csv"
    file.write_bytes(FILE)
    answers = [
        cli("run", file, "--match-on", "NiNumber", "--debug"),
        cli("run", file, "--debug"),
        cli("run", file, "--match-on", "NiNumber", "--dry-run", "--json"),
        cli("run", file, "--max-errors", "0"),
        cli("jobs"),
    ]
    assert [answer.status for answer in answers[:4]] == [3, 3, 0, 1]
    for answer in answers:
        assert marks_in(answer.stdout.encode() + answer.stderr.encode()) == set(), answer
    files = [path for path in cli.home.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert {path.name for path in files if path.name in BELONGS} >= BELONGS - {"clients.duckdb.wal"}
    found = {str(path): marks_in(text_of(path)) for path in files if path.name not in BELONGS}
    assert {path: marks for path, marks in found.items() if marks} == {}


def test_what_a_library_quotes_is_left_out_of_the_sentence() -> None:
    error = duckdb.ConversionException('Conversion Error: Could not convert string "AB123456C" to INT32')
    assert "AB123456C" not in describe_error(error)
    assert "ConversionException" in describe_error(error)

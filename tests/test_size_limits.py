"""Covers how large a file may be: each limit is a setting, with an answer that names it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from client_import.columns import profile_columns
from client_import.detect import detect
from client_import.errors import SourceError
from client_import.options import ImportOptions
from client_import.read import read_rows
from tests.program import Program

CLIENTS = b"Code,Name,Type,Notes\nA1,Ann,Ltd,\nB2,Bob,Ltd,xxxxxxxxxxxxx\nC3,Cy,Ltd,x\n"


def test_file_with_too_many_rows_fails_and_says_which_setting(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_ROWS", "2")
    job = program.run(CLIENTS)
    assert (job["status"], job["createdCount"]) == ("Failed", 0)
    assert "more than 2 rows" in job["failureReason"]
    assert "CLIENT_IMPORT_MAX_ROWS" in job["failureReason"]
    monkeypatch.setenv("CLIENT_IMPORT_MAX_ROWS", "3")
    assert program.run(CLIENTS)["createdCount"] == 3


def test_blank_records_count_toward_a_limit_of_their_own(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_RECORDS", "1000")
    job = program.run(CLIENTS + b"\n" * 1_000)
    assert (job["status"], job["createdCount"]) == ("Failed", 0)
    assert "more than 1,000 records, blank ones counted" in job["failureReason"]
    assert "CLIENT_IMPORT_MAX_RECORDS" in job["failureReason"]
    assert program.run(CLIENTS + b"\n" * 996)["createdCount"] == 3


def test_packed_file_is_limited_by_what_it_unpacks_to(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_UNPACKED_MB", "1")
    packed = gzip.compress(CLIENTS + b"\n" * (1 << 20))
    job = program.run(packed)
    assert (job["status"], job["createdCount"]) == ("Failed", 0)
    assert "unpacks to more than 1 MiB" in job["failureReason"]
    assert "CLIENT_IMPORT_MAX_UNPACKED_MB" in job["failureReason"]
    monkeypatch.setenv("CLIENT_IMPORT_MAX_UNPACKED_MB", "2")
    assert program.run(packed)["createdCount"] == 3


def test_look_does_not_read_millions_of_blank_records(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(gzip.compress(b"Code,Name\n" + b"\n" * 3_000_000 + b"A1,Ann\n"))
    layout = detect(tmp_path / "source", ImportOptions())
    assert [column.rows for column in profile_columns(tmp_path / "source", layout)] == [0, 0]
    assert [len(batch.rows) for batch in read_rows(tmp_path / "source", layout)] == [1]


def test_file_with_too_many_columns_is_no_table(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_COLUMNS", "3")
    with pytest.raises(SourceError, match="CLIENT_IMPORT_MAX_COLUMNS"):
        program.plan(CLIENTS)
    monkeypatch.setenv("CLIENT_IMPORT_MAX_COLUMNS", "4")
    assert program.plan(CLIENTS)["createdCount"] == 3


@pytest.mark.parametrize("limit", ["12", "13"])
def test_row_with_a_cell_too_long_is_refused_also_in_a_column_nobody_maps(
    program: Program, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_CELL_BYTES", limit)
    job = program.run(CLIENTS)
    refused = int(limit) < 13
    assert (job["createdCount"], job["errorCount"]) == ((2, 1) if refused else (3, 0))
    if refused:
        [row] = program.not_imported(job["code"])
        assert (row["Code"], row["import_reason"]) == ("B2", "too_long")
        assert "more than 12 bytes" in row["import_message"]


def test_cells_count_in_bytes(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_CELL_BYTES", "10")
    assert program.run("Code,Name,Type\nA1,ééééé,Ltd\nB2,éééééé,Ltd\n".encode())["errorCount"] == 1

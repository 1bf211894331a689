"""Covers how large a file may be: each limit is a setting, with an answer that names it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from client_import.errors import SourceError
from client_import.mapping.profile import profile_columns
from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from client_import.reading.reader import read_rows
from tests.support.limits import limits
from tests.support.program import Program

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


def test_cells_are_limited_and_those_that_short_records_lack_count(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = b"Code,Name,Type,Notes\n" + b"A1,Ann\n" * 10 + b"\n" * 5
    monkeypatch.setenv("CLIENT_IMPORT_MAX_CELLS", "63")
    job = program.run(file)
    assert (job["status"], job["createdCount"]) == ("Failed", 0)
    assert "more than 63 cells" in job["failureReason"]
    assert "4 in each record" in job["failureReason"]
    assert "CLIENT_IMPORT_MAX_CELLS" in job["failureReason"]
    with pytest.raises(SourceError, match="CLIENT_IMPORT_MAX_CELLS"):
        program.plan(file)
    monkeypatch.setenv("CLIENT_IMPORT_MAX_CELLS", "64")
    assert program.run(file)["totalItems"] == 10


def test_short_records_of_a_wide_table_take_little_room_and_come_back_whole(program: Program) -> None:
    labels = [*(b"H%d" % place for place in range(997)), b"Code", b"Name", b"Type"]
    code = program.run(b",".join(labels) + b"\n" + b"x\n" * 3_000)["code"]
    [cells] = program.home.job(code).cells
    assert cells.stat().st_size < 3_000 * 1_000
    assert [row["H0"] for row in program.not_imported(code)] == ["x"] * 3_000


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
    layout = detect_layout(tmp_path / "source", ImportOptions(), limits())
    assert [column.rows for column in profile_columns(tmp_path / "source", layout, limits())] == [0, 0]
    assert [len(batch.rows) for batch in read_rows(tmp_path / "source", layout, limits())] == [1]


def test_file_with_too_many_columns_is_no_table(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_COLUMNS", "3")
    with pytest.raises(SourceError, match="CLIENT_IMPORT_MAX_COLUMNS"):
        program.plan(CLIENTS)
    monkeypatch.setenv("CLIENT_IMPORT_MAX_COLUMNS", "4")
    assert program.plan(CLIENTS)["createdCount"] == 3


def test_rejected_rows_come_back_with_as_many_columns_as_are_allowed(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_COLUMNS", "3")
    code = program.run(b"Code,Name,Type\nA1,Ann,Zorp\nA2,Bob,Ltd,left over\n")["code"]
    assert program.plan(program.rejected_bytes(code))["errorCount"] == 2
    with pytest.raises(SourceError, match="has 4 columns"):
        program.plan(program.rejected_bytes(code).replace(b"Type", b'Type","More'))


@pytest.mark.parametrize("limit", ["12", "13"])
def test_row_with_a_cell_too_long_is_rejected_also_in_a_column_nobody_maps(
    program: Program, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_CELL_BYTES", limit)
    job = program.run(CLIENTS)
    rejected = int(limit) < 13
    assert (job["createdCount"], job["errorCount"]) == ((2, 1) if rejected else (3, 0))
    if rejected:
        [row] = program.not_imported(job["code"])
        assert (row["Code"], row["import_reason"]) == ("B2", "too_long")
        assert "more than 12 bytes" in row["import_message"]


def test_cells_count_in_bytes(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MAX_CELL_BYTES", "10")
    assert program.run("Code,Name,Type\nA1,ééééé,Ltd\nB2,éééééé,Ltd\n".encode())["errorCount"] == 1

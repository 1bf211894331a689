"""Covers how large a file may be: each limit is a setting, with an answer that names it."""

from __future__ import annotations

import pytest

from client_import.errors import SourceError
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

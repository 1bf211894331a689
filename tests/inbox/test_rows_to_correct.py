"""Covers the rows of a dropped workbook that come back as a workbook, and when they come as CSV all the same.

Not here: what such a workbook looks like (test_rejects_workbook.py), and rows that come back as CSV (test_put_away.py).
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest

from client_import.inbox import rows_to_correct
from tests.support.drop_runs import DropHome, import_dropped, look_after
from tests.support.workbooks import table

ROWS = [
    ["Ref", "Who", "Kind", "Since"],
    ["A1", "Ann", "Ltd", "12/31/2024"],
    ["007", "Bee", "Zorp", "03/04/2024"],
    ["A3", "Cy", "Ltd", "31/12/2024"],
]
COLUMNS = {"Ref": "Code", "Who": "Name", "Kind": "Type", "Since": "IncorporationDate"}
OPTIONS = {
    "dayFirst": False,
    "columnMappings": [{"csvHeader": header, "targetField": field} for header, field in COLUMNS.items()],
}
RETURNED = "rejected/clients.not_imported.xlsx"


@pytest.fixture
def drop(tmp_path: Path) -> DropHome:
    return DropHome(tmp_path / "home")


def import_rows(drop: DropHome, *, interrupt: str = "", rows: list[list[str]] = ROWS, **options: object) -> None:
    """Drop a workbook of ``rows``, and import it."""
    drop.put("clients.options.json", json.dumps(OPTIONS | options).encode())
    drop.put("clients.xlsx", table(rows))
    import_dropped(drop.home, "drop", "clients.xlsx", interrupt)


def import_returned(drop: DropHome, name: str, content: bytes) -> tuple[int, int]:
    """Drop ``content`` as ``name``, and import it; returns how many rows were created and rejected."""
    drop.put(name, content)
    import_dropped(drop.home, "drop", name)
    job = drop.jobs()[0]
    assert job["fileName"] == name
    return job["createdCount"], job["errorCount"]


def corrected(content: bytes) -> bytes:
    book, saved = openpyxl.load_workbook(io.BytesIO(content)), io.BytesIO()
    assert '"Zorp" is not in the list' in book.active["C2"].comment.text
    book.active["C2"] = "Trust"
    book.save(saved)
    return saved.getvalue()


def test_rows_of_a_workbook_come_back_as_one_and_are_imported_as_their_file_was(drop: DropHome) -> None:
    import_rows(drop)
    assert drop.names() == {RETURNED, "done/clients.xlsx", "done/clients.options.json"}
    returned = drop.folder / RETURNED
    content = returned.read_bytes()
    returned.unlink()
    assert import_returned(drop, returned.name, content) == (0, 2)
    assert drop.names() >= {RETURNED, f"done/{returned.name}"}
    assert import_returned(drop, "corrected.xlsx", corrected(content)) == (1, 1)
    assert drop.codes() == ["007", "A1"]


def test_all_rows_of_a_workbook_come_back_if_max_errors_stopped_it(drop: DropHome) -> None:
    import_rows(drop, maxErrors=0)
    failed = {"failed/clients.xlsx", "failed/clients.xlsx.txt", "failed/clients.options.json"}
    assert drop.names() == {RETURNED, *failed}
    sheet = openpyxl.load_workbook(drop.folder / RETURNED).active
    assert [cell.value for cell in sheet["A"]] == ["Ref", "A1", "007", "A3"]
    assert RETURNED in (drop.folder / "failed" / "clients.xlsx.txt").read_text("utf-8")


@pytest.mark.parametrize("point", ["rows named", "rows returned"])
def test_a_workbook_comes_back_once_wherever_its_return_is_interrupted(point: str, drop: DropHome) -> None:
    import_rows(drop, interrupt=f"{point}=disk full")
    assert "clients.xlsx" not in {Path(name).name for name in drop.names()}
    look_after(drop.home, "drop")
    assert drop.names() == {RETURNED, "done/clients.xlsx", "done/clients.options.json"}


@pytest.mark.parametrize("what", ["a cell longer than a sheet can hold", "more cells than are written"])
def test_rows_that_are_too_much_for_a_workbook_come_back_as_csv(
    what: str, drop: DropHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "=" + 32_766 * "x" if what.startswith("a cell") else "x"  # with its guard it is too long
    if what.startswith("more"):
        monkeypatch.setattr(rows_to_correct, "MOST_CELLS", 7)
    import_rows(drop, rows=[*ROWS[:3], ["A3", "Cy", long, ""]])
    assert drop.names() == {
        *("done/clients.xlsx", "done/clients.options.json", "rejected/clients.not_imported.csv"),
    }
    assert long in (drop.folder / "rejected" / "clients.not_imported.csv").read_text("utf-8-sig")


def test_csv_comes_back_for_csv_that_has_the_name_of_a_workbook(drop: DropHome) -> None:
    assert import_returned(drop, "clients.xlsx", b"Code,Name,Type\nA1,Acme,Zorp\n") == (0, 1)
    assert drop.names() == {"done/clients.xlsx", "rejected/clients.not_imported.csv"}

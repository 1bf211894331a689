"""Covers workbooks at the doors: the API, the page and the command line take them in, and give them out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.service.page.visits import put_in, text_of
from tests.support.api_server import IMPORTS, ApiServer
from tests.support.workbooks import made, table

ROWS = [["Code", "Name", "Type"], ["A1", "Acme", "Ltd"], ["B2", "Bob", "wrong"]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        yield server


def two_sheets() -> bytes:
    def fill(workbook: object) -> None:
        for name in ("Old", "New"):
            sheet = workbook.add_worksheet(name)  # type: ignore[attr-defined]
            for number, row in enumerate(ROWS):
                sheet.write_row(number, 0, [f"{name[0]}{row[0]}" if number else row[0], *row[1:]])

    return made(fill)


def test_api_takes_a_workbook_and_gives_its_rejected_rows_as_one(server: ApiServer) -> None:
    answer = server.client.post(IMPORTS, files={"file": ("clients.xlsx", two_sheets())}, data={"sheet": "new"})
    assert answer.status_code == 201, answer.text
    seen = answer.json()
    assert (seen["sheet"], seen["sheets"]) == ("New", ["Old", "New"])
    code = seen["code"]
    server.client.put(f"{IMPORTS}/{code}", json={})
    job = server.ended(code)
    assert (job["createdCount"], job["errorCount"]) == (1, 1)
    for name in ("rejected.xlsx", "not-imported.xlsx"):
        link = job["notImportedDownloadUrl"].replace("not-imported.csv", name)
        sheet = openpyxl.load_workbook(io.BytesIO(server.client.get(link).content)).active
        assert sheet is not None
        assert sheet["A2"].value == "NB2"
        assert "not in the list" in sheet["C2"].comment.text
        assert server.client.get(link.replace("signature=", "signature=x")).status_code == 403
        assert server.client.get(f"/jobs/{code}/{name}").status_code == 303
    before = server.client.get(IMPORTS).json()
    wrong = server.client.post(IMPORTS, files={"file": ("clients.xlsx", two_sheets())}, data={"sheet": "Nope"})
    assert (wrong.status_code, "Its sheets are" in wrong.text) == (400, True)
    assert server.client.get(IMPORTS).json() == before
    broken = server.client.post(IMPORTS, files={"file": ("clients.xlsx", two_sheets()[:-300])}).json()
    assert (broken["sheet"], broken["sheets"]) == (None, [])
    assert "cannot be read to its end" in broken["objection"]


def test_page_lists_the_sheets(server: ApiServer) -> None:
    answer = server.client.get(f"/jobs/{put_in(server, two_sheets(), 'clients.xlsx')}")
    assert '<option value="New"' in answer.text
    assert "Old (detected)" in text_of(answer)


def test_command_line_reads_and_writes_workbooks(server: ApiServer, tmp_path: Path) -> None:
    file, rejected, empty = (tmp_path / name for name in ("clients.xlsx", "rejected.xlsx", "empty.xlsx"))
    file.write_bytes(table([ROWS[0], ["Z9", "Zed", "wrong"]]))
    job = server.cli("run", str(file), "--sheet", "Clients", "--json").json
    assert (job["status"], job["errorCount"]) == ("Completed", 1)
    assert server.cli("not-imported", job["code"], "--xlsx", "-o", str(rejected)).status == 0
    again = server.cli("run", str(rejected), "--json").json
    assert (again["totalItems"], again["errorCount"]) == (1, 1)
    assert server.cli("template", "--xlsx", "-o", str(empty)).status == 0
    assert server.cli("run", str(empty), "--json").json["totalItems"] == 0
    answer = server.cli("run", str(file), "--sheet", "Nope")
    assert (answer.status, answer.stdout) == (2, "")
    assert 'no sheet "Nope"' in answer.stderr

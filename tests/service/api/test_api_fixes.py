"""Covers fixing rejected rows through the API: pages, cells, replacements, and the job made of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api_server import IMPORTS, ApiServer, is_problem

DATA = (
    b"Code,Name,Type,NiNumber,Email\n"
    b"A1,Ann,Zorp,secret,nope\n"
    b"B2,Bea,Ltd,,b@example.com\n"
    b"C3,Cy,Zorp,,nope\n"
    b"D4,Dee,Zorp,,d@example.com\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("fixes") / "home", CLIENT_IMPORT_MAX_CELL_BYTES="2000") as server:
        yield server


@pytest.fixture
def code(server: ApiServer) -> str:
    return str(server.run(DATA, matchField="Code", dayFirst=True)["code"])


def fixes(server: ApiServer, code: str, **query: Any) -> dict[str, Any]:
    answer = server.client.get(f"{IMPORTS}/{code}/fixes", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def typed(server: ApiServer, code: str, *cells: tuple[int, str, str | None]) -> httpx.Response:
    content = [{"row": row, "column": column, "text": text} for row, column, text in cells]
    return server.client.put(f"{IMPORTS}/{code}/fixes", json={"cells": content})


def replaced(server: ApiServer, code: str, column: str, old: str, new: str) -> httpx.Response:
    content = {"column": column, "from": old, "to": new}
    return server.client.post(f"{IMPORTS}/{code}/fixes/replacements", json=content)


def imported(server: ApiServer, code: str) -> httpx.Response:
    return server.client.post(f"{IMPORTS}/{code}/fixes/import")


def test_rejected_rows_are_paged_and_filtered(server: ApiServer, code: str) -> None:
    page = fixes(server, code, limit=2)
    assert list(page) == ["columns", "rows", "wanted", "total", "touched", "replacements", "importedAs"]
    assert page["columns"][3] == {"header": "NiNumber", "field": "NiNumber", "isSensitive": True}
    first = page["rows"][0]
    assert (first["row"], first["cells"], first["typed"], first["isBlank"]) == (
        2, ["A1", "Ann", "Zorp", "•••", "nope"], [], False,
    )  # fmt: skip
    assert [(error["column"], error["reason"]) for error in first["errors"]] == [
        ("Type", "not_in_list"),
        ("NiNumber", "bad_format"),
        ("Email", "bad_format"),
    ]
    assert (page["wanted"], page["total"], page["touched"], page["importedAs"]) == (3, 3, 0, None)
    answer = server.client.get(f"{IMPORTS}/{code}/fixes", params={"limit": 2})
    rest = server.client.get(answer.links["next"]["url"])
    assert [row["row"] for row in rest.json()["rows"]] == [5]
    assert not rest.links
    assert [row["row"] for row in fixes(server, code, column="Email", reason="bad_format")["rows"]] == [2, 4]
    assert fixes(server, code, reveal=True)["rows"][0]["cells"][3] == "secret"


def test_cells_are_kept_and_judged(server: ApiServer, code: str) -> None:
    answer = typed(server, code, (2, "Type", "Ltd"), (2, "NiNumber", ""), (4, "Email", "cy@example.com"))
    assert answer.status_code == 200, answer.text
    assert [(row["row"], [error["column"] for error in row["errors"]]) for row in answer.json()["rows"]] == [
        (2, ["Email"]),
        (4, ["Type"]),
    ]
    assert [row["row"] for row in fixes(server, code, typed=True)["rows"]] == [2, 4]
    server.stop()
    server.start()
    assert fixes(server, code)["rows"][1]["cells"][4] == "cy@example.com"
    assert typed(server, code, (4, "Email", None)).json()["rows"][0]["cells"][4] == "nope"


def test_a_value_is_replaced_in_a_whole_column_and_put_back(server: ApiServer, code: str) -> None:
    answer = replaced(server, code, "Type", "Zorp", "Ltd")
    assert (answer.status_code, answer.json()["rows"]) == (201, 3)
    page = fixes(server, code)
    assert page["replacements"] == [answer.json()]
    assert {row["cells"][2] for row in page["rows"]} == {"Ltd"}
    address = f"{IMPORTS}/{code}/fixes/replacements/{answer.json()['step']}"
    assert [server.client.delete(address).status_code for _ in range(2)] == [204, 204]
    assert {row["cells"][2] for row in fixes(server, code)["rows"]} == {"Zorp"}
    replaced(server, code, "NiNumber", "secret", "hidden")
    assert fixes(server, code)["replacements"][0]["from"] == "•••"


def test_fixed_rows_are_imported_with_the_choices_of_the_first_import(server: ApiServer, tmp_path: Path) -> None:
    data = b"Ref,Who,Kind,Born\nX1,Ann,Zorp,03/04/1990\nX2,Bob,Zorp,04/05/1990\n"
    mapping = [("Ref", "Code"), ("Who", "Name"), ("Kind", "Type"), ("Born", "ContactDateOfBirth")]
    columns = [{"csvHeader": header, "targetField": field} for header, field in mapping]
    first = server.run(data, columnMappings=columns, dayFirst=False, defaultClientType="Individual")["code"]
    typed(server, first, (2, "Kind", ""))
    answer = imported(server, first)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{IMPORTS}/{answer.json()['code']}"
    job = server.ended(answer.json()["code"])
    assert (job["fileName"], job["createdCount"], job["errorCount"]) == ("Fixed rows of clients.csv", 1, 1)
    born = server.client.get("/clients/X1", params={"reveal": True}).json()["fields"]
    assert "1990-03-04" in str(born)
    assert [row["cells"][0] for row in fixes(server, job["code"])["rows"]] == ["X2"]
    assert imported(server, first).json()["code"] == job["code"]
    assert fixes(server, first)["importedAs"] == job["code"]
    is_problem(typed(server, first, (2, "Kind", "Ltd")), 409, f"were imported as job {job['code']}")
    typed(server, job["code"], (3, "Kind", "Ltd"))
    again = server.ended(imported(server, job["code"]).json()["code"])
    assert (again["fileName"], again["createdCount"], again["errorCount"]) == ("Fixed rows of clients.csv", 1, 0)


def test_calls_at_the_same_moment_import_once(server: ApiServer, code: str) -> None:
    replaced(server, code, "Type", "Zorp", "Ltd")
    before = len(server.codes())
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: imported(server, code), range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["code"] for answer in answers}) == 1
    assert len(server.codes()) == before + 1
    server.ended(answers[0].json()["code"])


def test_rows_can_be_imported_again_if_their_job_was_cancelled_or_undone(server: ApiServer) -> None:
    of_its_own = DATA.replace(b"D4", b"U4")  # which is created, and so can be undone
    code = str(server.run(of_its_own, matchField="Code", dayFirst=True)["code"])
    with server.cli.locked():
        first = imported(server, code).json()["code"]
        server.client.post(f"{IMPORTS}/{first}/cancel")
        assert server.ended(first)["status"] == "Cancelled"
    assert typed(server, code, (5, "Type", "Ltd")).status_code == 200
    second = imported(server, code).json()["code"]
    assert second != first
    server.ended(second)
    assert fixes(server, code)["importedAs"] == second
    assert server.client.post(f"{IMPORTS}/{second}/undo").status_code in (201, 202)
    assert fixes(server, code)["importedAs"] is None
    assert typed(server, code, (2, "Type", "Charity")).status_code == 200
    third = server.ended(imported(server, code).json()["code"])
    assert third["code"] not in (first, second)


def test_all_rows_of_a_stopped_import_are_imported(server: ApiServer) -> None:
    stopped = server.run(DATA.replace(b"A1", b"S1").replace(b"B2", b"S2"), maxErrors="1")
    assert stopped["status"] == "Failed"
    code = stopped["code"]
    assert fixes(server, code)["total"] == 3
    typed(server, code, (2, "Type", "Ltd"), (2, "NiNumber", ""), (2, "Email", ""))
    job = server.ended(imported(server, code).json()["code"])
    assert (job["createdCount"], job["errorCount"]) == (2, 2)


def test_what_does_not_fit_is_told(server: ApiServer, code: str) -> None:
    is_problem(typed(server, code, (3, "Type", "Ltd")), 400, "Row 3 is not one of the rejected rows")
    is_problem(typed(server, code, (2, "Zip", "Ltd")), 400, "no column Zip")
    is_problem(typed(server, code, (2, "Name", "x" * 2001)), 400, "more than 2,000 bytes")
    is_problem(typed(server, code), 400, "cells")
    is_problem(replaced(server, code, "Type", "Zurp", "Ltd"), 400, 'says "Zurp" now')
    is_problem(server.client.get(f"{IMPORTS}/{code}/fixes", params={"column": "Zip"}), 400, "no column Zip")
    is_problem(server.client.delete(f"{IMPORTS}/{code}/fixes/replacements/{1 << 70}"), 400, "step")
    assert fixes(server, code)["touched"] == 0


def test_jobs_without_rejected_rows_have_nothing_to_fix(server: ApiServer) -> None:
    clean = server.run(b"Code,Name,Type\nE5,Eve,Ltd\n")["code"]
    waiting = server.uploaded(DATA)
    for code, words in ((clean, "no row"), (waiting, "still Queued"), ("k3v9q2m7xt", "There is no job")):
        for answer in (
            server.client.get(f"{IMPORTS}/{code}/fixes"),
            typed(server, code, (2, "Type", "Ltd")),
            replaced(server, code, "Type", "Zorp", "Ltd"),
            server.client.delete(f"{IMPORTS}/{code}/fixes/replacements/1"),
            imported(server, code),
        ):
            is_problem(answer, 404, words)
    undo = server.ended(server.client.post(f"{IMPORTS}/{clean}/undo").json()["code"])["code"]
    is_problem(server.client.get(f"{IMPORTS}/{undo}/fixes"), 404, "an undo")


def test_files_that_are_gone_are_told(server: ApiServer, code: str) -> None:
    fixes(server, code)
    shutil.rmtree(server.home / "jobs" / code)
    is_problem(server.client.get(f"{IMPORTS}/{code}/fixes"), 404, "no file")


def test_another_website_cannot_type_or_import(server: ApiServer, code: str) -> None:
    elsewhere = {"Origin": "http://elsewhere.example"}
    content = {"cells": [{"row": 2, "column": "Type", "text": "Ltd"}]}
    is_problem(server.client.put(f"{IMPORTS}/{code}/fixes", json=content, headers=elsewhere), 403, "another website")
    is_problem(server.client.post(f"{IMPORTS}/{code}/fixes/import", headers=elsewhere), 403, "another website")
    page = fixes(server, code)
    assert (page["touched"], page["importedAs"]) == (0, None)

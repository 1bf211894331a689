"""Covers the page's undo, changes, clients and filtered history, without a browser.

Not here: what an undo does to the clients (tests/undo), and what the history says (tests/history).
"""

from __future__ import annotations

import duckdb
import pytest

from tests.service.page.visits import HTMX, imported, put_in, text_of
from tests.support.api_server import ApiServer

FIRST = b"Code,Name,Type,Email,NiNumber\nA1,Ann Archer,Individual,ann@example.com,AB123456C\nB/2,Bob,Individual,,\n"
SECOND = b"Code,Name,Type,Email\nA1,Anna Archer,Individual,anna@example.com\nC3,Cid,Individual,\n"


@pytest.fixture(scope="module")
def codes(server: ApiServer) -> tuple[str, str]:
    """The codes of two imports, of which the second updates a client of the first."""
    return imported(server, FIRST), imported(server, SECOND)


def undo(server: ApiServer, code: str) -> str:
    """Undo the job by the page; return the code of the undo, which has ended."""
    answer = server.client.post(f"/jobs/{code}/undo")
    assert answer.status_code == 303, answer.text
    undone_by = answer.headers["location"].rpartition("/")[2]
    assert server.ended(undone_by)["status"] == "Completed"
    return str(undone_by)


def test_changes_are_listed_filtered_and_paged(server: ApiServer, codes: tuple[str, str]) -> None:
    address = f"/jobs/{codes[1]}/changes"
    everything = text_of(server.client.get(address, headers=HTMX))
    assert "Changes 1 to 3 of 3, by client" in everything
    assert "A1 Name Ann Archer Anna Archer" in everything
    assert "C3 Created" in everything
    one = text_of(server.client.get(address, params={"field": "Email", "client": "a"}))
    assert "Changes 1 to 1 of 1" in one
    assert "A1 Email ann@example.com anna@example.com" in one
    assert "There are no such changes" in text_of(server.client.get(address, params={"kind": "removed"}))
    assert "of 3" in text_of(server.client.get(address, params={"kind": "x", "field": "y"}))
    assert "There are no more changes" in text_of(server.client.get(address, params={"after": 50}))
    many = imported(server, b"Code,Name,Type\n" + b"".join(b"M%d,Many,Individual\n" % n for n in range(60)))
    page = server.client.get(f"/jobs/{many}/changes", params={"kind": "created"})
    assert "after=50&amp;kind=created" in page.text
    assert "51 to 60 of 60" in text_of(server.client.get(f"/jobs/{many}/changes", params={"after": 50}))


def test_an_undo_is_shown_first_and_then_done_and_undone(server: ApiServer, codes: tuple[str, str]) -> None:
    first, second = codes
    assert "Undo this import" in text_of(server.client.get(f"/jobs/{second}"))
    shown = text_of(server.client.get(f"/jobs/{first}/undo"))
    assert "1 client would be removed, 0 put back, 1 was changed since and stays." in shown
    assert "A1 The whole client It was changed since" in shown
    assert server.job(first)["status"] == "Completed"

    code = undo(server, first)
    words = text_of(server.client.get(f"/jobs/{code}"))
    assert "Undone: 1 removed; 1 left alone" in words
    assert "Undo this undo" in words
    assert "It took back clients.csv" in words
    link = server.client.get(f"/jobs/{code}/not-imported.csv").headers["location"]
    assert "changed_since" in server.client.get(link).text
    undone = server.client.get(f"/jobs/{first}")
    assert "This import was undone" in text_of(undone)
    assert f'href="/jobs/{code}"' in undone.text
    assert "Undo this import" not in text_of(undone)
    assert server.client.post(f"/jobs/{first}/undo").headers["location"] == f"/jobs/{first}/undo"
    assert "is undone already" in text_of(server.client.get(f"/jobs/{first}/undo"))
    listed = text_of(server.client.get("/jobs?name=CLIENTS"))
    assert "Undo of clients.csv Done" in listed
    assert "1 removed, 0 put back, 0 brought back, 1 left alone" in listed
    assert "Imported Undone" in listed

    again = undo(server, code)
    assert "Undone: 1 brought back" in text_of(server.client.get(f"/jobs/{again}"))
    assert "This undo was undone" in text_of(server.client.get(f"/jobs/{code}"))
    assert "Undo of the undo of clients.csv" in text_of(server.client.get("/jobs"))
    assert "Undo this import" in text_of(server.client.get(f"/jobs/{first}"))


def test_what_cannot_be_undone_is_told(server: ApiServer) -> None:
    code = put_in(server, SECOND)
    assert "is Queued and has changed nothing" in text_of(server.client.get(f"/jobs/{code}/undo"))
    assert server.client.get("/jobs/nothing/undo").status_code == 404
    server.client.post(f"/jobs/{code}/cancel")
    assert server.client.post(f"/jobs/{code}/undo").headers["location"] == f"/jobs/{code}/undo"
    assert "Undo this" not in text_of(server.client.get(f"/jobs/{code}"))
    foreign = {"Origin": "https://evil.example"}
    assert server.client.post(f"/jobs/{code}/undo", headers=foreign).status_code == 403


@pytest.mark.parametrize("search", ["archer", "a1", "ANNA@", "AB123456C"])
def test_clients_are_found_by_what_one_knows(server: ApiServer, codes: tuple[str, str], search: str) -> None:
    answer = server.client.get("/client-list", params={"search": search})
    assert 'href="/client?code=A1"' in answer.text
    assert "AB123456C" not in answer.text.replace('value="AB123456C"', "")
    assert "C3" not in text_of(answer)


def test_the_list_of_clients_is_paged(server: ApiServer, codes: tuple[str, str]) -> None:
    imported(server, b"Code,Name,Type\n" + b"".join(b"Z%02d,Zed & Sons,Individual\n" % n for n in range(30)))
    page = server.client.get("/client-list", params={"search": "zed & sons"})
    assert "after=25&amp;search=zed%20%26%20sons" in page.text
    second = text_of(server.client.get("/client-list", params={"search": "zed & sons", "after": 25}))
    assert "Z29" in second
    assert "Z24" not in second
    assert "Next clients" not in second
    assert "No client has “nobody at all”" in text_of(server.client.get("/client-list?search=nobody+at+all"))


def test_a_client_is_shown_with_its_history_and_masks(server: ApiServer, codes: tuple[str, str]) -> None:
    answer = server.client.get("/client", params={"code": "a1"})
    words = text_of(answer)
    assert "Anna Archer" in words
    assert "NI number •••" in words
    assert "AB123456C" not in answer.text
    assert "Created by clients.csv" in words
    assert "Name Ann Archer Anna Archer" in words
    assert f'href="/jobs/{codes[1]}"' in answer.text
    assert "Bob" in text_of(server.client.get("/client", params={"code": "B/2"}))
    for code in ("nobody", "", "\0", "x" * 2_000):
        answer = server.client.get("/client", params={"code": code})
        assert answer.status_code == 404
        assert "There is no such client" in text_of(answer)


def test_a_removed_client_keeps_its_history(server: ApiServer) -> None:
    undo(server, imported(server, b"Code,Name,Type\nR1,Rob,Individual\n"))
    words = text_of(server.client.get("/client", params={"code": "R1"}))
    assert "There is no client with this code now" in words
    assert "Removed by Undo of clients.csv" in words


def test_another_program_is_told_of(server: ApiServer) -> None:
    imported(server, b"Code,Name,Type\nP1,Pat,Individual\n")
    imported(server, b"Code,Name\nP1,Patrick\n")
    with duckdb.connect(server.home / "clients.duckdb") as connection:
        connection.execute("UPDATE clients SET name = 'Pete' WHERE code = 'P1'")
    words = text_of(server.client.get("/client", params={"code": "P1"}))
    assert "Another program has changed it since" in words
    assert "Changed by another program" in words
    assert "Name Patrick Pete" in words


def test_the_history_is_filtered_by_name_and_origin(server: ApiServer) -> None:
    put_in(server, SECOND, "Practice list.csv")
    server.uploaded(SECOND)
    assert "Practice list.csv" in text_of(server.client.get("/jobs", params={"name": "practice", "unstarted": "yes"}))
    by_page = text_of(server.client.get("/jobs", params={"name": "practice", "origin": "page", "status": "Queued"}))
    assert "Practice list.csv" in by_page
    assert "This page" in by_page
    assert "A program (API)" in by_page
    assert "no such imports" in text_of(server.client.get("/jobs", params={"name": "practice", "origin": "api"}))
    assert "no such imports" in text_of(server.client.get("/jobs", params={"origin": "nobody"}))


def test_a_client_found_by_its_code_promises_no_others(server: ApiServer) -> None:
    imported(server, b"Code,Name,Type\nQ/77,Quin,Individual\n")
    first = server.client.get("/client-list", params={"search": "q/77"})
    assert "Quin" in text_of(first)
    assert "Next clients" not in text_of(first)
    assert "Look for other clients with “q/77”" in text_of(first)
    others = text_of(server.client.get("/client-list", params={"search": "q/77", "after": 1}))
    assert "No client more has “q/77”" in others

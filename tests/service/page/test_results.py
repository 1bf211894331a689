"""Covers steps 3 and 4 of the page, without a browser: progress, cancel, result, errors, sending again, history."""

from __future__ import annotations

import pytest

from tests.service.page.visits import EXAMPLE, HTMX, form_of, imported, put_in, text_of
from tests.support.api_server import ApiServer

WRONG = b"Code,Name,Type,Email\nW1,Will,Individual,nobody\nW2,Wyn,Individual,wyn@example.com\n"


@pytest.fixture(scope="module")
def example(server: ApiServer) -> str:
    """The code of the import of the example."""
    return imported(server, EXAMPLE.read_bytes())


def test_the_result_says_what_happened_in_words(server: ApiServer, example: str) -> None:
    answer = server.client.get(f"/jobs/{example}")
    words = text_of(answer)
    assert "921 clients created; 73 rows need your attention" in words
    assert 'aria-label="Of 1,000 rows: 921 created, 6 skipped, 73 rejected."' in answer.text
    assert "Email Address : not an email address" in words
    assert "Fix and send again" in words
    assert "http://127.0.0.1:3000/runs/" in answer.text


def test_an_import_without_rejected_rows_is_not_said_to_be_unknown(server: ApiServer) -> None:
    code = imported(server, b"Code,Name,Type\nNR1,Nora,Individual\n")
    for address in ("fixes", "rejected.csv", "rejected.xlsx", "not-imported.csv"):
        answer = server.client.get(f"/jobs/{code}/{address}")
        words = text_of(answer)
        assert answer.status_code == 404
        assert "This import has no such rows" in words
        assert f"Job {code} left no row behind" in words
        assert "There is no such import" not in words
    assert "There is no such import" in text_of(server.client.get("/jobs/nothing/fixes"))


def test_the_errors_come_page_by_page(server: ApiServer, example: str) -> None:
    first = text_of(server.client.get(f"/jobs/{example}/errors", headers=HTMX))
    assert "Errors 1 to 50" in first
    assert "Later errors" in first
    second = server.client.get(f"/jobs/{example}/errors", params={"after": 50})
    assert "Errors 51 to" in text_of(second)
    assert "Earlier errors" in text_of(second)
    assert second.text.startswith("<!doctype")
    assert "no more errors" in text_of(server.client.get(f"/jobs/{example}/errors", params={"after": 5_000}))


def test_the_rows_not_imported_are_downloaded_by_a_signed_link(server: ApiServer, example: str) -> None:
    answer = server.client.get(f"/jobs/{example}/not-imported.csv")
    assert answer.status_code == 303
    assert "signature=" in answer.headers["location"]
    file = server.client.get(answer.headers["location"])
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.count("\r\n") > 70


def test_corrected_rows_are_sent_again_with_the_same_choices(server: ApiServer) -> None:
    code = imported(server, WRONG, **{"field.3": "ContactEmail"}, import_mode="CreateOnly")
    link = server.client.get(f"/jobs/{code}/rejected.csv").headers["location"]
    rows = server.client.get(link).content.replace(b"nobody", b"will@example.com")
    again = put_in(server, rows, "not_imported.csv", like=code)
    form = form_of(server.client.get(f"/jobs/{again}"))
    assert (form["import_mode"], form["mapping"], form["field.3"]) == ("CreateOnly", "own", "ContactEmail")
    server.client.post(f"/jobs/{again}/start", data=form)
    assert server.ended(again)["createdCount"] == 1
    assert "1 client created" in text_of(server.client.get(f"/jobs/{again}"))


def test_another_file_in_place_of_the_corrected_rows_is_mapped_anew(server: ApiServer) -> None:
    code = imported(server, WRONG, **{"field.3": "ContactEmail"})
    again = put_in(server, b"Ref,Client\nO1,Oz\n", "other.csv", like=code)
    assert form_of(server.client.get(f"/jobs/{again}"))["mapping"] == ""


def test_a_waiting_import_can_be_thrown_away(server: ApiServer) -> None:
    code = put_in(server, WRONG)
    assert server.client.post(f"/jobs/{code}/cancel").headers["location"] == f"/jobs/{code}"
    words = text_of(server.client.get(f"/jobs/{code}"))
    assert "Cancelled: nothing was imported" in words
    assert "Your clients are as they were before" in words
    assert "Try again" in words
    assert server.client.post(f"/jobs/{code}/cancel").status_code == 303


def test_an_import_over_its_limit_says_so_and_gives_the_rows_back(server: ApiServer) -> None:
    code = imported(server, WRONG.replace(b"W", b"V"), max_errors="0")
    words = text_of(server.client.get(f"/jobs/{code}"))
    assert "The import stopped: nothing was changed" in words
    assert "more than the limit of 0" in words
    assert "Email" in words
    assert "Download not_imported.csv" in words


def test_progress_is_a_part_that_ends_with_a_new_page(server: ApiServer, example: str) -> None:
    answer = server.client.get(f"/jobs/{example}/progress", headers=HTMX)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"/jobs/{example}")


def test_the_history_is_paged_and_filtered(server: ApiServer, example: str) -> None:
    for _ in range(26):
        server.client.post(f"/jobs/{put_in(server, WRONG)}/cancel")
    first = server.client.get("/jobs?unstarted=yes")
    assert first.text.count('class="badge') == 25
    older = first.text.split('href="/jobs?before=')[1].split("&")[0]
    second = text_of(server.client.get(f"/jobs?before={older}&unstarted=yes"))
    assert "Newest" in second
    assert "921" in second
    failed = text_of(server.client.get("/jobs?status=Failed"))
    assert "Cancelled" not in failed.partition("Imports, newest first")[2]
    assert server.client.get("/jobs?status=Nonsense").status_code == 200
    assert server.client.get("/jobs?before=nonsense").status_code == 404


def test_a_file_without_rows_is_told_as_such(server: ApiServer) -> None:
    code = imported(server, b"Code,Name,Type\n")
    page = server.client.get(f"/jobs/{code}")
    assert "There was nothing to import" in text_of(page)
    assert '<span class="badge empty">Empty file</span>' in page.text
    assert '<p class="note warning">The file has no data rows' in page.text
    assert '<span class="badge empty">Empty file</span>' in server.client.get("/jobs").text

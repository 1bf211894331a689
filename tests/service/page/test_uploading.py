"""Covers step 1 of the page, without a browser: wrong files, files that nobody starts, the same file once more."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.service.page.visits import TWO, form_of, imported, put_in, text_of
from tests.support.api_server import ApiServer

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


def listed(server: ApiServer, query: str = "") -> set[str]:
    """The codes of the jobs that a page of the history has."""
    return set(re.findall(r'<a href="/jobs/(\w+)"', server.client.get(f"/jobs{query}").text))


def test_a_file_that_cannot_be_read_offers_to_choose_another(server: ApiServer) -> None:
    wrong, right = put_in(server, PICTURE, "clients.png"), put_in(server, TWO)
    answer = server.client.get(f"/jobs/{wrong}")
    assert "looks like a picture" in text_of(answer)
    assert 'class="drop"' in answer.text
    assert 'class="drop"' not in server.client.get(f"/jobs/{right}").text


def test_files_that_nobody_starts_do_not_fill_the_history(server: ApiServer) -> None:
    waiting, thrown_away, done = put_in(server, TWO), put_in(server, TWO), imported(server, TWO.replace(b"A1", b"H1"))
    server.client.post(f"/jobs/{thrown_away}/cancel")
    assert {done} <= listed(server)
    assert {waiting, thrown_away}.isdisjoint(listed(server))
    assert {waiting, thrown_away, done} <= listed(server, "?unstarted=yes")
    assert waiting in listed(server, "?status=Queued")
    assert {waiting, thrown_away, done} <= set(server.codes())
    start = server.client.get("/")
    assert f'<a href="/jobs/{done}"' in start.text
    assert f'<a href="/jobs/{waiting}"' not in start.text
    assert re.search(r"\d uploaded files? waits? to be checked and started", text_of(start))


def test_a_cancelled_import_is_tried_again_with_the_kept_file(server: ApiServer) -> None:
    code = put_in(server, b"Code,Name,Type,Handler\nK1,Kit,Widow,Zoe\n", "kept.csv")
    form = form_of(server.client.get(f"/jobs/{code}"))
    chosen = form | {"field.3": "Partner", "member.0": "Individual", "import_mode": "CreateOnly"}
    server.client.post(f"/jobs/{code}/set-up", data=chosen)
    server.client.post(f"/jobs/{code}/cancel")
    assert "Try again with kept.csv" in text_of(server.client.get(f"/jobs/{code}"))
    answer = server.client.post(f"/jobs/{code}/again")
    again = answer.headers["location"].rpartition("/")[2]
    assert (answer.status_code, again != code) == (303, True)
    shown = server.client.get(f"/jobs/{again}")
    form = form_of(shown)
    assert "Check kept.csv" in text_of(shown)
    assert (form["field.3"], form["member.0"], form["import_mode"]) == ("Partner", "Individual", "CreateOnly")
    server.client.post(f"/jobs/{again}/start", data=form)
    assert server.ended(again)["createdCount"] == 1


def test_what_has_no_file_to_be_tried_again_says_so(server: ApiServer) -> None:
    waiting, gone = put_in(server, TWO), put_in(server, TWO)
    answer = server.client.post(f"/jobs/{waiting}/again")
    assert (answer.status_code, "has not ended" in text_of(answer)) == (409, True)
    server.client.post(f"/jobs/{gone}/cancel")
    shutil.rmtree(Path(server.home) / "jobs" / gone)
    assert "Try again with" not in text_of(server.client.get(f"/jobs/{gone}"))
    for code in (gone, "nothing"):
        assert server.client.post(f"/jobs/{code}/again").status_code == 404


def test_many_columns_have_a_search_and_a_frame_of_their_own(server: ApiServer) -> None:
    for count, is_searched, is_framed in ((15, False, False), (40, True, False), (500, True, True)):
        headers = ["Code", "Name", "Type", *(f"Extra {number}" for number in range(count - 3))]
        answer = server.client.get(f"/jobs/{put_in(server, (','.join(headers) + chr(10)).encode())}")
        assert ('id="find-column"' in answer.text, 'class="scroll tall"' in answer.text) == (is_searched, is_framed)

"""Covers step 2 of the page, without a browser: words of a list that are not known, columns that say the opposite."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from tests.service.page.visits import HTMX, form_of, put_in, text_of
from tests.support.api_server import ApiServer

WIDOWS = b"Code,Name,Type\n%bA1,Ann,Widow\n%bB2,Bob,Ltd\n%bC3,Cy,widow\n"


def widows(prefix: bytes) -> bytes:
    return WIDOWS.replace(b"%b", prefix)


def changed(server: ApiServer, code: str, **changes: str) -> httpx.Response:
    """The page with the form changed, kept as it is then."""
    form = form_of(server.client.get(f"/jobs/{code}")) | changes
    answer = server.client.post(f"/jobs/{code}/set-up", data=form, headers=HTMX)
    assert answer.status_code == 200
    return answer


def clicked(server: ApiServer, code: str, column: str) -> httpx.Response:
    """The page after the button "Use it" of a column."""
    page = server.client.get(f"/jobs/{code}").text
    [value] = re.findall(rf'name="use" value="([^"]*)"[^>]*>Use it<span class="unseen"> for {column}<', page)
    return changed(server, code, use=unescape(value))


def started(server: ApiServer, code: str) -> dict[str, Any]:
    form = form_of(server.client.get(f"/jobs/{code}"))
    server.client.post(f"/jobs/{code}/start", data=form)
    return server.ended(code)


def stored(server: ApiServer, column: str, *codes: str) -> list[str]:
    lines = server.client.get("/clients/export.csv").content.decode("utf-8-sig").splitlines()
    at = lines[0].split(",").index(column)
    rows = {line.split(",")[1].strip('"'): line.split(",")[at].strip('"') for line in lines[1:]}
    return [rows[code] for code in codes]


def test_a_word_in_no_list_is_offered_to_be_chosen_for(server: ApiServer) -> None:
    code = put_in(server, widows(b"w"))
    words = text_of(server.client.get(f"/jobs/{code}"))
    assert "choose what each one means" in words
    assert "Type Widow nothing: as it is" in words
    changed(server, code, **{"member.0": "Individual", "member.1": "Individual"})
    form = form_of(server.client.get(f"/jobs/{code}"))
    assert (json.loads(form["word.0"]), form["member.0"]) == (["Type", "Widow"], "Individual")
    assert "mapping_shown" in form
    assert form["mapping_shown"] == ""  # the columns go where they are suggested to go
    job = started(server, code)
    assert (job["createdCount"], job["errorCount"]) == (3, 0)
    assert stored(server, "Type", "wA1", "wB2") == ["Individual", "PrivateLimitedCompany"]


def test_words_far_down_in_the_file_are_offered_with_the_plan_and_counted(server: ApiServer) -> None:
    rows = "".join(f"f{number},Ann {number},Ltd\n" for number in range(2_000))
    code = put_in(server, f"Code,Name,Type\n{rows}fA,Ann,Widow\nfB,Bob,Club\nfC,Cy,widow\n".encode())
    assert "Widow" not in text_of(server.client.get(f"/jobs/{code}"))
    part = server.client.get(f"/jobs/{code}/plan", headers=HTMX)
    assert '<div id="words" hx-swap-oob="true">' in part.text
    assert "Type Widow 2 cells nothing: as it is" in text_of(part)
    assert "Type Club 1 cell nothing: as it is" in text_of(part)
    form = form_of(server.client.get(f"/jobs/{code}/plan"))
    place = next(name for name in form if name.startswith("word.") and "Widow" in form[name]).removeprefix("word.")
    server.client.post(f"/jobs/{code}/set-up", data=form | {f"member.{place}": "Individual"})
    words = text_of(server.client.get(f"/jobs/{code}/plan"))
    assert "Import: create 2,002, update 0" in words
    assert "Type Club 1 cell nothing: as it is" in words
    assert "2 cells" not in words


def test_too_many_words_are_counted_together(server: ApiServer) -> None:
    rows = "".join(f"g{number},Ann {number},Kind {number}\n" for number in range(50))
    code = put_in(server, f"Code,Name,Type\n{rows}".encode())
    words = text_of(server.client.get(f"/jobs/{code}/plan"))
    assert "Type: 30 cells more have words that are not listed here" in words


def test_a_choice_can_be_changed_and_taken_back(server: ApiServer) -> None:
    code = put_in(server, widows(b"x"))
    changed(server, code, **{"member.0": "Individual"})
    changed(server, code, **{"member.0": "Charity"})
    assert form_of(server.client.get(f"/jobs/{code}"))["member.0"] == "Charity"
    changed(server, code, **{"member.0": ""})
    assert form_of(server.client.get(f"/jobs/{code}"))["member.0"] == ""


def test_words_are_saved_with_the_mapping_and_used_with_it(server: ApiServer) -> None:
    code = put_in(server, widows(b"y"))
    changed(server, code, **{"member.0": "Individual"})
    answer = server.client.post(f"/jobs/{code}/mapping", data={"name": "With widows"}, headers=HTMX)
    assert "is saved" in text_of(answer)
    saved = server.client.get("/csv-mappings/with-widows").json()
    assert saved["valueMappings"] == [{"targetField": "Type", "from": "Widow", "to": "Individual"}]
    again = put_in(server, widows(b"z"))
    form = form_of(changed(server, again, mapping="with-widows"))
    assert (form["mapping_shown"], form["member.0"], form["saved.0"]) == ("with-widows", "Individual", "Individual")
    changed(server, again, **{"member.0": "Charity"})
    assert form_of(server.client.get(f"/jobs/{again}"))["mapping_shown"] == "with-widows"
    assert started(server, again)["errorCount"] == 0
    assert stored(server, "Type", "zA1") == ["Charity"]


def test_another_mapping_brings_its_own_words(server: ApiServer) -> None:
    columns = [{"csvHeader": name, "targetField": name} for name in ("Code", "Name", "Type")]
    for name, member in (("First words", "Individual"), ("Second words", "Charity")):
        values = {"Type": {"Widow": member}}
        server.client.post("/csv-mappings", json={"name": name, "columnMappings": columns, "valueMappings": values})
    code = put_in(server, widows(b"v"))
    changed(server, code, mapping="first-words")
    assert form_of(changed(server, code, mapping="second-words"))["member.0"] == "Charity"
    assert form_of(changed(server, code, mapping=""))["member.0"] == ""


@pytest.mark.parametrize(
    ("column", "words", "field", "expected"),
    [
        ("Do not email", "Perhaps Can contact email, reversed", "CanContactEmail", ["No", "Yes"]),
        ("Archived", "Perhaps Status: yes = Inactive, no = Active", "Status", ["Inactive", "Active"]),
        ("Active", "Perhaps Status: yes = Active, no = Inactive", "Status", ["Active", "Inactive"]),
    ],
)
def test_the_opposite_is_used_with_one_click(
    server: ApiServer, column: str, words: str, field: str, expected: list[str]
) -> None:
    prefix = column.replace(" ", "")[:3].lower()
    data = f"Code,Name,Type,{column}\n{prefix}1,Ann,Ltd,Yes\n{prefix}2,Bob,Ltd,0\n".encode()
    code = put_in(server, data)
    page = text_of(server.client.get(f"/jobs/{code}"))
    assert words in page
    assert "not used unless you choose it" in page
    assert "are not imported: " + column in page
    assert "4 of 4 columns imported" in text_of(clicked(server, code, column))
    assert started(server, code)["errorCount"] == 0
    assert stored(server, field, f"{prefix}1", f"{prefix}2") == expected


def test_words_do_not_stay_for_another_column(server: ApiServer) -> None:
    data = b"Code,Name,Type,Do not email,Newsletter ok\nn1,Ann,Ltd,Yes,Yes\n"
    code = put_in(server, data)
    clicked(server, code, "Do not email")
    changed(server, code, **{"field.3": "", "field.4": "CanContactEmail"})
    started(server, code)
    assert stored(server, "CanContactEmail", "n1") == ["Yes"]


def test_choices_are_offered_again_with_the_rows_that_come_back(server: ApiServer) -> None:
    code = put_in(server, b"Code,Name,Type\nr1,Ann,Widow\nr2,,Widow\n")
    changed(server, code, **{"member.0": "Individual"})
    assert started(server, code)["errorCount"] == 1
    rejected = server.client.get(f"/jobs/{code}/rejected.csv", follow_redirects=True).content
    again = put_in(server, rejected.replace(b'"r2",""', b'"r2","Bob"'), like=code)
    assert form_of(server.client.get(f"/jobs/{again}"))["member.0"] == "Individual"
    assert started(server, again)["createdCount"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "0:Type:["},
        {"use": '0:Type:["a", 1]'},
        {"use": '0:Name:["Yes", "No"]'},
        {"word.0": "{", "member.0": "Individual"},
        {"word.0": '["Shoe", "Widow"]', "member.0": "Individual"},
        {"word.0": '["Type"]', "member.0": "Individual"},
        {"member.0": "Shoe"},
    ],
)
def test_a_form_that_says_something_impossible_changes_nothing(server: ApiServer, changes: dict[str, str]) -> None:
    code = put_in(server, widows(b"u"))
    assert "Nothing was changed" in text_of(changed(server, code, **changes))

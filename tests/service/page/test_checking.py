"""Covers step 2 of the page, without a browser: what was detected, the mapping, the plan, and the start.

How it looks, and what happens in a browser, is in test_browser.py.
"""

from __future__ import annotations

import json

import pytest

from tests.service.page.visits import EXAMPLE, HTMX, TWO, form_of, imported, put_in, text_of
from tests.support.api_server import ApiServer


def shown(server: ApiServer, code: str, **changes: str) -> str:
    """The words of the part that answers the changed form."""
    form = form_of(server.client.get(f"/jobs/{code}")) | changes
    answer = server.client.post(f"/jobs/{code}/set-up", data=form, headers=HTMX)
    assert answer.status_code == 200
    assert not answer.text.lstrip().startswith("<!doctype")
    return text_of(answer)


def test_an_upload_goes_on_to_what_was_detected(server: ApiServer) -> None:
    words = text_of(server.client.get(f"/jobs/{put_in(server, EXAMPLE.read_bytes())}"))
    assert "UTF-8 (detected)" in words
    assert "comma , (detected)" in words
    assert "in row 1 (detected)" in words
    assert "18 of 19 columns imported" in words
    assert "certain 1.00" in words


def test_a_change_of_the_separator_is_shown_at_once(server: ApiServer) -> None:
    code = put_in(server, b"Code;Name,x;Type\nA1;Ann,y;Individual\n")
    assert "3 of 3 columns" not in shown(server, code, delimiter=",")
    assert "Name,x" in shown(server, code, delimiter=";")
    assert "semicolon ; (detected)" in shown(server, code, delimiter="")


def test_a_change_stays_when_the_page_is_loaded_again(server: ApiServer) -> None:
    code = put_in(server, TWO)
    shown(server, code, import_mode="UpdateOnly", day_first="false", max_errors="5%")
    form = form_of(server.client.get(f"/jobs/{code}"))
    assert (form["import_mode"], form["day_first"], form["max_errors"]) == ("UpdateOnly", "false", "5%")


def test_a_changed_field_is_the_persons_own_mapping(server: ApiServer) -> None:
    code = put_in(server, b"Code,Name,Type,Handler\nA1,Ann,Individual,Zoe\n")
    assert "my own choice" in shown(server, code, **{"field.3": "Partner"})
    server.client.post(f"/jobs/{code}/start", data=form_of(server.client.get(f"/jobs/{code}")))
    server.ended(code)
    assert "Zoe" in server.client.get("/clients/export.csv").text


def test_a_guess_is_offered_and_used_when_asked_for(server: ApiServer) -> None:
    code = put_in(server, b"Code,Name,Type,Mail\nA1,Ann,Individual,a@b.example\nB2,Bo,Trust,c@d.example\n")
    words = text_of(server.client.get(f"/jobs/{code}"))
    if "Perhaps Email" in words:
        assert "not used unless you choose it" in words
        assert "4 of 4 columns imported" in shown(server, code, use="3:Email")
    else:
        assert "4 of 4 columns imported" in words


def test_without_the_match_field_the_page_says_what_to_do_and_cannot_start(server: ApiServer) -> None:
    code = put_in(server, TWO)
    words = shown(server, code, match_field="CompanyNumber")
    assert "No column goes to Company number" in words
    assert "recognise clients by another field" in words
    assert "--map" not in words
    answer = server.client.get(f"/jobs/{code}")
    assert '<button class="main" id="start" disabled aria-describedby="why-not">' in answer.text
    form = form_of(answer)
    answer = server.client.post(f"/jobs/{code}/start", data=form)
    assert "No column goes to Company number" in text_of(answer)
    assert server.job(code)["status"] == "Queued"


def test_two_columns_to_one_field_are_named(server: ApiServer) -> None:
    words = shown(server, put_in(server, TWO), **{"field.1": "Code"})
    assert '"Code" and "Name" are mapped to one field, Code' in words


def test_an_impossible_limit_changes_nothing(server: ApiServer) -> None:
    code = put_in(server, TWO)
    words = shown(server, code, max_errors="many", import_mode="CreateOnly")
    assert '"many" is neither a number of rows such as 100 nor a share such as 5%' in words
    assert form_of(server.client.get(f"/jobs/{code}"))["import_mode"] == "CreateAndUpdate"


def test_the_plan_says_what_would_happen(server: ApiServer) -> None:
    imported(server, b"Code,Name,Type\nP1,Old Name,Individual\n")
    code = put_in(server, b"Code,Name,Type\nP1,New Name,Individual\nP2,Pat,Individual\nP3,,Individual\n")
    answer = server.client.get(f"/jobs/{code}/plan", headers=HTMX)
    words = text_of(answer)
    assert "Import: create 1, update 1" in words
    assert "P1 Name Old Name New Name 2" in words
    assert "Name : a value that is needed is blank rejected 1 Rows 4" in words
    assert 'id="start-bar"' in answer.text
    assert "Import: create 1, update 1" in text_of(server.client.get(f"/jobs/{code}/plan"))


def test_over_the_limit_the_plan_says_that_nothing_is_imported(server: ApiServer) -> None:
    code = put_in(server, b"Code,Name,Type\nL1,,Individual\nL2,Lou,Individual\n")
    shown(server, code, max_errors="10%")
    words = text_of(server.client.get(f"/jobs/{code}/plan", headers=HTMX))
    assert "It would fail: 1 of 2 rows would be rejected, more than the limit of 10%." in words
    assert "Import nothing, and list the rejected rows" in words


def test_a_mapping_is_saved_and_used_for_the_next_file(server: ApiServer) -> None:
    code = put_in(server, b"Code,Name,Type,Handler\nM1,Mia,Individual,Zoe\n")
    shown(server, code, **{"field.3": "Partner"})
    answer = server.client.post(f"/jobs/{code}/mapping", data={"name": "From  Sage"}, headers=HTMX)
    assert 'The mapping "From Sage" is saved' in text_of(answer)
    assert server.client.get("/csv-mappings/from-sage").json()["columnMappings"][3]["targetField"] == "Partner"
    again = put_in(server, b"Code,Name,Type,Handler\nM2,Max,Individual,Zoe\n")
    assert "4 of 4 columns imported" in shown(server, again, mapping="from-sage")
    answer = server.client.post(f"/jobs/{again}/mapping", data={"name": "From Sage"}, headers=HTMX)
    assert "is changed" in text_of(answer)
    form = form_of(server.client.get(f"/jobs/{again}")) | {"field.3": "Manager", "name": "From Sage"}
    server.client.post(f"/jobs/{again}/mapping", data=form, headers=HTMX)  # before the choice itself has arrived
    assert server.client.get("/csv-mappings/from-sage").json()["columnMappings"][3]["targetField"] == "Manager"


def test_a_saved_mapping_is_used_as_far_as_it_fits(server: ApiServer) -> None:
    code = put_in(server, b"Client Code,Company Name,Client Type\nS1,Sun Ltd,Ltd\n")
    words = shown(server, code, mapping="limited-company-clients")
    assert "is used as far as it fits" in words
    assert "3 of 3 columns imported" in words


def test_own_choices_survive_another_way_to_read_the_file(server: ApiServer) -> None:
    code = put_in(server, "Code,Name,Type,Größe\nG1,Gus,Individual,Zoe\n".encode("latin-1"))
    shown(server, code, **{"field.3": "Partner"})
    words = shown(server, code, encoding="utf-16-le")
    assert "so the suggestion is used" in words or "cannot be read" in words
    assert "UTF-8 (with a mark)" in shown(server, code, encoding="")


def test_a_file_that_is_no_table_is_no_dead_end(server: ApiServer) -> None:
    code = put_in(server, b"%PDF-1.7\n" + bytes(range(256)) * 20, "list.pdf")
    answer = server.client.get(f"/jobs/{code}")
    assert answer.status_code == 200
    words = text_of(answer)
    assert "This file cannot be read" in words
    assert "PDF" in words
    assert "Do not import this file" in words


def test_a_file_of_many_columns_has_one_list_of_fields(server: ApiServer) -> None:
    headers = ["Code", "Name", "Type", *(f"Extra {number}" for number in range(1_200))]
    data = ",".join(headers) + "\n" + ",".join(["W1", "Wes", "Individual", *["x"] * 1_200]) + "\n"
    code = put_in(server, data.encode())
    answer = server.client.get(f"/jobs/{code}")
    assert len(answer.content) < 1_500_000
    assert "4 of 1,203 columns imported" in shown(server, code, **{"field.3": "trading as"})


def test_sensitive_values_are_masked_everywhere(server: ApiServer) -> None:
    code = put_in(server, b"Code,Name,Type,NI Number\nN1,Nia,Individual,AB123456C\n")
    for path in ("", "/plan"):
        assert "AB123456C" not in server.client.get(f"/jobs/{code}{path}").text


def test_a_header_may_have_anything_in_it(server: ApiServer) -> None:
    header = 'Na"me\n<script>alert(1)</script>&amp;'
    quoted = '"' + header.replace('"', '""') + '"'
    code = put_in(server, f"Code,{quoted},Type\nH1,<b>Hal</b>,Individual\n".encode(), "<img src=x>.csv")
    answer = server.client.get(f"/jobs/{code}")
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert "<b>Hal" not in answer.text
    headers = json.loads(form_of(answer)["header.1"])
    assert "<script>alert(1)</script>" in headers
    assert "3 of 3 columns imported" in shown(server, code, **{"field.0": "Code", "field.1": "Name", "field.2": "Type"})


def test_a_second_start_and_late_changes_lead_to_where_the_import_is(server: ApiServer) -> None:
    code = imported(server, b"Code,Name,Type\nT1,Tom,Individual\n")
    for path in ("set-up", "start"):
        answer = server.client.post(f"/jobs/{code}/{path}", data={"mapping": ""})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{code}")
        answer = server.client.post(f"/jobs/{code}/{path}", data={"mapping": ""}, headers=HTMX)
        assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"/jobs/{code}")
    assert server.client.get(f"/jobs/{code}/plan").headers["location"] == f"/jobs/{code}"


@pytest.mark.parametrize("use", ["3", "x:y", "0:Nothing", ":"])
def test_a_form_made_up_by_somebody_does_no_harm(server: ApiServer, use: str) -> None:
    answer = server.client.post(f"/jobs/{put_in(server, TWO)}/set-up", data={"use": use, "header.0": "no json"})
    assert answer.status_code in (200, 400)

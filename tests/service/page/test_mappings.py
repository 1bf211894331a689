"""Covers the saved mappings on the page, without a browser: list, rename, delete, presets, files in their columns."""

from __future__ import annotations

import pytest

from tests.service.page.visits import TWO, form_of, imported, put_in, text_of
from tests.support.api_server import ApiServer

COLUMNS = [{"csvHeader": "Ref no", "targetField": "Code"}, {"csvHeader": "Who", "targetField": "Name"}]
PRESET = "individual-clients"


def saved(server: ApiServer, name: str, **content: object) -> str:
    answer = server.client.post("/csv-mappings", json={"name": name, "columnMappings": COLUMNS, **content})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def test_all_mappings_are_listed_with_where_they_are_from(server: ApiServer) -> None:
    code = saved(server, "From <Sage>")
    answer = server.client.get("/mappings")
    assert f'href="/mappings/{code}">From &lt;Sage&gt;</a>' in answer.text
    words = text_of(answer)
    assert "From <Sage> Saved here" in words
    assert "Individual clients Comes with the program" in words


def test_a_mapping_says_what_it_holds(server: ApiServer) -> None:
    columns = [*COLUMNS, {"csvHeader": "Kind", "targetField": "Type"}]
    values = {"Type": {"Widow": "Individual"}}
    words = text_of(
        server.client.get(f"/mappings/{saved(server, 'All', columnMappings=columns, valueMappings=values)}")
    )
    for part in ("Ref no Code", "Kind Type", "Type Widow Individual", "recognised by the usual field"):
        assert part in words


def test_a_mapping_is_renamed_and_keeps_the_rest(server: ApiServer) -> None:
    code = saved(server, "Old name", matchField="Code")
    before = server.client.get(f"/csv-mappings/{code}").json()
    answer = server.client.post(f"/mappings/{code}/rename", data={"name": "  New   name "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/mappings/{code}")
    after = server.client.get(f"/csv-mappings/{code}").json()
    assert after["name"] == "New name"
    assert {**after, "name": "", "updatedDate": ""} == {**before, "name": "", "updatedDate": ""}


@pytest.mark.parametrize(("name", "sentence"), [(" ", "Give the mapping a name."), ("x" * 201, "200 is the most")])
def test_a_name_that_is_none_is_said_and_changes_nothing(server: ApiServer, name: str, sentence: str) -> None:
    code = saved(server, "Kept")
    answer = server.client.post(f"/mappings/{code}/rename", data={"name": name})
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert server.client.get(f"/csv-mappings/{code}").json()["name"] == "Kept"


def test_deleting_asks_first(server: ApiServer) -> None:
    code = saved(server, "Short lived")
    assert "Yes, delete the mapping" in text_of(server.client.get(f"/mappings/{code}"))
    assert server.client.get(f"/mappings/{code}/delete").status_code == 405
    answer = server.client.post(f"/mappings/{code}/delete")
    assert (answer.status_code, answer.headers["location"]) == (303, "/mappings")
    for path in (f"/mappings/{code}", f"/export.csv?mapping={code}", f"/template.csv?mapping={code}"):
        answer = server.client.get(path)
        assert answer.status_code == 404
        assert "There is no such mapping" in text_of(answer)
    assert server.client.post(f"/mappings/{code}/rename", data={"name": "x"}).status_code == 404


def test_presets_are_neither_renamed_nor_deleted(server: ApiServer) -> None:
    words = text_of(server.client.get(f"/mappings/{PRESET}"))
    assert "cannot be renamed or deleted" in words
    assert "Yes, delete" not in words
    for path in ("rename", "delete"):
        answer = server.client.post(f"/mappings/{PRESET}/{path}", data={"name": "Mine"})
        assert answer.status_code == 409
        assert "This mapping comes with the program" in text_of(answer)
    assert server.client.get(f"/csv-mappings/{PRESET}").json()["name"] == "Individual clients"


def test_a_file_that_waits_with_a_deleted_mapping_is_no_dead_end(server: ApiServer) -> None:
    code = saved(server, "Gone soon", columnMappings=[{"csvHeader": "Code", "targetField": "Code"}])
    job = put_in(server, TWO)
    form = form_of(server.client.get(f"/jobs/{job}"))
    server.client.post(f"/jobs/{job}/set-up", data=form | {"mapping": code})
    assert form_of(server.client.get(f"/jobs/{job}"))["mapping_shown"] == code
    server.client.post(f"/mappings/{code}/delete")
    answer = server.client.get(f"/jobs/{job}")
    assert f'The mapping "{code}" was deleted, so the suggestion is used.' in text_of(answer)
    server.client.post(f"/jobs/{job}/start", data=form_of(answer))
    assert server.ended(job)["errorCount"] == 0


def test_a_mapping_that_was_changed_since_it_was_shown_is_shown_again_before_the_import(server: ApiServer) -> None:
    columns = [{"csvHeader": name, "targetField": name} for name in ("Code", "Name", "Type")]
    mapping = saved(server, "Of two", columnMappings=[*columns, {"csvHeader": "Tel A", "targetField": "Telephone"}])
    job = put_in(server, b"Code,Name,Type,Tel A,Tel B\nT1,Tom,Individual,020 7946 0001,020 7946 0002\n")
    form = form_of(server.client.get(f"/jobs/{job}"))
    server.client.post(f"/jobs/{job}/set-up", data=form | {"mapping": mapping})
    form = form_of(server.client.get(f"/jobs/{job}"))
    columns.append({"csvHeader": "Tel B", "targetField": "Telephone"})
    server.client.put(f"/csv-mappings/{mapping}", json={"name": "Of two", "columnMappings": columns})
    answer = server.client.post(f"/jobs/{job}/start", data=form)
    assert 'The mapping "Of two" was changed meanwhile' in text_of(answer)
    assert server.job(job)["status"] == "Queued"
    form = form_of(answer)
    assert (form["field.3"], form["field.4"]) == ("", "Telephone")
    assert server.client.post(f"/jobs/{job}/start", data=form).headers["location"] == f"/jobs/{job}"
    assert server.ended(job)["createdCount"] == 1


def test_clients_are_downloaded_in_the_columns_of_a_mapping(server: ApiServer) -> None:
    imported(server, b"Code,Name,Type\nE1,Eve,Individual\n")
    code = saved(server, "For export")
    for path, header in ((f"?mapping={code}", "Ref no,Who"), ("", "Name,Code,")):
        for kind in ("export", "template"):
            answer = server.client.get(f"/{kind}.csv{path}")
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.content.decode("utf-8-sig").startswith(header)
    assert "E1,Eve" in server.client.get(f"/export.csv?mapping={code}").text.replace('"', "")
    assert 'href="/export.csv"' in server.client.get("/client-list").text

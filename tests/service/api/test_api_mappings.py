"""Covers the API's calls about saved mappings against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.api_server import ApiServer, is_problem

MAPPINGS = "/csv-mappings"
COLUMNS = [{"csvHeader": "Ref number", "targetField": "Code"}, {"csvHeader": "Who", "targetField": "Name"}]
FIELDS = ["code", "name", "columnMappings", "valueMappings", "matchField", "isPreset", "createdDate", "updatedDate"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        yield server


def content(name: str, **others: Any) -> dict[str, Any]:
    return {"name": name, "columnMappings": COLUMNS, **others}


def test_presets_are_listed_and_read_only(server: ApiServer) -> None:
    listed = server.client.get(MAPPINGS).json()
    presets = {mapping["code"] for mapping in listed if mapping["isPreset"]}
    assert presets == {"limited-company-clients", "individual-clients"}
    assert all(list(mapping) == FIELDS for mapping in listed)
    for code in presets:
        is_problem(server.client.put(f"{MAPPINGS}/{code}", json=content("Mine")), 409, "preset")
        is_problem(server.client.delete(f"{MAPPINGS}/{code}"), 409, "preset")
        assert server.client.get(f"{MAPPINGS}/{code}").json()["isPreset"]
    is_problem(server.client.post(MAPPINGS, json=content("x", code="individual-clients")), 409)


def test_mapping_is_saved_shown_changed_and_deleted(server: ApiServer) -> None:
    made = server.client.post(MAPPINGS, json=content("Our list", code="our-list", matchField="Code"))
    assert (made.status_code, made.headers["location"]) == (201, f"{MAPPINGS}/our-list")
    shown = server.client.get(f"{MAPPINGS}/our-list").json()
    assert shown == made.json()
    assert (shown["columnMappings"], shown["matchField"], shown["isPreset"]) == (COLUMNS, "Code", False)
    changed = server.client.put(f"{MAPPINGS}/our-list", json=content("Renamed"))
    assert (changed.status_code, changed.json()["name"], changed.json()["matchField"]) == (200, "Renamed", None)
    assert changed.json()["createdDate"] == shown["createdDate"]
    assert server.client.delete(f"{MAPPINGS}/our-list").status_code == 204
    is_problem(server.client.get(f"{MAPPINGS}/our-list"), 404, "our-list")
    is_problem(server.client.delete(f"{MAPPINGS}/our-list"), 404)
    is_problem(server.client.put(f"{MAPPINGS}/our-list", json=content("Gone")), 404)


def test_code_is_made_of_the_name(server: ApiServer) -> None:
    codes = [server.client.post(MAPPINGS, json=content("Clients & Co!")).json()["code"] for _ in range(2)]
    assert codes == ["clients-co", "clients-co-2"]
    is_problem(server.client.post(MAPPINGS, json=content("x", code="clients-co")), 409, "clients-co")
    is_problem(server.client.put(f"{MAPPINGS}/clients-co", json=content("x", code="other")), 400, "code")


def test_of_many_saved_at_once_none_takes_the_place_of_another(server: ApiServer) -> None:
    names = [f"At once: {'&' * number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as threads:
        answers = list(threads.map(lambda name: server.client.post(MAPPINGS, json=content(name)), names))
        codes = [answer.json()["code"] for answer in answers]
        assert sorted(codes) == ["at-once", *(f"at-once-{number}" for number in range(2, 9))]
        assert [server.client.get(f"{MAPPINGS}/{code}").json()["name"] for code in codes] == names
        of_one_code = list(
            threads.map(lambda name: server.client.post(MAPPINGS, json=content(name, code="one-code")), names)
        )
    assert sorted(answer.status_code for answer in of_one_code) == [201, *[409] * 7]
    kept = next(answer.json() for answer in of_one_code if answer.status_code == 201)
    assert server.client.get(f"{MAPPINGS}/one-code").json() == kept


def test_a_mapping_that_is_not_there_is_told_with_the_call_that_lists_them(server: ApiServer) -> None:
    for answer in (server.client.get(f"{MAPPINGS}/none"), server.client.delete(f"{MAPPINGS}/none")):
        assert is_problem(answer, 404)["detail"].endswith("GET /csv-mappings lists them.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "", "columnMappings": COLUMNS},
        {"name": " \n ", "columnMappings": COLUMNS},
        {"columnMappings": COLUMNS},
        {"name": "x"},
        {"name": "x", "columnMappings": []},
        {"name": "x", "columnMappings": [{"csvHeader": "A", "targetField": "Shoe"}]},
        {"name": "x", "columnMappings": [*COLUMNS, {"csvHeader": "B", "targetField": "Code"}]},
        {"name": "x", "columnMappings": COLUMNS, "matchField": "Email"},
        {"name": "x", "columnMappings": COLUMNS, "code": "Not A Code"},
        {"name": "x", "columnMappings": COLUMNS, "shoe": 1},
        [],
    ],
    ids=str,
)
def test_what_is_no_mapping_is_rejected(server: ApiServer, wrong: Any) -> None:
    is_problem(server.client.post(MAPPINGS, json=wrong), 400)


def test_file_is_imported_with_a_saved_mapping(server: ApiServer) -> None:
    code = server.client.post(MAPPINGS, json=content("For files", matchField="Code")).json()["code"]
    data = b"Ref number,Who,Kind\nM1,Ann,Individual\n"
    seen = server.upload(data, mappingCode=code).json()
    assert seen["ignoredHeaders"] == ["Kind"]
    assert server.run(data, mappingCode=code, defaultClientType="Trust")["createdCount"] == 1

"""Covers the API's calls about clients and their history against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import Request, Response

from client_import.fields.catalogue import FIELDS
from client_import.validation.validate import MASK
from service.api.context import next_page
from tests.support.api_server import IMPORTS, ApiServer, is_problem

KEY = "a key of this test"
FIRST = b"Code,Name,Type,PersonalCode\nA1,Ann,Ltd,s1\nB/2?#%,Bob,Ltd,\nimport,Import,Ltd,\nC3,Cy,Ltd,\n"
SECOND = b"Code,Name,PersonalCode\nA1,Anna,s2\nB/2?#%,Bobby,\n"


@dataclass(frozen=True, slots=True)
class Used:
    """A server after two imports, and their codes."""

    server: ApiServer
    first: str
    second: str

    def get(self, address: str, **query: Any) -> Any:
        return self.server.client.get(address, params=query)

    def pages(self, address: str, **query: Any) -> list[Any]:
        """All that is listed, page by page."""
        items, answer = [], self.get(address, **query)
        while True:
            assert answer.status_code == 200, answer.text
            items += answer.json()
            if "next" not in answer.links:
                return items
            answer = self.server.client.get(answer.links["next"]["url"])


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Used]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        first, second = (server.run(data)["code"] for data in (FIRST, SECOND))
        yield Used(server, str(first), str(second))


def change(code: str, field: str | None, before: str | None, after: str | None, kind: str) -> dict[str, str | None]:
    return {"code": code, "field": field, "from": before, "to": after, "kind": kind}


def test_changes_of_a_job(used: Used) -> None:
    address = f"{IMPORTS}/{used.second}/changes"
    every = [
        change("A1", "Name", "Ann", "Anna", "updated"),
        change("A1", "PersonalCode", MASK, MASK, "updated"),
        change("B/2?#%", "Name", "Bob", "Bobby", "updated"),
    ]
    answer = used.get(address)
    assert answer.json() == every
    assert answer.headers["X-Total-Count"] == "3"
    assert used.pages(address, limit=1) == every
    assert used.get(address, reveal=True).json()[1] == change("A1", "PersonalCode", "s1", "s2", "updated")
    assert used.get(address, field="Name", client="a").json() == every[:1]
    assert used.get(address, kind="created").json() == []
    assert used.get(f"{IMPORTS}/{used.first}/changes", limit=2).headers["X-Total-Count"] == "4"


def test_changes_that_cannot_be_asked_for(used: Used) -> None:
    address = f"{IMPORTS}/{used.second}/changes"
    is_problem(used.get(f"{IMPORTS}/k3v9q2m7xt/changes"), 404)
    is_problem(used.get(address, field="Emial"), 400)
    is_problem(used.get(address, kind="lost"), 400)
    is_problem(used.get(address, cursor=-1), 400)
    uploaded = used.server.client.post(IMPORTS, files={"file": ("clients.csv", FIRST)}).json()["code"]
    is_problem(used.get(f"{IMPORTS}/{uploaded}/changes"), 409)


def test_clients_are_listed_and_searched(used: Used) -> None:
    codes = ["A1", "B/2?#%", "C3", "import"]
    assert [client["code"] for client in used.pages("/clients", limit=1)] == codes
    assert [client["code"] for client in used.pages("/clients", search="ANN")] == ["A1"]
    assert [client["code"] for client in used.pages("/clients", search="c3")] == ["C3"]
    assert used.pages("/clients", search="\0") == []
    is_problem(used.get("/clients", limit=0), 400)


@pytest.mark.parametrize("code", ["A1", "B/2?#%", "import", "C3"])
def test_one_client_by_its_code(used: Used, code: str) -> None:
    for asked in (code, code.lower()):
        client = used.get(f"/clients/{quote(asked)}").json()
        assert client["code"] == code
        assert [*client["fields"]] == [field.name for field in FIELDS]
        entries = used.get(f"/clients/{quote(asked, safe='')}/history").json()
        assert (entries[0]["kind"], entries[0]["job"]) == ("created", used.first)


def test_a_client_is_masked_unless_it_is_revealed(used: Used) -> None:
    assert used.get("/clients/A1").json()["fields"]["PersonalCode"] == MASK
    assert used.get("/clients/A1", reveal=True).json()["fields"]["PersonalCode"] == "s2"
    history = used.get("/clients/A1/history").json()
    assert [entry["to"] for entry in history] == [None, "Anna", MASK]
    assert used.pages("/clients/A1/history", limit=1) == history
    assert [entry["to"] for entry in used.get("/clients/A1/history", reveal=True).json()][-1] == "s2"
    assert {**history[1], "at": None} == {
        **change("A1", "Name", "Ann", "Anna", "updated"), "job": used.second, "fileName": "clients.csv", "at": None
    }  # fmt: skip


def test_a_client_that_there_is_not(used: Used) -> None:
    for address in ("/clients/A2", "/clients/A2/history", "/clients/%00", f"/clients/{'x' * 3_000}"):
        problem = is_problem(used.get(address), 404)
        assert "`" not in str(problem)


def test_other_addresses_are_no_clients(used: Used) -> None:
    assert used.get("/clients/import/fields").json()[0]["field"] == "Name"
    assert used.get("/clients/export.csv").headers["content-type"].startswith("text/csv")
    assert used.get(IMPORTS).json()[0]["fileName"] == "clients.csv"
    for address in (f"{IMPORTS}/{used.first}/cancel", f"{IMPORTS}/{used.first}/nothing/at/all"):
        assert used.get(address).status_code in (404, 405)
        assert "client" not in used.get(address).json()["detail"]


def test_every_call_needs_the_key(tmp_path: Any) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_API_KEYS=KEY) as server:
        for address in ("/clients", "/clients/A1", "/clients/A1/history", f"{IMPORTS}/k3v9q2m7xt/changes"):
            is_problem(server.client.get(address, params={"reveal": True}), 401)
            assert server.client.get(address, headers={"x-api-key": KEY}).status_code in (200, 404)


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/clients/Č10/history", "</clients/%C4%8C10/history?limit=1&cursor=2>"),
        ("/clients/A%41/history", "</clients/A%2541/history?limit=1&cursor=2>"),
        ("/clients/B/2?#/history", "</clients/B/2%3F%23/history?limit=1&cursor=2>"),
    ],
)
def test_the_next_page_is_of_the_same_client(path: str, link: str) -> None:
    scope = {"type": "http", "scheme": "http", "server": ("clients", 80), "headers": []}
    response = Response()
    next_page(Request({**scope, "path": path, "query_string": b"limit=1&cursor=1"}), response, cursor="2")
    assert response.headers["Link"] == f'{link}; rel="next"'

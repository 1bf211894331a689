"""Covers requests that ask for too much, or say what is no text: each is answered with a sentence, never with 500."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.service.page.visits import HTMX, form_of
from tests.support.api_server import IMPORTS, ApiServer, is_problem

FILE = b"Code,Name,Type\nA1,Ann,Individual\n"
MAPPINGS = "/csv-mappings"
NO_TEXT = ("\ud800", "a\udfffb", "\x00", "a\x00b")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        yield server


@pytest.fixture(scope="module")
def code(server: ApiServer) -> str:
    return server.uploaded(FILE)


def sent(server: ApiServer, method: str, path: str, content: bytes) -> Any:
    """Send ``content`` as JSON, whatever it is."""
    return server.client.request(method, path, content=content, headers={"content-type": "application/json"})


def mappings(count: int, field: str) -> list[dict[str, str]]:
    return [{"csvHeader": f"Column {n}", "targetField": f"{field}{n}"} for n in range(count)]


@pytest.mark.parametrize("count", [2_001, 40_000])
def test_too_many_mappings_are_rejected_by_their_number(server: ApiServer, code: str, count: int) -> None:
    many = mappings(count, "Nmae")
    for method, path, content in (
        ("PUT", f"{IMPORTS}/{code}", {"columnMappings": many}),
        ("POST", MAPPINGS, {"name": "many", "columnMappings": many}),
        ("PUT", f"{MAPPINGS}/individual-clients", {"name": "many", "columnMappings": many}),
    ):
        answer = sent(server, method, path, json.dumps(content).encode())
        is_problem(answer, 400, "columnMappings", "2000")
        assert len(answer.content) < 10_000


@pytest.mark.parametrize("count", [2_001, 40_000])
def test_too_many_value_mappings_are_rejected_by_their_number(server: ApiServer, code: str, count: int) -> None:
    one = {"targetField": "Type", "to": "Shoe"}
    column = [{"csvHeader": "Type", "targetField": "Type"}]
    for many in ([{**one, "from": str(n)} for n in range(count)], {"Type": {str(n): "Shoe" for n in range(count)}}):
        for method, path, content in (
            ("PUT", f"{IMPORTS}/{code}", {"valueMappings": many}),
            ("POST", MAPPINGS, {"name": "many", "columnMappings": column, "valueMappings": many}),
        ):
            answer = sent(server, method, path, json.dumps(content).encode())
            is_problem(answer, 400, "valueMappings", "2000")
            assert len(answer.content) < 10_000


def test_the_first_twenty_errors_are_told_and_how_many_more(server: ApiServer, code: str) -> None:
    for method, path, rest in (("PUT", f"{IMPORTS}/{code}", {}), ("POST", MAPPINGS, {"name": "many"})):
        answer = sent(server, method, path, json.dumps({**rest, "columnMappings": mappings(2_000, "Nmae")}).encode())
        told = is_problem(answer, 400, "1,980 more", "columnMappings.0.targetField", "columnMappings.19.targetField")
        assert len(told["errors"]) == 20
        assert len(answer.content) < 20_000
    fields = {"columnMappingsJson": json.dumps(mappings(2_000, "Nmae"))}
    is_problem(server.upload(FILE, **fields), 400, "1,980 more")


def test_nobody_waits_while_mappings_are_judged(server: ApiServer, code: str) -> None:
    content = json.dumps({"columnMappings": mappings(60_000, "Nmae")}).encode()
    longest, is_over = 0.0, threading.Event()

    def ask() -> None:
        nonlocal longest
        while not is_over.is_set():
            began = time.perf_counter()
            server.client.get("/healthz")
            longest = max(longest, time.perf_counter() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(3):
            is_problem(sent(server, "PUT", f"{IMPORTS}/{code}", content), 400)
    finally:
        is_over.set()
        asking.join()
    assert longest < 5, "it was 28 seconds when each was judged in words"


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 100_000, b'{"columnMappings":' + b"[" * 50_000])
def test_json_that_is_nested_deeply_is_a_mistake(server: ApiServer, code: str, content: bytes) -> None:
    for method, path in (("PUT", f"{IMPORTS}/{code}"), ("POST", MAPPINGS), ("PUT", f"{MAPPINGS}/individual-clients")):
        is_problem(sent(server, method, path, content), 400)
    is_problem(server.upload(FILE, columnMappingsJson=content.decode()), 400)
    short = {"columnMappingsJson": content[:20_000].decode()}
    assert server.client.get(f"{IMPORTS}/{code}/plan", params=short).status_code == 400


@pytest.mark.parametrize("evil", NO_TEXT, ids=ascii)
def test_what_is_no_text_is_a_mistake_wherever_it_stands(server: ApiServer, code: str, evil: str) -> None:
    column = {"csvHeader": "Code", "targetField": "Code"}
    for content in (
        {"columnMappings": [{**column, "csvHeader": evil}]},
        {"columnMappings": [{**column, "targetField": evil}]},
        {"columnMappings": [{**column, evil: "x"}]},
        {evil: 1},
        *({name: evil} for name in ("mappingCode", "matchField", "importMode", "maxErrors", "encoding", "delimiter",
                                    "quote", "headerRow", "lineEnding", "hasHeaderRow", "dayFirst")),
    ):  # fmt: skip
        is_problem(sent(server, "PUT", f"{IMPORTS}/{code}", json.dumps(content).encode()), 400)
    for content in ({"name": evil}, {"name": "x", "code": evil}, {"name": "x", "matchField": evil}):
        saved = {"columnMappings": [column], **content}
        is_problem(sent(server, "POST", MAPPINGS, json.dumps(saved).encode()), 400)
    fields = {"columnMappingsJson": json.dumps([{**column, "csvHeader": evil}])}
    is_problem(server.upload(FILE, **fields), 400)
    is_problem(server.client.get(f"{IMPORTS}/{code}/plan", params=fields), 400)
    raw = quote(evil, errors="surrogatepass")
    for path in (f"{IMPORTS}/{raw}", f"{IMPORTS}/{raw}/errors", f"{MAPPINGS}/{raw}", f"/jobs/{raw}", f"/static/{raw}"):
        assert server.client.get(path).status_code in (400, 404), path
    for query in ("mapping=", "x="):
        assert server.client.get(f"/clients/import/template.csv?{query}{raw}").status_code in (200, 400)
    for query in ("before=", "status="):
        assert server.client.get(f"/jobs?{query}{raw}").status_code in (200, 400, 404)
    is_problem(server.client.get(f"{IMPORTS}?cursor={raw}"), 400)
    is_problem(server.client.get(f"{IMPORTS}/{code}/plan?mappingCode={raw}"), 400)
    assert server.client.get(f"/sign-in?next=/{raw}").status_code == 303


@pytest.mark.parametrize(
    "fields",
    [
        {"use": "99:Code"}, {"use": ":Code"}, {"use": "x"}, {"use": "0:Shoe"}, {"use": "0:\x00"},
        {"header.0": "no json", "field.0": "Code"}, {"header.0": "7", "field.0": "Code"},
        {"header.0": "null", "field.0": "Code"}, {"header.0": '"\\ud800"', "field.0": "Code"},
        {"header.0": "[" * 50_000, "field.0": "Code"}, {"header.": '"Code"', "field.": "Code"},
        {"header.-1": '"Code"', "field.-1": "Code"}, {"mapping": "own"}, {"mapping": "\x00"}, {"mapping": "none-such"},
        {"header": "\x00"}, {"header": "9-1"}, {"max_errors": "x" * 100_000}, {"encoding": "\x00"}, {"delimiter": "ab"},
    ],
    ids=lambda fields: repr(fields)[:60],
)  # fmt: skip
def test_forms_that_no_page_has_are_told_in_words(server: ApiServer, code: str, fields: dict[str, str]) -> None:
    before = form_of(server.client.get(f"/jobs/{code}"))
    for headers in ({}, HTMX):
        answer = server.client.post(f"/jobs/{code}/set-up", data=fields, headers=headers)
        assert answer.status_code in (200, 400), answer.text
    for name in ("", "\x00", "x" * 300, "Zoë"):
        assert server.client.post(f"/jobs/{code}/mapping", data={"name": name}).status_code in (200, 400)
    server.client.post(f"/jobs/{code}/set-up", data=before)


@pytest.mark.parametrize("name", ["mappingCode", "matchField", "importMode", "maxErrors", "encoding", "delimiter"])
def test_an_answer_is_short_however_long_the_question(server: ApiServer, code: str, name: str) -> None:
    answer = sent(server, "PUT", f"{IMPORTS}/{code}", json.dumps({name: "x" * 3_000_000}).encode())
    is_problem(answer, 400)
    assert len(answer.content) < 10_000


def test_answers_are_no_pages_and_stay_in_no_cache(server: ApiServer, code: str) -> None:
    for path in (IMPORTS, f"{IMPORTS}/{code}", "/clients/export.csv", "/healthz", "/metrics", "/none", "/openapi.json"):
        headers = server.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "content-security-policy" in headers
    assert server.client.get("/static/vendor/swagger-ui.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("parts", "field", "told"),
    [
        ([], "file", "Send the file in this field"),
        ([("file", (None, "clients.csv"))], "file", "write @ before the name of the file"),
        ([("file", ("a.csv", FILE)), ("file", ("b.csv", FILE))], "file", "There are 2 files; send each"),
        ([("file", ("a.csv", FILE)), ("maxErrors", ("b.csv", b"5"))], "maxErrors", "This is a file; give a text."),
        ([("file", ("a.csv", FILE)), *[("maxErrors", (None, "5"))] * 2], "maxErrors", "given 2 times; give it once."),
    ],
    ids=["no file", "a text for the file", "two files", "a file for a text", "an option twice"],
)
def test_a_form_is_one_file_and_each_option_once(
    server: ApiServer, parts: list[tuple[str, Any]], field: str, told: str
) -> None:
    before = server.codes()
    answer = is_problem(server.client.post(IMPORTS, files=parts or {"matchField": (None, "Name")}), 400, told)
    assert [wrong["field"] for wrong in answer["errors"]] == [field]
    assert server.codes() == before


def test_an_option_twice_in_a_query_is_a_mistake(server: ApiServer, code: str) -> None:
    query = [("matchField", "Name"), ("matchField", "Code")]
    is_problem(server.client.get(f"{IMPORTS}/{code}/plan", params=query), 400, "matchField: It is given 2 times")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[]", "body: Send a JSON object, {...}, with the header Content-Type: application/json."),
        (b"\xff", "body: This is no JSON that can be read: it is not in UTF-8."),
        (b'{"dayFirst": "perhaps"}', "dayFirst: Give true or false."),
        (b'{"sheet": 5}', "sheet: Give a text."),
        (b'{"columnMappings": "Name"}', "columnMappings: Give a JSON list, [...]."),
        (b'{"columnMappings": [null]}', "columnMappings.0: Give a JSON object, {...}."),
        (b'{"columnMappings": [{"csvHeader": "A"}]}', "columnMappings.0.targetField: It is missing; give it."),
        (b'{"importMode": null}', "importMode: Give one of 'CreateAndUpdate', 'CreateOnly' or 'UpdateOnly'."),
    ],
)
def test_no_answer_speaks_as_programmers_do(server: ApiServer, code: str, content: bytes, told: str) -> None:
    assert is_problem(sent(server, "PUT", f"{IMPORTS}/{code}", content), 400)["detail"] == told


@pytest.mark.parametrize(
    ("path", "query", "told"),
    [
        (IMPORTS, "limit=x", "limit: Give a whole number."),
        (IMPORTS, "limit=0", "limit: It must be 1 or more."),
        (IMPORTS, "limit=1001", "limit: It must be 1,000 or less."),
        (IMPORTS, "status=x", "status: Give one of 'Queued', 'InProgress', 'Completed', 'Failed' or 'Cancelled'."),
        ("/clients", f"limit={'9' * 5_000}", "limit: Give a whole number; this one is too large."),
        ("/clients", "reveal=perhaps", "reveal: Give true or false."),
    ],
)
def test_no_answer_to_a_query_speaks_so(server: ApiServer, path: str, query: str, told: str) -> None:
    assert is_problem(server.client.get(f"{path}?{query}"), 400)["detail"] == told


ALLOWED = {
    IMPORTS: "GET, HEAD, OPTIONS, POST",
    f"{IMPORTS}/abc": "GET, HEAD, OPTIONS, PUT",
    f"{IMPORTS}/abc/fixes": "GET, HEAD, OPTIONS, PUT",
    f"{IMPORTS}/abc/cancel": "OPTIONS, POST",
    "/jobs": "GET, HEAD, OPTIONS, POST",
    "/csv-mappings/abc": "DELETE, GET, HEAD, OPTIONS, PUT",
    "/static/page.css": "GET, HEAD, OPTIONS",
}


@pytest.mark.parametrize("path", ALLOWED)
def test_what_refuses_a_method_names_all_that_the_address_takes(server: ApiServer, path: str) -> None:
    refused = server.client.request("PATCH", path)
    assert (refused.status_code, refused.headers["allow"]) == (405, ALLOWED[path])
    options = server.client.options(path)
    assert (options.status_code, options.headers["allow"], options.content) == (204, ALLOWED[path], b"")


def test_there_are_no_options_where_there_is_nothing(server: ApiServer) -> None:
    for method in ("OPTIONS", "PATCH"):
        assert server.client.request(method, "/nothing/here").status_code == 404
    assert server.client.head(f"{IMPORTS}/abc/cancel").headers["allow"] == "OPTIONS, POST"

"""Covers whatever else is sent to the API and the page: never a 500, and never a traceback in the log.

The calls are those of the OpenAPI document, by whoever has no key, and the downloads by whoever has one; the forms are
those of the page, whose fields are filled with what no browser would send. A traceback in the log fails the test when
the server ends. Not here: the other calls of the document by whoever may make them (test_api_contract.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from tests.service.page.visits import HTMX
from tests.support.api_server import IMPORTS, ApiServer

pytestmark = pytest.mark.long

KEY = "a-key-for-tests"
OPEN = ("/healthz",)
DOWNLOADS = [
    f"{IMPORTS}/{{code}}/{name}.{suffix}" for name in ("not-imported", "rejected") for suffix in ("csv", "xlsx")
]
"""What a server without keys gives only to those with a signature."""
EXAMPLES = 15 if os.environ.get("CI") else 6
STRANGERS_EXAMPLES = 3
FILE = b"Code,Name,Type,Notes\nA1,Ann,Individual,x\nB2,Bob,Zorp,y\n"
QUIETLY: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}

FORMS = {
    "/sign-in": ("key", "next"),
    "/sign-out": (),
    "/jobs": ("like", "file"),
    "/jobs/{code}/set-up": (
        *("mapping", "mapping_shown", "use", "header", "day_first", "encoding", "delimiter", "quote", "escape"),
        *(
            "line_ending",
            "match_field",
            "import_mode",
            "default_client_type",
            "blank_cells",
            "duplicates",
            "max_errors",
        ),
        *("header.0", "field.0", "shown.0", "header.1", "field.1", "header.x", "field.x"),
        *("word.0", "member.0", "saved.0", "word.x"),
    ),
    "/jobs/{code}/mapping": ("name",),
    "/jobs/{code}/start": ("mapping", "use", "header.0", "field.0", "encoding", "delimiter"),
    "/jobs/{code}/cancel": (),
}
PAGES = ("/jobs/{code}", "/jobs/{code}/plan", "/jobs/{code}/progress", "/jobs/{code}/errors?after={text}",
         "/jobs?before={text}&status={text}", "/sign-in?next={text}", "/jobs/{text}", "/jobs/{text}/plan",
         "/static/{text}", "/docs?{text}", "/{text}")  # fmt: skip

text = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "\x00", "0:Code", "7:Name", "own", "none", "1-2", "9" * 5_000, "-1", '"Code"', '"\\ud800"',
                     "[" * 5_000, "{}", "null", "Code", "Name", "%", "\u202e", "\x1b[31m", "utf-16", "idna", "punycode",
                     "individual-clients", "../../etc/passwd", "//evil.example", "1e999", "NaN", "unicode_escape",
                     '["Type", "x"]', '0:Type:["Yes", "No"]']),
)  # fmt: skip

anything = st.recursive(
    st.none() | st.booleans() | st.floats() | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    more = {"CLIENT_IMPORT_MAX_UPLOADS_WAITING": "100000", "CLIENT_IMPORT_API_KEYS": KEY}
    with ApiServer(tmp_path_factory.mktemp("fuzz") / "home", CLIENT_IMPORT_LOG="text", **more) as server:
        yield server


@pytest.mark.parametrize("key", [None, "wrong", KEY], ids=["no key", "a wrong key", "the key"])
def test_no_call_of_the_document_fails(server: ApiServer, key: str | None) -> None:
    document = server.client.get("/openapi.json", headers={"x-api-key": KEY}).json()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=server.url)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert {operation.path for operation in operations}.issuperset(DOWNLOADS)
    for operation in operations:
        if key != KEY or operation.path in DOWNLOADS:
            _try_out(operation, key)


def _try_out(operation: Any, key: str | None) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES if key == KEY else STRANGERS_EXAMPLES, **QUIETLY)
    def check(case: Any) -> None:
        case.headers.pop("x-api-key", None)
        answer = case.call(headers={} if key is None else {"x-api-key": key})
        case.validate_response(answer, checks=[not_a_server_error])
        if key != KEY and operation.path not in OPEN:
            assert answer.status_code in (400, 401, 403), (operation.path, answer.status_code, answer.text)

    check()


@pytest.mark.parametrize("path", FORMS)
def test_no_form_of_the_page_fails(server: ApiServer, path: str) -> None:
    server.client.headers["x-api-key"] = KEY
    code = server.uploaded(FILE)
    fields = st.dictionaries(st.one_of(st.sampled_from([*FORMS[path], "x"]), text), text, max_size=8)

    @given(fields=fields, multipart=st.booleans(), htmx=st.booleans(), is_known=st.booleans())
    @settings(max_examples=3 * EXAMPLES, **QUIETLY)
    def check(fields: dict[str, str], multipart: bool, htmx: bool, is_known: bool) -> None:
        target = path.format(code=code if is_known else "k3v9q2m7xt")
        sent = {name.encode("utf-8", "replace"): value.encode("utf-8", "replace") for name, value in fields.items()}
        named = {name.decode(): value for name, value in sent.items()}
        files = {"file": ("a\x00\u202e.csv", FILE)} if multipart else None
        answer = server.client.post(target, data=named, files=files, headers=HTMX if htmx else {})
        assert answer.status_code < 500, (target, fields, answer.text)

    check()
    del server.client.headers["x-api-key"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_fails(server: ApiServer, path: str) -> None:
    server.client.headers["x-api-key"] = KEY
    code = server.run(FILE)["code"]

    @given(said=st.text(st.characters(codec="utf-8"), max_size=20) | st.binary(max_size=10), htmx=st.booleans())
    @settings(max_examples=3 * EXAMPLES, **QUIETLY)
    def check(said: str | bytes, htmx: bool) -> None:
        target = path.format(code=code, text=quote(said, safe=""))
        answer = server.client.get(target, headers={"Accept": "text/html", **(HTMX if htmx else {})})
        assert answer.status_code < 500, (target, answer.text)

    check()
    del server.client.headers["x-api-key"]


@given(content=anything)
@settings(max_examples=5 * EXAMPLES, **QUIETLY)
def test_no_json_fails(server: ApiServer, content: object) -> None:
    raw = json.dumps(content).encode()
    headers = {"x-api-key": KEY, "content-type": "application/json"}
    for method, path in (("PUT", f"{IMPORTS}/k3v9q2m7xt"), ("POST", "/csv-mappings"), ("PUT", "/csv-mappings/x")):
        answer = server.client.request(method, path, content=raw, headers=headers)
        assert answer.status_code < 500, (path, raw, answer.text)

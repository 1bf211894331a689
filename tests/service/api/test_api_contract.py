"""Covers the OpenAPI document: what it promises is what the server does, for requests that schemathesis makes up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.api_server import ApiServer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 40 if os.environ.get("CI") else 8
CALLS = {
    ("/clients/import/csv", "post"), ("/clients/import/csv", "get"), ("/clients/import/csv/{code}", "put"),
    ("/clients/import/csv/{code}", "get"), ("/clients/import/csv/{code}/plan", "get"),
    ("/clients/import/csv/{code}/cancel", "post"), ("/clients/import/csv/{code}/undo", "post"),
    ("/clients/import/csv/{code}/errors", "get"),
    ("/clients/import/csv/{code}/not-imported.csv", "get"), ("/clients/import/csv/{code}/rejected.csv", "get"),
    ("/clients/import/csv/{code}/not-imported.xlsx", "get"), ("/clients/import/csv/{code}/rejected.xlsx", "get"),
    ("/clients/import/csv/{code}/fixes", "get"), ("/clients/import/csv/{code}/fixes", "put"),
    ("/clients/import/csv/{code}/fixes/replacements", "post"), ("/clients/import/csv/{code}/fixes/import", "post"),
    ("/clients/import/csv/{code}/fixes/replacements/{step}", "delete"), ("/clients/import/template.xlsx", "get"),
    ("/csv-mappings", "get"), ("/csv-mappings", "post"),
    ("/csv-mappings/{code}", "get"), ("/csv-mappings/{code}", "put"), ("/csv-mappings/{code}", "delete"),
    ("/clients/import/fields", "get"), ("/clients/import/template.csv", "get"), ("/clients/export.csv", "get"),
    ("/clients/import/csv/{code}/changes", "get"), ("/clients", "get"), ("/clients/{code}", "get"),
    ("/clients/{code}/history", "get"), ("/healthz", "get"), ("/metrics", "get"),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    home = tmp_path_factory.mktemp("api") / "home"
    with ApiServer(home, CLIENT_IMPORT_MAX_UPLOADS_WAITING="100000") as server:
        server.run(b"Code,Name,Type\nA1,Ann,Zorp\nB2,Bob,Ltd\n")
        yield server


@pytest.fixture(scope="module")
def document(server: ApiServer) -> Any:
    return server.client.get("/openapi.json").json()


@pytest.mark.long
def test_server_keeps_what_the_document_promises(server: ApiServer) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    assert {(operation.path, operation.method) for operation in operations} == CALLS
    for operation in operations:
        _try_out(operation)


def _try_out(operation: Any) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    check()


def test_document_has_every_call(document: Any) -> None:
    assert {(path, method) for path, calls in document["paths"].items() for method in calls} == CALLS


def test_every_call_says_what_it_does_and_how_it_fails(document: Any) -> None:
    names = []
    for calls in document["paths"].values():
        for call in calls.values():
            names.append(call["operationId"])
            assert call["summary"]
            assert call["description"]
            problems = {status for status in call["responses"] if status >= "400"}
            assert "422" not in problems
            for status in problems - {"503"}:
                assert "application/problem+json" in call["responses"][status]["content"]
    assert len(names) == len(set(names))


def test_docs_page_is_there(server: ApiServer) -> None:
    assert server.client.get("/docs").status_code == 200

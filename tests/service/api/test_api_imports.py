"""Covers the API's calls about imports against the real server: upload, preview, start, follow, plan, cancel."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.cli import wait_until

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\nC3,Cy,Zorp\n"
UNKNOWN = b"Ref number,Who,Kind\nA1,Ann,Individual\n"
MAPPED = [
    {"csvHeader": "Ref number", "targetField": "Code"},
    {"csvHeader": "Who", "targetField": "Name"},
    {"csvHeader": "Kind", "targetField": "Type"},
]
RECORD = [
    *("code", "status", "fileName", "totalItems", "processedItems", "createdCount", "updatedCount", "skippedCount"),
    *("errorCount", "startedDate", "completedDate", "createdDate", "notImportedDownloadUrl", "failureReason"),
    "outcome",
    "notes",
]
COUNTS = ("createdCount", "updatedCount", "skippedCount", "errorCount")
MANY = b"Code,Name,Type\n" + b"".join(b"K%06d,Name %d,Ltd\n" % (n, n) for n in range(200_000))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        yield server


def counts(job: dict[str, Any]) -> list[int]:
    return [job[count] for count in COUNTS]


def prefixed(prefix: bytes) -> bytes:
    """The clients with codes that no other test has."""
    return re.sub(rb"\n([ABC])", rb"\n" + prefix + rb"\1", CLIENTS)


def test_upload_answers_with_the_preview_and_imports_nothing(server: ApiServer) -> None:
    answer = server.upload(prefixed(b"u"), "my clients.csv")
    assert answer.status_code == 201
    seen = answer.json()
    assert (seen["fileName"], seen["encoding"], seen["delimiter"], seen["hasHeaderRow"]) == (
        "my clients.csv", "utf-8", ",", True,
    )  # fmt: skip
    assert (seen["headers"], seen["totalRows"]) == (["Code", "Name", "Type"], 3)
    assert seen["previewRows"][0] == {"Code": "uA1", "Name": "Ann", "Type": "Individual"}
    assert {each["targetField"] for each in seen["suggestedMappings"]} == {"Code", "Name", "Type"}
    assert counts(seen["plan"]) == [2, 0, 0, 1]
    assert seen["plan"]["reasons"] == {"not_in_list": 1}
    assert seen["objection"] is None
    job = server.job(seen["code"])
    assert (job["status"], job["startedDate"], job["totalItems"]) == ("Queued", None, None)
    assert list(job) == RECORD


def test_upload_masks_what_is_sensitive(server: ApiServer) -> None:
    answer = server.upload(b"Code,Name,Type,NI No\nnA1,Ann,Ltd,JG103759A\nnA2,Bob,Ltd,nonsense\n")
    assert answer.status_code == 201, answer.text
    assert [(row["Code"], row["NI No"]) for row in answer.json()["previewRows"]] == [
        ("nA1", "\u2022\u2022\u2022"), ("nA2", "\u2022\u2022\u2022"),
    ]  # fmt: skip
    plan = server.client.get(f"{IMPORTS}/{answer.json()['code']}/plan").text
    for said in (answer.text, plan):
        assert "JG103759A" not in said
        assert "nonsense" not in said


def test_put_imports_and_answers_with_the_ended_job(server: ApiServer) -> None:
    code = server.uploaded(prefixed(b"p"))
    answer = server.put(code)
    assert answer.status_code in (201, 202)
    job = server.ended(code)
    assert list(job) == RECORD
    assert (job["status"], job["outcome"], job["totalItems"], *counts(job)) == (
        "Completed",
        "WithErrors",
        3,
        2,
        0,
        0,
        1,
    )
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", job[date]) for date in RECORD[9:12])


def test_put_waits_for_a_small_file(server: ApiServer) -> None:
    server.run(prefixed(b"w"))  # workers are warm from here on
    answer = server.put(server.uploaded(prefixed(b"x")))
    assert (answer.status_code, answer.json()["status"]) == (201, "Completed")


def test_upload_that_starts_at_once(server: ApiServer) -> None:
    answer = server.upload(prefixed(b"s"), showPreview="false", importMode="CreateOnly")
    assert answer.status_code in (201, 202)
    assert list(answer.json()) == RECORD
    assert counts(server.ended(answer.json()["code"])) == [2, 0, 0, 1]


def test_start_at_once_with_options_that_do_not_fit_leaves_no_job(server: ApiServer) -> None:
    before = server.codes()
    is_problem(server.upload(UNKNOWN, showPreview="false"), 400)
    assert server.codes() == before


def test_file_whose_columns_nobody_knows_can_be_mapped_afterwards(server: ApiServer) -> None:
    seen = server.upload(UNKNOWN).json()
    assert seen["plan"] is None
    assert seen["objection"]
    is_problem(server.put(seen["code"]), 400)
    assert server.job(seen["code"])["status"] == "Queued"
    assert server.put(seen["code"], columnMappings=MAPPED).status_code in (201, 202)
    assert server.ended(seen["code"])["status"] == "Completed"


def test_packed_file_is_taken(server: ApiServer) -> None:
    assert counts(server.run(gzip.compress(prefixed(b"z")))) == [2, 0, 0, 1]


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"%PDF-1.7 and so on", "PDF"), (b"\x00\x01\x02" * 500, "control characters")],
)
def test_file_that_is_no_table_becomes_a_job_that_fails_with_the_reason(
    server: ApiServer, data: bytes, words: str
) -> None:
    seen = server.upload(data).json()
    assert words in seen["objection"]
    assert (seen["headers"], seen["plan"], seen["totalRows"]) == ([], None, None)
    assert server.put(seen["code"]).status_code in (201, 202)
    job = server.ended(seen["code"])
    assert job["status"] == "Failed"
    assert words in job["failureReason"]


@pytest.mark.parametrize("data", [b"", b"Code,Name\n"])
def test_file_without_rows_completes(server: ApiServer, data: bytes) -> None:
    job = server.run(data)
    assert (job["status"], job["totalItems"], *counts(job)) == ("Completed", 0, 0, 0, 0, 0)


def test_options_of_the_upload_hold_until_others_are_given(server: ApiServer) -> None:
    code = server.uploaded(b"Code;Name;Type\noA1;Ann;Ltd\n", delimiter=";", importMode="UpdateOnly", maxErrors="10")
    assert counts(server.client.get(f"{IMPORTS}/{code}/plan").json()) == [0, 0, 1, 0]
    plan = server.client.get(f"{IMPORTS}/{code}/plan", params={"importMode": "CreateOnly"})
    assert counts(plan.json()) == [1, 0, 0, 0]
    server.put(code, importMode="CreateAndUpdate")
    assert counts(server.ended(code)) == [1, 0, 0, 0]


def test_plan_says_what_changes_and_changes_nothing(server: ApiServer) -> None:
    server.run(prefixed(b"q"))
    code = server.uploaded(b"Code,Name,Type\nqA1,Anna,Individual\nqD4,Dee,\n")
    plan = server.client.get(f"{IMPORTS}/{code}/plan", params={"defaultClientType": "Trust"}).json()
    assert list(plan) == [*COUNTS, "emptiedCount", "reasons", "changes", "unknownValues", "notes", "failureReason"]
    assert counts(plan) == [1, 1, 0, 0]
    assert plan["changes"] == [{"row": 2, "code": "qA1", "field": "Name", "from": "Ann", "to": "Anna"}]
    plan = server.client.get(f"{IMPORTS}/{code}/plan").json()
    assert plan["reasons"] == {"missing_required": 1}
    assert server.job(code)["status"] == "Queued"


def test_column_mappings_of_a_form_and_a_query_are_json(server: ApiServer) -> None:
    given = json.dumps(MAPPED)
    code = server.upload(UNKNOWN, columnMappingsJson=given).json()["code"]
    only_name = json.dumps({"Who": "Name", "Kind": "Type"})
    plan = server.client.get(f"{IMPORTS}/{code}/plan", params={"columnMappingsJson": only_name})
    assert plan.status_code == 200
    is_problem(server.upload(UNKNOWN, columnMappingsJson="[{"), 400, "JSON")
    is_problem(server.upload(UNKNOWN, columnMappingsJson="7"), 400, "csvHeader")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"importMode": "Everything"}, "importMode"),
        ({"matchField": "Shoe"}, "matchField"),
        ({"maxErrors": "many"}, "maxErrors"),
        ({"blankCells": "perhaps"}, "blankCells"),
        ({"duplicates": "some"}, "duplicates"),
        ({"defaultClientType": "Zorp"}, "defaultClientType"),
        ({"encoding": "klingon"}, "encoding"),
        ({"delimiter": "abc"}, "delimiter"),
        ({"dayFirst": "sometimes"}, "dayFirst"),
        ({"noSuchOption": "1"}, "noSuchOption"),
    ],
)
def test_wrong_options_are_named_wherever_they_come_from(
    server: ApiServer, options: dict[str, str], field: str
) -> None:
    code = server.uploaded(CLIENTS)
    for answer in (
        server.upload(CLIENTS, **options),
        server.put(code, **options),
        server.client.get(f"{IMPORTS}/{code}/plan", params=options),
    ):
        content = is_problem(answer, 400, field)
        assert [row_error["field"].split(".")[0] for row_error in content["errors"]] == [field]
    assert server.job(code)["status"] == "Queued"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columnMappings": [{"csvHeader": "Nope", "targetField": "Code"}]}, "Nope"),
        ({"columnMappings": [{"csvHeader": h, "targetField": "Code"} for h in ("Code", "Name")]}, "one field"),
        ({"matchField": "Email"}, "Email"),
        ({"mappingCode": "no-such"}, "no-such"),
        ({"mappingCode": "individual-clients", "columnMappings": MAPPED}, "both"),
    ],
)
def test_options_that_do_not_fit_the_file_start_nothing(server: ApiServer, options: dict[str, Any], words: str) -> None:
    code = server.uploaded(CLIENTS)
    answer = server.put(code, **options)
    detail = is_problem(answer, 400)["detail"]
    assert words.lower() in detail.lower()
    assert server.job(code)["status"] == "Queued"


def test_put_body_that_is_no_object_is_rejected(server: ApiServer) -> None:
    code = server.uploaded(CLIENTS)
    for body in (b"[", b"[1]", b'"x"', b"\xff\xfe"):
        answer = server.client.put(f"{IMPORTS}/{code}", content=body, headers={"content-type": "application/json"})
        is_problem(answer, 400)
    assert server.client.put(f"{IMPORTS}/{code}").status_code in (201, 202)


def test_job_is_started_once(server: ApiServer) -> None:
    code = server.uploaded(prefixed(b"t"))
    with ThreadPoolExecutor(5) as pool:
        statuses = [answer.status_code for answer in pool.map(lambda _: server.put(code), range(5))]
    assert len([status for status in statuses if status in (201, 202)]) == 1
    assert statuses.count(409) == 4
    assert counts(server.ended(code)) == [2, 0, 0, 1]
    is_problem(server.put(code), 409, code)
    is_problem(server.client.get(f"{IMPORTS}/{code}/plan"), 409, code)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PUT", ""),
        ("GET", "/plan"),
        ("POST", "/cancel"),
        ("GET", "/errors"),
    ],
)
def test_unknown_job_is_404(server: ApiServer, method: str, path: str) -> None:
    for code in ("nosuchjob0", "..%2f..%2fetc", "a" * 500, "%00"):
        is_problem(server.client.request(method, f"{IMPORTS}/{code}{path}"), 404)


def test_queued_job_is_cancelled_for_good(server: ApiServer) -> None:
    code = server.uploaded(CLIENTS)
    answer = server.client.post(f"{IMPORTS}/{code}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "Cancelled")
    is_problem(server.client.post(f"{IMPORTS}/{code}/cancel"), 409, "Cancelled")
    is_problem(server.put(code), 409, "Cancelled")


def test_running_job_answers_202_and_is_cancelled(server: ApiServer) -> None:
    code = server.uploaded(b"Code,Name,Type\nlA1,Ann,Ltd\n")
    with server.cli.locked(), ThreadPoolExecutor(1) as pool:
        starting = pool.submit(server.put, code)
        wait_until(lambda: server.job(code)["status"] == "InProgress", "the import to begin")
        assert server.client.get("/healthz").status_code == 200
        answer = starting.result()
        assert (answer.status_code, answer.headers["location"]) == (202, f"{IMPORTS}/{code}")
        assert server.client.post(f"{IMPORTS}/{code}/cancel").status_code == 200
        wait_until(lambda: server.job(code)["status"] == "Cancelled", "the cancel")
    assert counts(server.job(code)) == [0, 0, 0, 0]


def test_ended_job_cannot_be_cancelled(server: ApiServer) -> None:
    code = server.run(prefixed(b"e"))["code"]
    is_problem(server.client.post(f"{IMPORTS}/{code}/cancel"), 409, "Completed")


def test_jobs_are_listed_newest_first_page_by_page(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        codes = [server.uploaded(b"Code,Name\nA1,Ann\n") for _ in range(5)]
        server.client.post(f"{IMPORTS}/{codes[1]}/cancel")
        listed: list[str] = []
        address: str | None = f"{IMPORTS}?limit=2"
        while address:
            answer = server.client.get(address)
            listed += [job["code"] for job in answer.json()]
            address = answer.links.get("next", {}).get("url")
        assert listed == codes[::-1]
        cancelled = server.client.get(IMPORTS, params={"status": "Cancelled"}).json()
        assert [job["code"] for job in cancelled] == [codes[1]]
        for wrong in ({"limit": "0"}, {"limit": "x"}, {"status": "Lost"}):
            is_problem(server.client.get(IMPORTS, params=wrong), 400)
        is_problem(server.client.get(IMPORTS, params={"cursor": "nosuch"}), 400, "cursor")


@pytest.mark.slow
def test_ten_uploads_at_once_are_ten_imports(server: ApiServer) -> None:
    def run(number: int) -> dict[str, Any]:
        return server.run(prefixed(b"n%d" % number))

    with ThreadPoolExecutor(10) as pool:
        jobs = list(pool.map(run, range(10)))
    assert len({job["code"] for job in jobs}) == 10
    assert [counts(job) for job in jobs] == [[2, 0, 0, 1]] * 10

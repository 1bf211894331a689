"""Covers the API's calls about results against the real server: errors, the signed download, fields, export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer

from client_import.fields.catalogue import FIELDS
from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.dying import Order, paused
from tests.support.program import Program

WRONG = b"Code,Name,Type,Email\nA1,Ann,Zorp,nope\nB2,,Ltd,b@example.com\nC3,Cy,Ltd,\n"
HOUR = 3600
SECRET = "a secret of this test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home", CLIENT_IMPORT_SECRET=SECRET) as server:
        yield server


@pytest.fixture(scope="module")
def code(server: ApiServer) -> str:
    """The job of the file that is partly wrong."""
    return str(server.run(WRONG)["code"])


def signed(code: str, age_seconds: int = 0, secret: str = SECRET) -> str:
    """A signature as the server makes it, as long ago as ``age_seconds``."""

    class Earlier(URLSafeTimedSerializer.default_signer):  # type: ignore[name-defined,misc]
        def get_timestamp(self) -> int:
            return int(super().get_timestamp()) - age_seconds

    made = URLSafeTimedSerializer(secret, salt="not-imported.csv", signer=Earlier).dumps(code)
    return str(made)


def download(code: str) -> str:
    return f"{IMPORTS}/{code}/not-imported.csv"


def test_errors_are_listed_with_all_that_a_person_needs(server: ApiServer, code: str) -> None:
    row_errors = server.client.get(f"{IMPORTS}/{code}/errors").json()
    assert [list(row_error) for row_error in row_errors] == [
        ["row", "column", "field", "reason", "value", "message"]
    ] * 3
    assert [
        (row_error["row"], row_error["column"], row_error["reason"], row_error["value"]) for row_error in row_errors
    ] == [
        (2, "Type", "not_in_list", "Zorp"),
        (2, "Email", "bad_format", "nope"),
        (3, "Name", "missing_required", None),
    ]


def test_errors_come_page_by_page(server: ApiServer, code: str) -> None:
    every = server.client.get(f"{IMPORTS}/{code}/errors").json()
    paged, address = [], f"{IMPORTS}/{code}/errors?limit=1"
    while address:
        answer = server.client.get(address)
        paged += answer.json()
        address = answer.links.get("next", {}).get("url", "")
    assert paged == every
    for wrong in ({"limit": "0"}, {"cursor": "-1"}, {"cursor": "x"}, {"cursor": str(1 << 80)}):
        is_problem(server.client.get(f"{IMPORTS}/{code}/errors", params=wrong), 400)


def test_errors_are_summed_up_by_column_and_reason(server: ApiServer, code: str) -> None:
    groups = server.client.get(f"{IMPORTS}/{code}/errors", params={"summary": "true"}).json()
    told = {group["message"]: group["samples"] for group in groups}
    assert next(iter(told)) == "Name: a value that is needed is blank, 1 row"
    assert all(f'"{sample}"' in message for message, samples in told.items() for sample in samples)
    assert len([samples for samples in told.values() if samples]) == 2
    assert [
        {name: group[name] for name in ("column", "field", "reason", "count", "firstRows")} for group in groups
    ] == [
        {"column": "Name", "field": "Name", "reason": "missing_required", "count": 1, "firstRows": [3]},
        {"column": "Type", "field": "Type", "reason": "not_in_list", "count": 1, "firstRows": [2]},
        {"column": "Email", "field": "Email", "reason": "bad_format", "count": 1, "firstRows": [2]},
    ]


def test_job_that_waits_has_no_errors_yet(server: ApiServer) -> None:
    waiting = server.uploaded(WRONG)
    assert server.client.get(f"{IMPORTS}/{waiting}/errors").json() == []


def test_rows_not_imported_are_behind_an_absolute_signed_link(server: ApiServer, code: str) -> None:
    link = server.job(code)["notImportedDownloadUrl"]
    assert link.startswith(server.url + download(code))
    answer = server.client.get(link)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["import_row"] for row in rows] == ["2", "3"]


def test_rows_not_imported_can_be_corrected_and_sent_again(server: ApiServer, code: str) -> None:
    data = server.client.get(server.job(code)["notImportedDownloadUrl"]).content
    fixed = data.replace(b"Zorp", b"Ltd").replace(b"nope", b"ann@example.com").replace(b'"B2","",', b"B2,Bob,")
    again = server.run(fixed)
    assert (again["createdCount"], again["errorCount"], again["notImportedDownloadUrl"]) == (2, 0, None)


def test_link_lives_an_hour_and_is_of_one_job_only(server: ApiServer, code: str) -> None:
    other = str(server.run(WRONG)["code"])
    for age in (HOUR - 60, -60):  # of a server whose clock is ahead
        assert server.client.get(download(code), params={"signature": signed(code, age)}).status_code == 200
    for signature, words in (
        (signed(code, HOUR + 60), "expired"),
        (signed(code, -HOUR - 60), "expired"),
        (signed(other), "not valid"),
        (signed(code, secret="another"), "not valid"),
        (signed(code)[:-1], "not valid"),
        ("x" * 5000, "not valid"),
        ("", "not valid"),
        ("é", "not valid"),
    ):
        is_problem(server.client.get(download(code), params={"signature": signature}), 403, words)
    is_problem(server.client.get(download(code)), 403, "signature")


def test_link_is_made_fresh_on_every_poll_and_works_with_head(server: ApiServer, code: str) -> None:
    link = server.job(code)["notImportedDownloadUrl"]
    assert urlsplit(link).path == download(code)
    for address in (link, link.replace("not-imported.csv", "rejected.xlsx")):
        whole, head = server.client.get(address), server.client.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == whole.headers["content-type"]
        assert head.headers["content-disposition"] == whole.headers["content-disposition"]
    assert server.client.head(link).headers["content-length"] == str(len(server.client.get(link).content))
    assert server.client.head(f"{link}x").status_code == 403


@pytest.mark.parametrize(
    "path", ["/", "/jobs", "/healthz", "/metrics", "/clients", "/clients/export.csv", "/openapi.json", IMPORTS]
)
def test_whatever_can_be_got_answers_head(server: ApiServer, path: str) -> None:
    answer = server.client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    calls = server.client.get("/metrics").text
    assert f'client_import_http_requests_total{{method="HEAD",route="{path}",status="200"}}' in calls


@pytest.mark.parametrize("path", ["/nothing", f"{IMPORTS}/nothing1234"])
def test_what_cannot_be_got_answers_head_so(server: ApiServer, path: str) -> None:
    assert server.client.head(path).status_code == 404


def test_parts_of_a_file_are_downloaded(server: ApiServer, code: str) -> None:
    link = server.job(code)["notImportedDownloadUrl"]
    whole = server.client.get(link).content

    def part(asked: str) -> httpx.Response:
        return server.client.get(link, headers={"Range": asked})

    assert (part("bytes=0-9").status_code, part("bytes=0-9").content) == (206, whole[:10])
    assert part("bytes=-7").content == whole[-7:]
    for none in ("lines=0-9", "bytes=abc", "bytes=5-1", "bytes"):
        assert (part(none).status_code, part(none).content) == (200, whole), none
    outside = part("bytes=999999-")
    is_problem(outside, 416, f"{len(whole):,} bytes", "Leave out the header Range")
    assert outside.headers["content-range"] == f"bytes */{len(whole)}"


def test_no_link_where_every_row_was_imported(server: ApiServer) -> None:
    job = server.run(b"Code,Name,Type\nZ9,Zed,Ltd\n")
    assert job["notImportedDownloadUrl"] is None
    is_problem(server.client.get(download(job["code"]), params={"signature": signed(job["code"])}), 404)
    is_problem(server.client.get(download("nosuchjob0"), params={"signature": signed("nosuchjob0")}), 404)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["applied", "reported"])
def test_no_link_and_no_file_before_the_job_has_ended(server: ApiServer, point: str) -> None:
    """Its counts are known then, and at the second point the file is written; a cancel or a death may still come."""
    program = Program(server.home)
    try:
        with paused(program, point, Order(server.home, WRONG)) as (code, resume):
            assert program.home.job(code).not_imported.exists() == (point == "reported")
            [listed] = [job for job in server.client.get(IMPORTS).json() if job["code"] == code]
            seen = [server.job(code), listed, server.cli("job", code, "--json").json]
            assert [(job["status"], job["notImportedDownloadUrl"]) for job in seen] == [("InProgress", None)] * 3
            assert all(job["errorCount"] for job in seen)
            for file in ("not-imported.csv", "rejected.csv"):
                answer = server.client.get(f"{IMPORTS}/{code}/{file}", params={"signature": signed(code)})
                is_problem(answer, 404, "still InProgress")
                assert server.client.get(f"/jobs/{code}/{file}").status_code == 404
            assert server.cli("not-imported", code).stdout == ""
            resume()
        assert server.job(code)["notImportedDownloadUrl"] is not None
        assert server.client.get(download(code), params={"signature": signed(code)}).status_code == 200
    finally:
        program.store.close()


def test_catalogue_and_template_have_every_field(server: ApiServer) -> None:
    fields = server.client.get("/clients/import/fields").json()
    assert [field["field"] for field in fields] == [field.name for field in FIELDS]
    template = server.client.get("/clients/import/template.csv")
    assert template.content.decode("utf-8-sig").strip().split(",") == [field.name for field in FIELDS]
    mapped = server.client.get("/clients/import/template.csv", params={"mapping": "individual-clients"})
    assert mapped.status_code == 200
    is_problem(server.client.get("/clients/import/template.csv", params={"mapping": "nope"}), 400, "nope")


def test_export_imported_again_changes_nothing(server: ApiServer) -> None:
    server.run(b"Code,Name,Type\nX1,Ex,Ltd\nX2,Why,Trust\n")
    exported = server.client.get("/clients/export.csv")
    assert exported.headers["content-type"].startswith("text/csv")
    again = server.run(exported.content)
    assert (again["createdCount"], again["updatedCount"], again["errorCount"]) == (0, 0, 0)
    assert again["skippedCount"] == again["totalItems"] > 1


def test_links_begin_with_the_public_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    public = "https://clients.example.com/base"
    with ApiServer(tmp_path_factory.mktemp("api") / "home", CLIENT_IMPORT_PUBLIC_URL=public + "/") as server:
        link = server.run(WRONG)["notImportedDownloadUrl"]
        assert link.startswith(f"{public}{IMPORTS}/")
        parts = urlsplit(link)
        answer = server.client.get(parts.path.removeprefix("/base"), params=parts.query)
        assert answer.status_code == 200
        server.stop()
        server.start()
        assert server.client.get(parts.path.removeprefix("/base"), params=parts.query).status_code == 200

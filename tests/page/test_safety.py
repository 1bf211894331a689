"""Covers what keeps the page safe: its policy, signing in, other websites, faults in words, files kept in caches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api_server import ApiServer
from tests.page.visits import HTMX, TWO, put_in, text_of

KEY = "a-key-for-tests"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server that asks for a key, and takes files of one MiB at most."""
    home = tmp_path_factory.mktemp("guarded") / "home"
    settings = {"CLIENT_IMPORT_API_KEYS": f"{KEY},another", "CLIENT_IMPORT_MAX_UPLOAD_MB": "1"}
    with ApiServer(home, **settings) as server:
        yield server


def sign_in(server: ApiServer, key: str = KEY, onwards: str = "/") -> str:
    """Sign in; return the cookie as it was set."""
    answer = server.client.post("/sign-in", data={"key": key, "next": onwards})
    assert answer.status_code == 303, text_of(answer)
    return str(answer.headers["set-cookie"])


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/nothing", "/sign-in", "/no/such/page"])
def test_no_page_runs_anything_but_our_own_files(server: ApiServer, path: str) -> None:
    answer = server.client.get(path, headers={"Accept": "text/html"})
    policy = answer.headers.get("content-security-policy", "")
    if answer.status_code != 303:
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "referrer-policy" in answer.headers
        assert " style=" not in answer.text
        assert "<script>" not in answer.text


def test_pages_ask_to_sign_in_and_lead_back(guarded: ApiServer) -> None:
    guarded.client.cookies.clear()
    for path in ("/", "/jobs", "/jobs/abc", "/jobs/abc/plan", "/template.csv"):
        assert guarded.client.get(path).headers["location"].startswith("/sign-in")
    assert guarded.client.get("/jobs/abc").headers["location"] == "/sign-in?next=%2Fjobs%2Fabc"
    assert guarded.client.get("/jobs/abc/progress", headers=HTMX).headers["hx-redirect"] == "/sign-in"
    answer = guarded.client.post("/jobs", files={"file": ("a.csv", TWO)})
    assert answer.headers["location"] == "/sign-in"
    assert guarded.client.get("/static/page.css").status_code == 200


def test_a_wrong_key_is_refused_in_words(guarded: ApiServer) -> None:
    guarded.client.cookies.clear()
    answer = guarded.client.post("/sign-in", data={"key": "wrong"})
    assert answer.status_code == 403
    assert "not one of the keys" in text_of(answer)
    assert "set-cookie" not in answer.headers


def test_a_session_is_a_signed_cookie_that_scripts_cannot_read(guarded: ApiServer) -> None:
    guarded.client.cookies.clear()
    cookie = sign_in(guarded)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Max-Age=43200" in cookie
    assert KEY not in cookie
    assert guarded.client.get("/").status_code == 200
    assert "Sign out" in text_of(guarded.client.get("/"))
    name, _, value = cookie.partition(";")[0].partition("=")
    guarded.client.cookies.clear()
    for forged in (value[:-3] + "abc", value.replace(".", "x"), ""):
        assert guarded.client.get("/", headers={"Cookie": f"{name}={forged}"}).status_code == 303
    sign_in(guarded)
    guarded.client.post("/sign-out")
    assert guarded.client.get("/").status_code == 303


def test_a_session_of_the_page_opens_no_api(guarded: ApiServer) -> None:
    guarded.client.cookies.clear()
    sign_in(guarded)
    assert guarded.client.get("/clients/import/csv").status_code == 401


@pytest.mark.parametrize("onwards", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_signing_in_leads_nowhere_else(guarded: ApiServer, onwards: str) -> None:
    guarded.client.cookies.clear()
    answer = guarded.client.post("/sign-in", data={"key": KEY, "next": onwards})
    assert answer.headers["location"] == "/"


def test_a_session_ends_when_its_key_is_withdrawn(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ApiServer(home, CLIENT_IMPORT_API_KEYS=KEY) as server:
        cookie = sign_in(server).partition(";")[0]
        assert server.client.get("/", headers={"Cookie": cookie}).status_code == 200
    with ApiServer(home, CLIENT_IMPORT_API_KEYS="another") as server:
        assert server.client.get("/", headers={"Cookie": cookie}).status_code == 303


def test_other_websites_change_nothing(server: ApiServer) -> None:
    code = put_in(server, TWO)
    foreign = {"Origin": "https://evil.example"}
    assert server.client.post(f"/jobs/{code}/cancel", headers=foreign).status_code == 403
    assert server.job(code)["status"] == "Queued"


def test_a_file_too_large_is_told_in_words(guarded: ApiServer) -> None:
    guarded.client.cookies.clear()
    sign_in(guarded)
    large = {"file": ("large.csv", b"x" * (3 << 20))}
    answer = guarded.client.post("/jobs", files=large, headers=HTMX)
    assert answer.status_code == 413
    assert "A file may have 1 MiB" in text_of(answer)
    assert not answer.text.startswith("<!doctype")


def test_no_file_is_told_in_words(server: ApiServer) -> None:
    for answer in (
        server.client.post("/jobs", data={"like": ""}),
        server.client.post("/jobs", files={"file": ("", b"")}),
    ):
        assert answer.status_code == 400
        assert "file" in text_of(answer)


def test_programs_are_still_answered_as_programs(server: ApiServer) -> None:
    answer = server.client.get("/clients/import/csv/nothing", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"
    answer = server.client.get("/no/such/address")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "words"), [("/jobs/nothing", "no such import"), ("/nowhere", "nothing at this address")]
)
def test_what_is_not_there_is_told_in_words(server: ApiServer, path: str, words: str) -> None:
    answer = server.client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert words in text_of(answer)
    assert "Go to the start" in text_of(answer)


def test_files_are_kept_by_browsers_as_long_as_they_are_the_same(server: ApiServer) -> None:
    page = server.client.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in server.client.get(address).headers["cache-control"]
    assert server.client.get("/static/page.css").headers["cache-control"] == "no-cache"
    assert server.client.get("/static/../answers.py").status_code == 404


def test_an_empty_file_with_every_column_can_be_had(server: ApiServer) -> None:
    answer = server.client.get("/template.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "Code" in answer.text

"""Covers what keeps the page safe: its policy, signing in, other websites, errors in words, files kept in caches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from service.api.attempts import Attempts
from tests.service.page.visits import HTMX, TWO, put_in, text_of
from tests.support.api_server import ApiServer

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
    part = guarded.client.get("/jobs/abc/progress", headers=HTMX)
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in")
    filtered = guarded.client.get("/jobs?status=Failed&name=a%26b").headers["location"]
    assert parse_qs(urlsplit(filtered).query) == {"next": ["/jobs?status=Failed&name=a%26b"]}
    for onwards in ("/jobs/abc?then=fixes", "/jobs/abc"):
        seen = {**HTMX, "HX-Current-URL": f"{guarded.url}{onwards}#plan"}
        for part in (
            guarded.client.get("/jobs/abc/progress", headers=seen),
            guarded.client.post("/jobs", headers=seen),
        ):
            assert parse_qs(urlsplit(part.headers["hx-redirect"]).query) == {"next": [onwards]}
    broken = guarded.client.get("/jobs/abc/progress", headers={**HTMX, "HX-Current-URL": "http://[bad"})
    assert broken.headers["hx-redirect"] == "/sign-in"
    answer = guarded.client.post("/jobs", files={"file": ("a.csv", TWO)})
    assert answer.status_code == 401
    assert "not signed in" in text_of(answer)
    assert guarded.client.get("/static/page.css").status_code == 200


def test_a_wrong_key_is_rejected_in_words(guarded: ApiServer) -> None:
    guarded.client.cookies.clear()
    answer = guarded.client.post("/sign-in", data={"key": "wrong"})
    assert answer.status_code == 403
    assert "not one of the keys" in text_of(answer)
    assert "set-cookie" not in answer.headers


def test_a_session_is_a_cookie_that_scripts_cannot_read(guarded: ApiServer) -> None:
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
    for forged in (value[:-3] + "abc", value.upper(), ""):
        assert guarded.client.get("/", headers={"Cookie": f"{name}={forged}"}).status_code == 303
    sign_in(guarded)
    guarded.client.post("/sign-out")
    assert guarded.client.get("/").status_code == 303


def test_a_session_ends_on_the_server_when_its_person_signs_out(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_API_KEYS=KEY) as server:
        cookies = []
        for _ in range(2):
            server.client.cookies.clear()
            cookies.append(sign_in(server).partition(";")[0])
        server.client.cookies.clear()
        assert cookies[0] != cookies[1]
        for cookie in cookies:
            assert server.client.get("/", headers={"Cookie": cookie}).status_code == 200
        out = server.client.post("/sign-out", headers={"Cookie": cookies[0]})
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
        assert server.client.get("/", headers={"Cookie": cookies[0]}).status_code == 303
        assert server.client.get("/", headers={"Cookie": cookies[1]}).status_code == 200
        assert server.client.post("/sign-out", headers={"Cookie": cookies[0]}).status_code == 401
        again = sign_in_with(server, cookies[1])
        assert server.client.get("/", headers={"Cookie": cookies[1]}).status_code == 303, "the new one took its place"
        server.process.kill()
        server.process.wait()
        server.start()
        assert server.client.get("/", headers={"Cookie": again}).status_code == 200
        server.client.cookies.clear()
    kept = b"".join(file.read_bytes() for file in (tmp_path / "home").glob("jobs.sqlite*"))
    for secret in (KEY, again.partition("=")[2], hashlib.sha256(KEY.encode()).hexdigest()):
        assert secret.encode() not in kept


def sign_in_with(server: ApiServer, cookie: str) -> str:
    """Sign in from a browser that has ``cookie``; return the one it has now."""
    answer = server.client.post("/sign-in", data={"key": KEY}, headers={"Cookie": cookie})
    server.client.cookies.clear()
    return str(answer.headers["set-cookie"].partition(";")[0])


def test_the_cookie_is_for_https_only_where_people_come_by_it(tmp_path: Path, guarded: ApiServer) -> None:
    guarded.client.cookies.clear()
    assert "Secure" not in sign_in(guarded)
    proxied = guarded.client.post("/sign-in", data={"key": KEY}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in proxied.headers["set-cookie"]
    guarded.client.cookies.clear()
    settings = {"CLIENT_IMPORT_API_KEYS": KEY, "CLIENT_IMPORT_PUBLIC_URL": "https://clients.example.com"}
    with ApiServer(tmp_path / "home", **settings) as server:
        assert "Secure" in sign_in(server)


def test_keys_are_guessed_a_few_times_only(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_API_KEYS=KEY) as server:
        cookie = sign_in(server).partition(";")[0]
        server.client.cookies.clear()
        answers = [server.client.post("/sign-in", data={"key": f"guess {n}"}) for n in range(12)]
        assert [answer.status_code for answer in answers] == [403] * 10 + [429] * 2
        assert "too many wrong keys" in text_of(answers[-1])
        assert 0 < int(answers[-1].headers["retry-after"]) <= 300
        assert server.client.post("/sign-in", data={"key": KEY}).status_code == 429
        other = {"X-Forwarded-For": "203.0.113.7"}
        assert server.client.post("/sign-in", data={"key": KEY}, headers=other).status_code == 303
        server.client.cookies.clear()
        tried = [
            server.client.post("/sign-in", data={"key": "x"}, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
            for n in range(60)
        ]
        assert tried == [403] * 50 + [429] * 10
        assert server.client.get("/", headers={"Cookie": cookie}).status_code == 200, "who is signed in stays so"
        assert server.client.get("/clients/import/csv", headers={"x-api-key": KEY}).status_code == 200


def test_attempts_are_forgotten_and_one_network_is_one_place() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    for n in range(10):
        attempts.failed(f"2001:db8:0:1::{n}")
    assert attempts.wait_seconds("2001:db8:0:1:ffff::1") == 301
    assert attempts.wait_seconds("2001:db8:0:2::1") == 0
    assert attempts.wait_seconds("192.0.2.1") == 0
    now = 301.0
    assert attempts.wait_seconds("2001:db8:0:1::1") == 0


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


def test_an_error_page_has_the_headers_of_its_error(server: ApiServer) -> None:
    answer = server.client.delete("/jobs")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert answer.headers["allow"]


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

"""Covers who may do what: every address of the server without a key, with a wrong one, and with signatures.

Whether anything of a body is read is seen on bare sockets: the answer is there, and the body never was.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from pipelines.launcher import open_launcher
from service.api.app import create_app
from service.place import open_place
from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.sockets import connected, first_answer, head, status_of, whole_answer

KEY = "a-key-for-tests"
STATIC = "/static/{path}"
OPEN = {("GET", "/healthz"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", STATIC), ("HEAD", STATIC)}
LEFT = b"Code,Name,Type\nA1,Ann,Zorp\nB2,Bob,Individual\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("access") / "home", CLIENT_IMPORT_API_KEYS=f"{KEY},another") as server:
        yield server


@pytest.fixture
def keyed(server: ApiServer) -> Iterator[ApiServer]:
    """The server, called with its key."""
    server.client.headers["x-api-key"] = KEY
    yield server
    del server.client.headers["x-api-key"]


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Every method and address that the application has."""
    with pytest.MonkeyPatch.context() as patch, application(tmp_path_factory.mktemp("routes"), patch) as app:
        found = [(method, each.path) for each in iter_route_contexts(app.routes) for method in each.methods or ("GET",)]
    return sorted((method, path.replace(":path}", "}")) for method, path in found)


@contextmanager
def application(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    """Give the application in this process, over a home folder of its own."""
    patch.setenv("CLIENT_IMPORT_HOME", str(folder))
    patch.setenv("CLIENT_IMPORT_API_KEYS", KEY)
    with open_place() as place:
        launcher = open_launcher(place.settings, place.home, place.store)
        try:
            yield create_app(place, launcher)
        finally:
            launcher.close()


def test_every_address_is_closed_before_a_body_is_read(server: ApiServer, routes: list[tuple[str, str]]) -> None:
    assert len(routes) > 30
    assert set(routes) > OPEN
    for method, path in routes:
        target = re.sub(r"\{\w+\}", "k3v9q2m7xt", path)
        for lines in ([], ["x-api-key: wrong"], ["x-api-key: "], ["Cookie: client_import_session=forged"]):
            unsent = ["Content-Length: 500000000", "Content-Type: multipart/form-data; boundary=b"]
            with connected(server.port) as connection:
                connection.sendall(head(method, target, *lines, *(unsent if method in ("POST", "PUT") else [])))
                if (method, path) in OPEN:
                    continue
                answer = first_answer(connection)
            if lines[:1] != ["x-api-key: wrong"] and _leads_to_sign_in(method, path, answer):
                continue
            assert status_of(answer) in (401, 403), (method, path, lines, answer)


def _leads_to_sign_in(method: str, path: str, answer: bytes) -> bool:
    is_page = method == "GET" and not path.startswith(("/clients", "/csv-mappings", "/metrics", "/openapi"))
    return is_page and status_of(answer) in (303, 401) and (b"/sign-in" in answer or b"401" in answer)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PATCH", "TRACE", "FOO"])
@pytest.mark.parametrize("path", ["/nowhere", "/jobs/", "/HEALTHZ", "/healthz/", "//healthz", "/%2e%2e/jobs"])
def test_what_is_not_there_is_closed_too(server: ApiServer, method: str, path: str) -> None:
    with connected(server.port) as connection:
        connection.sendall(head(method, path))
        assert status_of(first_answer(connection)) == 401


def test_a_route_of_tomorrow_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tomorrow() -> str:
        return "everything"

    async def called() -> list[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            keys = ({}, {"x-api-key": "wrong"}, {"x-api-key": KEY})
            return [(await client.get("/tomorrow", headers=headers)).status_code for headers in keys]

    with application(tmp_path, monkeypatch) as app:
        app.add_api_route("/tomorrow", tomorrow)
        assert asyncio.run(called()) == [401, 401, 200]


def test_only_a_signature_of_that_file_opens_it(keyed: ApiServer) -> None:
    link = keyed.run(LEFT)["notImportedDownloadUrl"]
    other = keyed.run(LEFT.replace(b"A1", b"C3"))["notImportedDownloadUrl"]
    address, signature = link.split("?signature=")
    with httpx.Client(timeout=60) as bare:
        assert bare.get(link).status_code == 200
        assert bare.get(address, headers={"x-api-key": "another"}).status_code == 200
        for query in (
            "",
            "?xsignature=1",
            f"?xsignature={signature}",
            "?Signature=1",
            "?a=signature=1",
            "?signature%3D1",
        ):
            is_problem(bare.get(address + query), 401)
        for query in (
            "?signature=",
            "?signature=1",
            f"?signature={signature}&signature=1",
            f"?signature=%00{signature}",
        ):
            is_problem(bare.get(address + query), 403)
        is_problem(bare.get(f"{other.split('?')[0]}?signature={signature}"), 403)
        is_problem(bare.get(f"{address}?signature=1", headers={"x-api-key": KEY}), 403)
        assert bare.post(link).status_code == 401


def test_without_keys_the_file_needs_a_signature_all_the_same(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        link = server.run(LEFT)["notImportedDownloadUrl"]
        address = link.split("?")[0]
        assert server.client.get(link).status_code == 200
        for query in ("", "?xsignature=1", "?signature=1"):
            is_problem(server.client.get(address + query), 403)


def test_the_document_and_its_page_need_a_key_or_a_session(keyed: ApiServer) -> None:
    assert keyed.client.get("/openapi.json").json()["openapi"].startswith("3.")
    assert keyed.client.get("/docs").status_code == 200
    with httpx.Client(base_url=keyed.url, timeout=60) as person:
        is_problem(person.get("/openapi.json"), 401, "x-api-key", "/sign-in")
        sent = person.get("/docs", headers={"Accept": "text/html"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Fdocs")
        assert person.post("/sign-in", data={"key": KEY, "next": "/docs"}).headers["location"] == "/docs"
        assert person.get("/docs").status_code == 200
        assert person.get("/openapi.json").status_code == 200
        is_problem(person.get(IMPORTS), 401)


def test_uploads_without_a_key_are_answered_at_once_and_keep_nothing(server: ApiServer) -> None:
    scratch = server.home / "scratch"
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + b"x" * (3 << 20)
    for path in ("/jobs", IMPORTS):
        with connected(server.port) as connection:
            lines = ("Content-Length: 500000000", "Content-Type: multipart/form-data; boundary=b")
            connection.sendall(head("POST", path, *lines) + part)
            assert status_of(first_answer(connection)) == 401
            open_files = [Path(file.path) for file in psutil.Process(server.process.pid).open_files()]
            assert [file for file in open_files if scratch in file.parents] == []


def test_the_form_to_sign_in_takes_no_file_and_no_more_than_a_key(server: ApiServer) -> None:
    files = {"file": ("a.csv", b"x" * (2 << 20))}
    assert server.client.post("/sign-in", data={"key": KEY}, files=files).status_code == 413
    assert server.client.post("/sign-in", data={"key": KEY}, files={"file": ("a.csv", b"x")}).status_code == 400
    assert server.client.post("/sign-in", data={f"k{n}": "x" for n in range(50)}).status_code == 400


HOSTS = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "0.0.0.0", "127.1", "2130706433",
         "localhost:99999", "localhost:x", "a@localhost", "::1", "[127.0.0.1]", "localhost, evil.example")  # fmt: skip
KNOWN = ("localhost", "LOCALHOST", "localhost.", "127.0.0.1:8000", "[::1]", "[0:0:0:0:0:0:0:1]:80", "[fd00::7]",
         "clients.example.com", "Clients.Example.COM.:8443", "10.1.2.3:8000")  # fmt: skip


def test_a_name_that_is_not_known_is_rejected_with_keys_too(tmp_path: Path) -> None:
    allowed = {"CLIENT_IMPORT_ALLOWED_HOSTS": "clients.example.com, [fd00::7],10.1.2.3:8000"}
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_API_KEYS=KEY, **allowed) as server:
        for host, path in itertools.product((*HOSTS, "10.1.2.3", "10.1.2.3:80"), ("/healthz", IMPORTS, "/sign-in")):
            answer = server.client.get(path, headers={"host": host, "x-api-key": KEY, "x-forwarded-host": "localhost"})
            assert answer.status_code == 403, (host, path, answer.text)
            assert "CLIENT_IMPORT_ALLOWED_HOSTS" in answer.text
        for host in KNOWN:
            assert server.client.get(IMPORTS, headers={"host": host, "x-api-key": KEY}).status_code == 200, host
        with connected(server.port) as connection:
            connection.sendall(head("GET", "/healthz", "Host: evil.example", "Connection: close"))
            assert status_of(whole_answer(connection)) in (400, 403)
        with connected(server.port) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert status_of(whole_answer(connection)) in (400, 403)


def test_links_begin_with_a_name_that_is_known(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_ALLOWED_HOSTS="clients.example.com") as server:
        code = server.run(LEFT)["code"]
        job, end = f"{IMPORTS}/{code}", f"{IMPORTS}/{code}/not-imported.csv?signature="
        forwarded = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-host": "evil.example"}
        for host, begin in (
            ("Clients.example.com.:8443", "http://clients.example.com:8443"),
            ("[::1]", "http://[::1]"),
        ):
            link = server.client.get(job, headers={"host": host, **forwarded}).json()["notImportedDownloadUrl"]
            assert link.startswith(begin + end)
        with connected(server.port) as connection:
            connection.sendall(head("GET", f"http://evil.example{job}", "Connection: close"))
            assert b"evil.example/clients" not in whole_answer(connection)
        for path in (f"/jobs/{code}/progress", f"/jobs/{code}/not-imported.csv"):
            assert server.client.get(path, headers=forwarded).headers["location"].startswith(("/jobs/", "/clients/"))
        listed = server.client.get(IMPORTS, params={"limit": 1}, headers=forwarded)
        assert "evil" not in listed.headers.get("link", "") + listed.text


def test_links_begin_with_the_public_address_when_it_is_said(tmp_path: Path) -> None:
    public = "https://clients.example.com/import/"
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_PUBLIC_URL=public) as server:
        link = server.run(LEFT)["notImportedDownloadUrl"]
        assert link.startswith(f"{public.rstrip('/')}{IMPORTS}/")
        headers = {"host": "clients.example.com", "origin": "https://clients.example.com"}
        assert server.client.post("/jobs", data={"like": ""}, headers=headers).status_code == 400
        assert (
            server.client.post("/jobs", data={"like": ""}, headers={**headers, "host": "localhost"}).status_code == 400
        )


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://localhost.evil.example", "file://"])
def test_other_websites_change_nothing_anywhere(server: ApiServer, origin: str) -> None:
    for method, path in (("POST", "/sign-in"), ("POST", "/jobs"), ("POST", IMPORTS), ("DELETE", "/csv-mappings/a")):
        answer = server.client.request(method, path, headers={"origin": origin, "x-api-key": KEY})
        assert answer.status_code == 403

"""Covers what the API refuses: calls without a key, other websites, names that are paths, servers open to all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.cli import CommandLine
from tests.support.servers import ROOT

CLIENTS = b"Code,Name,Type\nA1,Ann,Zorp\nB2,Bob,Ltd\n"
CALLS = [
    ("POST", IMPORTS),
    ("GET", IMPORTS),
    ("GET", f"{IMPORTS}/abc"),
    ("PUT", f"{IMPORTS}/abc"),
    ("GET", f"{IMPORTS}/abc/plan"),
    ("POST", f"{IMPORTS}/abc/cancel"),
    ("GET", f"{IMPORTS}/abc/errors"),
    ("GET", f"{IMPORTS}/abc/not-imported.csv"),
    ("GET", "/csv-mappings"),
    ("POST", "/csv-mappings"),
    ("DELETE", "/csv-mappings/abc"),
    ("GET", "/clients/import/fields"),
    ("GET", "/clients/import/template.csv"),
    ("GET", "/clients/export.csv"),
    ("GET", "/metrics"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    home = tmp_path_factory.mktemp("api") / "home"
    with ApiServer(home, CLIENT_IMPORT_API_KEYS="first-key, second-key") as server:
        yield server


def test_every_call_needs_a_key(server: ApiServer) -> None:
    for method, path in CALLS:
        is_problem(server.client.request(method, path), 401, "x-api-key")
        for wrong in ("", "first-key,", "FIRST-KEY", "first-key, second-key", "first-ke"):
            is_problem(server.client.request(method, path, headers={"x-api-key": wrong}), 401, "x-api-key")
    assert server.client.get("/healthz").status_code == 200


def test_upload_without_a_key_keeps_nothing(server: ApiServer) -> None:
    is_problem(server.upload(CLIENTS), 401)
    assert server.client.get(IMPORTS, headers={"x-api-key": "first-key"}).json() == []


def test_each_of_the_keys_opens(server: ApiServer) -> None:
    for key in ("first-key", "second-key"):
        assert server.client.get(IMPORTS, headers={"x-api-key": key}).status_code == 200


def test_signed_link_needs_no_key(server: ApiServer) -> None:
    with httpx.Client(base_url=server.url, headers={"x-api-key": "first-key"}, timeout=60) as keyed:
        bare, server.client = server.client, keyed
        try:
            job = server.run(CLIENTS)
        finally:
            server.client = bare
    assert bare.get(job["notImportedDownloadUrl"]).status_code == 200
    path = f"{IMPORTS}/{job['code']}/not-imported.csv"
    assert bare.get(path, headers={"x-api-key": "second-key"}).status_code == 200
    is_problem(bare.get(path), 401)
    is_problem(bare.get(path, params={"signature": "forged"}), 403)


@pytest.mark.parametrize(
    ("host", "keys", "begins"), [("0.0.0.0", "", False), ("::", "", False), ("127.0.0.1", "", True)]
)
def test_server_open_to_the_network_needs_keys(tmp_path: Path, host: str, keys: str, begins: bool) -> None:
    if begins:
        with ApiServer(tmp_path / "home") as server:
            assert server.answers()
        return
    environment = {**CommandLine(tmp_path).environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "service.api", "--host", host],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "CLIENT_IMPORT_API_KEYS" in done.stderr
    assert "Traceback" not in done.stderr


def test_other_websites_change_nothing(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        evil = {"origin": "https://evil.example"}
        files = {"file": ("clients.csv", CLIENTS)}
        is_problem(server.client.post(IMPORTS, files=files, headers=evil), 403, "https://evil.example")
        assert server.codes() == []
        assert "access-control-allow-origin" not in server.client.get(IMPORTS, headers=evil).headers
        own = {"origin": server.url}
        assert server.client.post(IMPORTS, files=files, headers=own).status_code == 201


def test_website_whose_name_leads_here_reads_nothing(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_PUBLIC_URL="https://clients.example.com/") as server:
        for host in ("evil.example", f"evil.example:{server.port}", "", "127.0.0.1.evil.example", "[bad"):
            is_problem(server.client.get(IMPORTS, headers={"host": host}), 403)
        for host in (f"localhost:{server.port}", "127.0.0.1", "[::1]:8000", "clients.example.com"):
            assert server.client.get(IMPORTS, headers={"host": host}).status_code == 200


def test_website_that_is_named_may_call(tmp_path: Path) -> None:
    friend = {"origin": "https://friend.example"}
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_CORS_ORIGINS="https://friend.example") as server:
        answer = server.client.get(IMPORTS, headers=friend)
        assert answer.headers["access-control-allow-origin"] == "https://friend.example"
        asked = {**friend, "access-control-request-method": "PUT", "access-control-request-headers": "x-api-key"}
        assert server.client.options(f"{IMPORTS}/abc", headers=asked).status_code == 200
        files = {"file": ("clients.csv", CLIENTS)}
        assert server.client.post(IMPORTS, files=files, headers=friend).status_code == 201
        evil = server.client.get(IMPORTS, headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in evil.headers


NAMES = {
    "../../x.csv": "x.csv",
    "/etc/passwd": "passwd",
    "C:\\Users\\ann\\clients.csv": "clients.csv",
    "..\\..\\x.csv": "x.csv",
    "CON": "CON",
    "LPT1.csv": "LPT1.csv",
    "..": "..",
    "a\u202ecsv.exe": "acsv.exe",
    "été.csv": "été.csv",
}


def test_names_are_shown_and_never_opened(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "deep" / "home") as server:
        codes = []
        for name, shown in NAMES.items():
            answer = server.upload(CLIENTS, name)
            assert answer.status_code == 201, answer.text
            codes.append(answer.json()["code"])
            assert server.job(codes[-1])["fileName"] == shown
            server.put(codes[-1])
        assert [server.ended(code)["status"] for code in codes] == ["Completed"] * len(NAMES)
    outside = [path for path in tmp_path.rglob("*") if "home" not in path.relative_to(tmp_path).parts]
    assert [path.name for path in outside] == ["deep"]


def test_name_of_300_letters_is_cut_and_keeps_its_ending(server: ApiServer) -> None:
    answer = server.client.post(
        IMPORTS, files={"file": ("n" * 300 + ".csv", CLIENTS)}, headers={"x-api-key": "first-key"}
    )
    assert answer.status_code == 201
    assert len(answer.json()["fileName"]) <= 200
    assert answer.json()["fileName"].endswith(".csv")


def test_nul_in_a_name_and_forms_that_are_none_are_answered_with_sentences(server: ApiServer) -> None:
    boundary = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a\x00b.csv"\r\n\r\nCode,Name\r\n--b--\r\n'
    )
    headers = {"x-api-key": "first-key", "content-type": "multipart/form-data; boundary=b"}
    answer = server.client.post(IMPORTS, content=boundary, headers=headers)
    assert answer.status_code == 400 or "\x00" not in answer.json()["fileName"]
    for content, kind in (
        (b"", "multipart/form-data"),
        (b"nothing", "multipart/form-data; boundary=b"),
        (b"Code,Name\n", "text/csv"),
        (b"{}", "application/json"),
        (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n', headers["content-type"]),
    ):
        is_problem(server.client.post(IMPORTS, content=content, headers={**headers, "content-type": kind}), 400)


def test_answers_carry_a_request_id(server: ApiServer) -> None:
    assert server.client.get("/healthz").headers["x-request-id"]
    assert server.client.get("/healthz", headers={"x-request-id": "mine-1"}).headers["x-request-id"] == "mine-1"
    odd = server.client.get("/healthz", headers={"x-request-id": "a b<c>"}).headers["x-request-id"]
    assert odd != "a b<c>"

"""Covers uploads that are large, slow or broken, against the real server over a socket."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from service.api.routes.imports import MAX_WAIT_SECONDS
from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.cli import wait_until

MEBIBYTE = 1 << 20
BOUNDARY = "frontier"
HEAD = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="clients.csv"\r\n\r\n').encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
LINE = b"A%07d,Somebody of some name,Individual,and some more text to fill the line up\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        yield server


def form(mebibytes: int) -> Iterator[bytes]:
    """The body of an upload whose file has ``mebibytes``."""
    yield HEAD
    block = (b"Code,Name,Type,Notes\n" + LINE * (MEBIBYTE // len(LINE)) + b"x" * MEBIBYTE)[:MEBIBYTE]
    for _ in range(mebibytes):
        yield block
    yield TAIL


def opened(server: ApiServer, length: int, path: str = IMPORTS) -> socket.socket:
    """A connection that has announced an upload of ``length`` bytes."""
    caller = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {length}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    caller.sendall(request.encode())
    return caller


def leftovers(server: ApiServer) -> list[Path]:
    """The files that uploads have left in the home folder; a worker that warms up has files there, too."""
    paths = [path for part in ("scratch", "jobs") for path in (server.home / part).rglob("*") if path.is_file()]
    return [path for path in paths if not path.relative_to(server.home).parts[1].startswith("warm-up")]


class Peak:
    """The most memory a process has while the context lasts, seen from outside, in MiB."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self.before = self.most = self._now()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, self._now())

    def _now(self) -> float:
        return float(self._process.memory_info().rss) / MEBIBYTE


@pytest.mark.slow
@pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "chunked"])
def test_upload_over_the_limit_is_rejected_with_flat_memory(server: ApiServer, is_declared: bool) -> None:
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    if is_declared:
        headers["content-length"] = str(len(HEAD) + 600 * MEBIBYTE + len(TAIL))
    server.upload(b"Code,Name\n")
    with Peak(server.process.pid) as peak:
        answer = server.client.post(IMPORTS, content=form(600), headers=headers)
    is_problem(answer, 413, "512 MiB", "CLIENT_IMPORT_MAX_UPLOAD_MB")
    assert peak.most - peak.before < 64
    assert sum(path.stat().st_size for path in leftovers(server)) < MEBIBYTE


def test_limit_is_a_setting_and_holds_for_the_file_not_the_form(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_MAX_UPLOAD_MB="1") as server:
        fits = b"Code,Name\nA1,Ann\n".ljust(MEBIBYTE, b" ")
        assert server.upload(fits).status_code == 201
        is_problem(server.upload(fits * 3), 413, "1 MiB")
        big = {"columnMappingsJson": json.dumps({"Name": "Name"}).ljust(900_000)}
        assert server.upload(fits, **big).status_code == 201
        for over in (fits + b"\n", fits * 2):
            for fields in ({}, big):
                is_problem(server.upload(over, **fields), 413, "1 MiB", "CLIENT_IMPORT_MAX_UPLOAD_MB")
            assert server.client.post("/jobs", files={"file": ("c.csv", over, "text/csv")}).status_code == 413
        assert server.client.post("/jobs", files={"file": ("c.csv", fits, "text/csv")}).status_code == 303
        is_problem(server.client.put(f"{IMPORTS}/x", content=b"[" * 5 * MEBIBYTE), 413)


def test_slow_client_keeps_nobody_waiting(server: ApiServer) -> None:
    body = HEAD + b"Code,Name,Type\nS1,Slow,Ltd\n" + TAIL
    with opened(server, len(body)) as caller:
        for place in range(0, len(body), 40):
            caller.sendall(body[place : place + 40])
            assert server.client.get("/healthz").status_code == 200
            time.sleep(0.02)
        assert caller.recv(100).startswith(b"HTTP/1.1 201")


def test_upload_that_breaks_off_leaves_nothing(server: ApiServer) -> None:
    before, codes = leftovers(server), server.codes()
    with opened(server, 50 * MEBIBYTE) as caller:
        caller.sendall(HEAD + b"Code,Name\n" * 300_000)
    with opened(server, 1_000, "/sign-in") as caller:
        caller.sendall(HEAD)
    given_up = 'route="/sign-in",status="400"'
    wait_until(lambda: given_up in server.client.get("/metrics").text, "the server to give the form up")
    wait_until(lambda: server.client.get("/healthz").status_code == 200, "the server")
    assert (leftovers(server), server.codes()) == (before, codes)
    assert server.run(b"Code,Name,Type\nT1,Tim,Ltd\n")["createdCount"] == 1


def test_a_form_without_its_end_is_refused_with_the_fields_that_came(server: ApiServer) -> None:
    rest = f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="importMode"\r\n\r\nUpdateOnly'.encode()
    whole = HEAD + b"Code,Name,Type\nA1,Ann,Individual\n" + rest + TAIL
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    before = server.codes()
    for path in (IMPORTS, "/jobs"):
        answer = server.client.post(path, content=whole[: -len(TAIL) - 4], headers=headers)
        assert (answer.status_code, "The form was cut off" in answer.text) == (400, True)
    assert server.codes() == before
    blocks = [whole[:-10], whole[-10:-5], whole[-5:]]
    assert server.client.post(IMPORTS, content=iter(blocks), headers=headers).status_code == 201


def test_only_so_many_uploads_wait(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_MAX_UPLOADS_WAITING="2") as server:
        first = server.uploaded(b"Code,Name\n")
        server.uploaded(b"Code,Name\n")
        is_problem(server.upload(b"Code,Name\n"), 429, "CLIENT_IMPORT_MAX_UPLOADS_WAITING")
        server.client.post(f"{IMPORTS}/{first}/cancel")
        assert server.upload(b"Code,Name\n").status_code == 201


def test_waiting_for_an_import_keeps_no_other_call_waiting(server: ApiServer) -> None:
    code, before = server.uploaded(b"Code,Name,Type\nW1,Wim,Ltd\n"), len(server.codes())
    with server.cli.locked(), ThreadPoolExecutor() as pool:
        waiting = [pool.submit(server.put, code)]
        wait_until(lambda: server.job(code)["status"] == "InProgress", "the import to begin")
        file = b"Code,Name,Type\nW2,Wil,Ltd\n"
        waiting += [pool.submit(server.upload, file, showPreview="false") for _ in range(3)]
        wait_until(lambda: len(server.codes()) == before + 3, "the others to be asked")
        with httpx.Client(base_url=server.url, timeout=MAX_WAIT_SECONDS * 0.8) as other:
            assert all(other.get(path).status_code == 200 for path in ("/healthz", IMPORTS, "/csv-mappings") * 10)
        assert {each.result().status_code for each in waiting} == {202}
        server.client.post(f"{IMPORTS}/{code}/cancel")

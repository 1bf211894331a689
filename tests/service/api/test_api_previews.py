"""Covers the limits of what looks at files for the API, and that nobody else waits for it: not here is what is seen
(test_api_imports.py). One look process has been stopped where a look that takes for ever is needed.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from client_import.failpoints import VARIABLE
from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.cli import PATIENCE_SECONDS, wait_until
from tests.support.hostile import many_short_rows

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\nC3,Cy,Zorp\n"
NO_CLIENTS = b"a,b\n1,2\n"
"""Seen in a tenth of the time, as no column is known and so there is no plan."""
NEVER = "0.001"
"""Seconds within which nothing can be looked at."""


def preview_processes(server: ApiServer) -> list[psutil.Process]:
    """The processes that look at files; they give way to all others."""
    here = psutil.Process(server.process.pid)
    return [child for child in here.children(recursive=True) if child.nice() > here.nice()]


@contextmanager
def standing_still(server: ApiServer) -> Iterator[None]:
    """Every look takes until the end of this."""
    wait_until(lambda: len(preview_processes(server)) == 1, "the first look process")
    assert server.upload(CLIENTS).status_code == 201
    [process] = preview_processes(server)
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_a_look_that_takes_too_long_is_cut_off_and_said(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_PREVIEW_SECONDS=NEVER) as server:
        seen = server.upload(CLIENTS).json()
        assert (seen["headers"], seen["plan"]) == ([], None)
        assert "longer than the 0.001 seconds that CLIENT_IMPORT_PREVIEW_SECONDS allows" in seen["objection"]
        answer = server.put(seen["code"])
        is_problem(answer, 503, "CLIENT_IMPORT_PREVIEW_SECONDS")
        assert answer.headers["retry-after"]
        is_problem(server.client.get(f"{IMPORTS}/{seen['code']}/plan"), 503, "CLIENT_IMPORT_PREVIEW_SECONDS")
        page = server.client.get(f"/jobs/{seen['code']}")
        assert (page.status_code, "CLIENT_IMPORT_PREVIEW_SECONDS" in page.text) == (200, True)
        is_problem(server.upload(CLIENTS, showPreview="false"), 503, "CLIENT_IMPORT_PREVIEW_SECONDS")
        assert server.codes() == [seen["code"]]
        assert server.job(seen["code"])["status"] == "Queued"
        assert server.client.post(f"{IMPORTS}/{seen['code']}/cancel").json()["status"] == "Cancelled"


def test_what_reads_everything_has_a_limit_of_its_own(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_PLAN_SECONDS=NEVER) as server:
        code = server.uploaded(CLIENTS)
        is_problem(server.client.get(f"{IMPORTS}/{code}/plan"), 503, "The plan took", "CLIENT_IMPORT_PLAN_SECONDS")
        page = server.client.get(f"/jobs/{code}/plan")
        assert (page.status_code, "CLIENT_IMPORT_PLAN_SECONDS" in page.text) == (503, True)
        server.put(code)
        assert server.ended(code)["createdCount"] == 2
        is_problem(server.client.get("/clients/export.csv"), 503, "The export took", "CLIENT_IMPORT_PLAN_SECONDS")
        assert server.client.get(f"{IMPORTS}/{code}/errors").json()[0]["row"] == 4
    assert not [path for path in (tmp_path / "home" / "scratch").glob("*") if path.name.startswith("export")]


def test_a_look_that_needs_too_much_memory_is_cut_off_and_said(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_PREVIEW_MEMORY="1MB") as server:
        code = server.uploaded(CLIENTS)
        is_problem(server.client.get(f"{IMPORTS}/{code}/plan"), 503, "1MB", "CLIENT_IMPORT_PREVIEW_MEMORY")
        is_problem(server.put(code), 503, "CLIENT_IMPORT_PREVIEW_MEMORY")
        assert server.job(code)["status"] == "Queued"


@pytest.mark.slow
def test_small_file_of_many_rows_is_looked_at_elsewhere(tmp_path: Path) -> None:
    with ApiServer(
        tmp_path / "home", CLIENT_IMPORT_PREVIEW_MEMORY="700MB", CLIENT_IMPORT_PREVIEW_SECONDS="20"
    ) as server:
        here = psutil.Process(server.process.pid)
        before = here.memory_info().rss
        assert server.upload(many_short_rows()).status_code == 201
        assert here.memory_info().rss < before + (100 << 20)
        assert server.run(CLIENTS)["createdCount"] == 2


def test_the_folder_for_temporary_files_may_lie_deep_down(tmp_path: Path) -> None:
    """Looks and imports start processes through a socket in there, and its path has at most about 100 characters."""
    deep = tmp_path / ("deep" * 40)
    deep.mkdir()
    with ApiServer(tmp_path / "home", TMPDIR=str(deep)) as server:
        assert server.run(CLIENTS)["createdCount"] == 2


def test_more_looks_than_may_wait_are_sent_away(tmp_path: Path) -> None:
    few = {"CLIENT_IMPORT_PREVIEWS": "1", "CLIENT_IMPORT_PREVIEWS_WAITING": "1"}
    with ApiServer(tmp_path / "home", **few, CLIENT_IMPORT_PREVIEW_SECONDS="600") as server:
        with ThreadPoolExecutor(6) as pool:
            with standing_still(server):
                answers = [pool.submit(server.upload, CLIENTS) for _ in range(6)]
                wait_until(lambda: sum(each.done() for each in answers) == 4, "four to be sent away")
                rejected = [each.result() for each in answers if each.done()]
            taken = [each.result() for each in answers]
        for answer in rejected:
            is_problem(answer, 503, "CLIENT_IMPORT_PREVIEWS_WAITING")
            assert answer.headers["retry-after"]
        assert sorted(answer.status_code for answer in taken) == [201, 201, 503, 503, 503, 503]
        assert len(server.codes()) == 3


def test_polls_are_answered_while_more_looks_wait_than_there_are_threads(tmp_path: Path) -> None:
    many = {"CLIENT_IMPORT_PREVIEWS": "1", "CLIENT_IMPORT_PREVIEWS_WAITING": "60"}
    with ApiServer(tmp_path / "home", **many, CLIENT_IMPORT_PREVIEW_SECONDS="600") as server:
        ended = server.run(CLIENTS)["code"]
        with ThreadPoolExecutor(50) as pool, httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS / 4) as other:
            with standing_still(server):
                answers = [pool.submit(server.upload, NO_CLIENTS) for _ in range(50)]
                wait_until(lambda: len(other.get(IMPORTS, params={"limit": 99}).json()) == 52, "all to be received")
                for address in ("/healthz", f"{IMPORTS}/{ended}", IMPORTS, "/clients/import/fields", "/metrics"):
                    assert other.get(address).status_code == 200
                assert not any(each.done() for each in answers)
            assert {each.result().status_code for each in answers} == {201}


@pytest.mark.slow
def test_a_poll_does_not_wait_for_a_job_to_be_settled(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        (tmp_path / "clients.csv").write_bytes(CLIENTS)
        server.cli("run", tmp_path / "clients.csv", "--quiet", **{VARIABLE: "commit announced=kill"})
        with server.cli.locked():
            [code] = server.codes()
            assert server.job(code)["status"] == "InProgress"
            assert server.codes() == [code]
        job = server.ended(code)
        assert (job["status"], job["createdCount"]) == ("Failed", 0)


@pytest.mark.slow
def test_a_report_is_written_elsewhere(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        (tmp_path / "clients.csv").write_bytes(CLIENTS)
        server.cli("run", tmp_path / "clients.csv", "--quiet", **{VARIABLE: "applied=kill"})
        [code] = server.codes()
        job = server.ended(code)
        assert (job["status"], job["createdCount"], job["errorCount"]) == ("Completed", 2, 1)
        assert "Zorp" in server.client.get(job["notImportedDownloadUrl"]).text


@pytest.mark.slow
def test_a_report_that_needs_too_much_memory_keeps_no_job_from_its_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ApiServer(home, CLIENT_IMPORT_WORKER_MEMORY="20MB", CLIENT_IMPORT_LOG="text") as server:
        (tmp_path / "clients.csv").write_bytes(CLIENTS)
        server.cli("run", tmp_path / "clients.csv", "--quiet", **{VARIABLE: "applied=kill"})
        [code] = server.codes()
        job = server.ended(code)
        assert (job["status"], job["createdCount"], job["errorCount"]) == ("Completed", 2, 1)
        assert job["notImportedDownloadUrl"] is None
        assert f"The report of job {code} took too much memory" in server.log.read_text("utf-8")

"""Covers what the API outlives: imports that die, a restart, stores that are away; and what it tells who watches."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

from client_import.jobs.heartbeat import Heartbeat
from tests.support.api_server import IMPORTS, ApiServer, is_problem
from tests.support.cli import wait_until

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\nB2,Bob,Ltd\n"
MANY = b"Code,Name,Type\n" + b"".join(b"K%06d,Name %d,Ltd\n" % (number, number) for number in range(100_000))


def importing(server: ApiServer) -> psutil.Process:
    """The process that runs the import under way, once it has begun."""
    from client_import.jobs.store import JobStore

    with JobStore.at(server.home / "jobs.sqlite") as store:

        def heartbeats() -> list[Heartbeat]:
            return [beat for job in store.unfinished() if (beat := store.heartbeat(job.code)) is not None]

        wait_until(lambda: len(heartbeats()) > 0, "the import to begin")
        [heartbeat] = heartbeats()
    return psutil.Process(heartbeat.process.pid)


@pytest.mark.slow
def test_killed_import_takes_nothing_else_down(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        code = server.uploaded(CLIENTS)
        with server.cli.locked():
            assert server.put(code).status_code == 202
            worker = importing(server)
            assert worker.pid != server.process.pid
            worker.kill()
            wait_until(lambda: server.job(code)["status"] == "Failed", "the job to fail")
        assert server.job(code)["failureReason"]
        assert server.run(CLIENTS)["createdCount"] == 2


@pytest.mark.slow
def test_restart_loses_no_job(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_WORKERS="1") as server:
        waiting = server.uploaded(CLIENTS)
        codes = [server.uploaded(MANY), server.uploaded(MANY.replace(b"K", b"L"))]
        for code in codes:
            server.client.put(f"{IMPORTS}/{code}", timeout=30)
        server.process.kill()
        server.process.wait()
        server.start()
        assert [server.ended(code)["status"] for code in codes] == ["Completed", "Completed"]
        assert [server.job(code)["createdCount"] for code in codes] == [100_000, 100_000]
        assert server.job(waiting)["status"] == "Queued"
        server.put(waiting)
        assert server.ended(waiting)["status"] == "Completed"


def test_health_tells_of_stores_that_are_away(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        assert server.client.get("/healthz").json()["status"] == "ok"
        (server.home / "clients.duckdb").write_bytes(b"no database at all, just text" * 100)
        wait_until(lambda: server.client.get("/healthz").status_code == 503, "a look at the database")
        health = server.client.get("/healthz").json()
        assert health["status"] == "unable"
        assert "no DuckDB database" in health["clientsDatabase"]
        seen = server.upload(CLIENTS).json()
        assert (seen["plan"], seen["objection"]) == (None, None)
        assert "cannot be opened" in seen["notes"][-1]
        is_problem(server.client.get(f"{IMPORTS}/{seen['code']}/plan"), 503)
        server.put(seen["code"])
        job = server.ended(seen["code"])
        assert job["status"] == "Failed"
        assert "cannot be opened" in job["failureReason"]
        is_problem(server.client.get("/clients/export.csv"), 503)


def test_metrics_count_jobs_rows_and_calls(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        server.run(CLIENTS + b"C3,Cy,Zorp\n")
        lines = server.client.get("/metrics").text.splitlines()
        assert 'client_import_jobs{status="Completed"} 1.0' in lines
        assert 'client_import_rows_total{outcome="created"} 2.0' in lines
        assert 'client_import_rows_total{outcome="rejected"} 1.0' in lines
        assert any(line.startswith("client_import_http_requests_total{") and IMPORTS in line for line in lines)


def test_log_has_each_call_under_its_request_id_and_no_signature(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_LOG="json") as server:
        link = server.run(CLIENTS + b"C3,Cy,Zorp\n")["notImportedDownloadUrl"]
        server.client.get(link, headers={"x-request-id": "mine-7"})
        wait_until(lambda: "mine-7" in server.log.read_text("utf-8"), "the log")
        text = server.log.read_text("utf-8")
    calls = [json.loads(line) for line in text.splitlines() if '"call"' in line]
    [mine] = [call for call in calls if call["requestId"] == "mine-7"]
    assert (mine["method"], mine["status"]) == ("GET", 200)
    assert link.partition("signature=")[2] not in text

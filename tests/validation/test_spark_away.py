"""A Spark cluster that is not there, and files that need none."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from client_import.errors import ClusterError, OptionsError
from client_import.settings import read_settings
from client_import.validation.spark import SparkCluster
from client_import.validation.spark_code import main_with_a_file
from tests.support.cli import CommandLine
from tests.validation.test_staging_parts import DATA, ignore, staging_of

HUGE = 4 * (8 << 20)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@pytest.mark.slow
def test_small_files_are_read_here(tmp_path: Path, closed_port: int) -> None:
    cli = CommandLine(tmp_path / "home", CLIENT_IMPORT_SPARK=f"sc://127.0.0.1:{closed_port}")
    assert cli("run", "-", "--json", stdin=DATA).json["createdCount"] == 40


@pytest.mark.slow
def test_cluster_that_is_away_fails_the_import_with_a_sentence(tmp_path: Path, closed_port: int) -> None:
    pytest.importorskip("pyspark", reason="the extra spark is not installed (make extras)")
    with (tmp_path / "clients.csv").open("wb") as file:
        file.write(b"Code,Name,Type\n")
        while file.tell() < HUGE + (1 << 20):
            file.write(b"".join(b"C%d,Ann,Ltd\n" % place for place in range(100_000)))
    settings = {"CLIENT_IMPORT_SPARK": f"sc://127.0.0.1:{closed_port}/;token=secret", "CLIENT_IMPORT_PART_MB": "8"}
    cli = CommandLine(tmp_path / "home", **settings)
    answer = cli("run", tmp_path / "clients.csv", "--quiet")
    assert answer.status == 1
    assert f"The Spark cluster at 127.0.0.1:{closed_port} cannot be reached (Connection refused)." in answer.stderr
    assert "secret" not in answer.stderr
    [job] = cli.jobs()
    assert (job["status"], job["createdCount"]) == ("Failed", 0)
    assert not [path for path in (cli.home / "jobs" / job["code"]).iterdir() if path.name in ("attempts", "parts")]


def test_program_without_a_file_is_not_ended(closed_port: int) -> None:
    """PySpark takes one for its own doctests."""
    pytest.importorskip("pyspark", reason="the extra spark is not installed (make extras)")
    program = f"""
from client_import.validation.spark import SparkCluster
with SparkCluster("sc://127.0.0.1:{closed_port}", 200).runner(None, None):
    pass
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert "ClusterError: The Spark cluster at" in ended.stderr


def test_client_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)  # as if it were not there
    staging = staging_of(tmp_path / "job", DATA, 200)
    with (
        pytest.raises(ClusterError, match=r"client is not installed .*with the extra `spark`"),
        SparkCluster("sc://127.0.0.1:1", 200).runner(staging, ignore),
    ):
        pass


WRONG = ["spark:15002", "http://spark:15002", "sc://", "sc://spark:x", "spark://spark:7077", "sc://me@spark:15002"]
WRONG += ["sc://spark:15002/x", "sc://spark:15002;token=x", "sc://spark:15002/;token", "sc://spark:15002/;token=x y"]


@pytest.mark.parametrize("url", WRONG)
def test_wrong_address_is_said(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_SPARK", url)
    with pytest.raises(OptionsError, match=r"CLIENT_IMPORT_SPARK: .*no address of Spark Connect"):
        read_settings()


@pytest.mark.parametrize("url", ["sc://spark", "sc://[::1]:15002/", "sc://spark:15002/;use_ssl=true;token=a-b.c/d"])
def test_addresses_of_spark_connect(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_SPARK", url)
    cluster = SparkCluster.of(read_settings())
    assert cluster is not None
    assert cluster.name in ("spark:15002", "::1:15002")


def test_parts_are_not_smaller_than_8_mib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_PART_MB", "7")
    with pytest.raises(OptionsError, match=r"CLIENT_IMPORT_PART_MB: It must be 8 or more"):
        read_settings()


@contextmanager
def spark_connect(version: str) -> Iterator[str]:
    """A server that speaks as a Connect server does, and only says its version."""
    import grpc

    with main_with_a_file():  # a worker of pytest-xdist has none
        from pyspark.sql.connect.proto import AnalyzePlanResponse
        from pyspark.sql.connect.proto.base_pb2_grpc import (
            SparkConnectServiceServicer,
            add_SparkConnectServiceServicer_to_server,
        )

    class Server(SparkConnectServiceServicer):
        def AnalyzePlan(self, request: Any, context: Any) -> Any:  # noqa: N802 - so Spark calls it
            said = AnalyzePlanResponse.SparkVersion(version=version)
            return AnalyzePlanResponse(session_id=request.session_id, spark_version=said)

    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        add_SparkConnectServiceServicer_to_server(Server(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"sc://127.0.0.1:{port}"
        server.stop(0).wait()


def test_older_spark_is_said(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra spark is not installed (make extras)")
    staging = staging_of(tmp_path / "job", DATA, 200)
    with spark_connect("3.5.1") as url:
        sentence = rf"Spark 4.0 or newer is needed, and the one at {url[5:]} is version 3.5.1. Update it"
        with pytest.raises(ClusterError, match=sentence), SparkCluster(url, 200).runner(staging, ignore):
            pass


@pytest.mark.long
def test_something_else_at_the_address_is_said(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra spark is not installed (make extras)")
    staging = staging_of(tmp_path / "job", DATA, 200)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever).start()
        url = f"sc://127.0.0.1:{server.server_port}/;token=secret"
        with (
            pytest.raises(ClusterError, match=r"cannot be reached .it does not answer.. Start its Connect") as raised,
            SparkCluster(url, 200).runner(staging, ignore),
        ):
            pass
        server.shutdown()
    assert "secret" not in str(raised.value)

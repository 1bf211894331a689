"""A Spark cluster that is not there, and files that need none."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from client_import.errors import ClusterError, OptionsError
from client_import.settings import read_settings
from client_import.validation.spark import SparkCluster
from tests.support.cli import CommandLine
from tests.validation.test_staging_parts import DATA, ignore, staging_of

HUGE = 4 * (8 << 20)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def test_small_files_are_read_here(tmp_path: Path, closed_port: int) -> None:
    cli = CommandLine(tmp_path / "home", CLIENT_IMPORT_SPARK=f"sc://127.0.0.1:{closed_port}")
    assert cli("run", "-", "--json", stdin=DATA).json["createdCount"] == 40


def test_cluster_that_is_away_fails_the_import_with_a_sentence(tmp_path: Path, closed_port: int) -> None:
    pytest.importorskip("pyspark", reason="there is no pyspark-client here")
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
    pytest.importorskip("pyspark", reason="there is no pyspark-client here")
    program = f"""
from client_import.validation.spark import SparkCluster
with SparkCluster("sc://127.0.0.1:{closed_port}", 200).runner(None, None):
    pass
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert "ClusterError: The Spark cluster at" in ended.stderr


def test_client_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)  # as if it were not there
    staging = staging_of(tmp_path / "job", DATA, 200)
    with (
        pytest.raises(ClusterError, match=r"client is not installed .*with the extra `spark`"),
        SparkCluster("sc://127.0.0.1:1", 200).runner(staging, ignore),
    ):
        pass


@pytest.mark.parametrize("url", ["spark:15002", "http://spark:15002", "sc://", "sc://spark:x", "spark://spark:7077"])
def test_wrong_address_is_said(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_SPARK", url)
    with pytest.raises(OptionsError, match=r"CLIENT_IMPORT_SPARK: .*no address of Spark Connect"):
        read_settings()

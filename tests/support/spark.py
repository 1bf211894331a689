"""A Spark cluster on this machine: a Connect server with two executors on loopback, ended by its own id.

One process is its master and both of its workers, too, and the executors are processes of their own: it starts in half
the time of four. `make cluster` has them apart.

It needs Java on the PATH, Spark with its jars (in SPARK_HOME, or in the package ``pyspark``), and ``pyspark-client``
for the importer. The executors run this Python.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_START_SECONDS = 120
_MASTER = "local-cluster[2,1,700]"
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
_BACKEND = "CoarseGrainedExecutorBackend"
_PYTHON = "pyspark.daemon"


def spark_home() -> Path | None:
    """The folder of Spark, or None if there is none."""
    named = os.environ.get("SPARK_HOME")
    found = importlib.util.find_spec("pyspark")
    places = [Path(named)] if named else []
    places += [Path(place) for place in (found.submodule_search_locations or [] if found else [])]
    return next((place for place in places if (place / "jars").is_dir()), None)


def missing() -> str:
    """What is missing to start a cluster here and to use it, in words; empty if there is nothing."""
    lacking = {
        "Java (apt-get install default-jre-headless)": shutil.which("java") is not None,
        "Spark (make .venv-spark/.ready, and its folder pyspark as SPARK_HOME)": spark_home() is not None,
        "pyspark-client (make extras)": importlib.util.find_spec("pyspark") is not None,
    }
    return ", ".join(name for name, is_there in lacking.items() if not is_there)


@dataclass
class Cluster:
    """The addresses and processes of a running cluster."""

    url: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def executors(self) -> list[psutil.Process]:
        """The processes of the executors that run now."""
        return self._below(_BACKEND)

    def run_python(self, python: str | Path) -> None:
        """Have the executors run this Python from now on."""
        (self.folder / "which").write_text(str(python))
        for process in self._below(_PYTHON):
            process.kill()

    def _below(self, command: str) -> list[psutil.Process]:
        below = [child for each in self.processes for child in _children(each.pid)]
        return [process for process in below if any(command in text for text in _command(process))]


def _children(process: int) -> list[psutil.Process]:
    try:
        return psutil.Process(process).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextmanager
def spark_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster whose files are in ``folder``; end it afterwards."""
    home = spark_home()
    assert home is not None
    port, python, temporary = _free_port(), folder / "python", folder / "temporary"
    temporary.mkdir()
    cluster = Cluster(f"sc://127.0.0.1:{port}", folder)
    cluster.run_python(sys.executable)
    python.write_text(f'#!/bin/sh\nexec "$(cat {folder / "which"})" "$@"\n')
    python.chmod(0o755)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CLIENT_IMPORT_", "PYTHON"))},
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={temporary} -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "TMPDIR": str(temporary),
        "PYSPARK_PYTHON": str(python),
    }
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "600m",
        "spark.executor.memory": "512m",
        "spark.ui.enabled": "false",
    }
    options = [text for name, value in settings.items() for text in ("--conf", f"{name}={value}")]
    with (folder / "connect.log").open("wb") as log:
        cluster.processes.append(
            subprocess.Popen(
                [home / "bin" / "spark-submit", "--master", _MASTER, "--class", _CONNECT, *options, "spark-internal"],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        )
    try:
        _wait_for(port, cluster)
        yield cluster
    finally:
        for process in cluster.processes:
            _end(process)


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def _wait_for(port: int, cluster: Cluster) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        ended = [process for process in cluster.processes if process.poll() is not None]
        with socket.socket() as tried:
            if not ended and tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        if ended:
            break
        time.sleep(0.2)
    logs = "\n".join(log.read_text("utf-8", "replace")[-3_000:] for log in sorted(cluster.folder.glob("*.log")))
    raise AssertionError(f"The Spark cluster did not start:\n{logs}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and those it has started, which all are in its session."""
    below = _children(process.pid)
    process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs([*below, psutil.Process(process.pid)] if process.poll() is None else below, 5)
    for each in alive:
        each.kill()
    process.wait()

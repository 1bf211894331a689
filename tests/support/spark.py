"""A Spark cluster on this machine: a master, two workers and a Connect server on loopback, ended by their own ids.

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
_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
_BACKEND = "CoarseGrainedExecutorBackend"


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
        "Java": shutil.which("java") is not None,
        "Spark (SPARK_HOME, or the package pyspark)": spark_home() is not None,
        "pyspark-client": importlib.util.find_spec("pyspark") is not None,
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
        below = [child for each in self.processes for child in _children(each.pid)]
        return [process for process in below if any(_BACKEND in text for text in _command(process))]


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
def spark_cluster(
    folder: Path, python: str | Path = sys.executable, *, is_one_process: bool = False
) -> Iterator[Cluster]:
    """Start a cluster whose files are in ``folder`` and whose executors run ``python``; end it afterwards.

    With ``is_one_process`` the Connect server does everything itself, and there is no executor to be killed.
    """
    home = spark_home()
    assert home is not None
    master, connect = _free_port(), _free_port()
    cluster = Cluster(f"sc://127.0.0.1:{connect}", folder)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CLIENT_IMPORT_", "PYTHON"))},
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_DAEMON_MEMORY": "600m",
        "SPARK_DAEMON_JAVA_OPTS": "-Dspark.master.rest.enabled=false",
        "PYSPARK_PYTHON": str(python),
    }

    def start(name: str, *command: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            cluster.processes.append(
                subprocess.Popen(
                    [str(home / "bin" / command[0]), *command[1:]],
                    env=environment,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def start_workers() -> str:
        start("master", "spark-class", _MASTER, "--host", "127.0.0.1", "--port", str(master), "--webui-port", "0")
        _wait_for(master, cluster)
        for number in (1, 2):
            place = ("--work-dir", str(folder / f"worker-{number}"), "--cores", "1", "--memory", "700m")
            address = ("--host", "127.0.0.1", "--webui-port", "0", f"spark://127.0.0.1:{master}")
            start(f"worker-{number}", "spark-class", _WORKER, *place, *address)
        return f"spark://127.0.0.1:{master}"

    try:
        settings = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(connect),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "512m",
            "spark.executor.memory": "512m",
            "spark.executor.cores": "1",
            "spark.ui.enabled": "false",
        }
        options = [text for name, value in settings.items() for text in ("--conf", f"{name}={value}")]
        address = ("--master", "local[1]" if is_one_process else start_workers(), "--class", _CONNECT)
        start("connect", "spark-submit", *address, *options, "spark-internal")
        _wait_for(connect, cluster)
        yield cluster
    finally:
        for process in reversed(cluster.processes):
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

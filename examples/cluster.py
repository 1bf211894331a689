"""Start a small cluster on this machine, import an example through it, say what was seen, and end all of it.

``python -m examples.cluster``, which ``make cluster`` runs, starts PostgreSQL and a Spark cluster (a master, two
workers and its Connect server) on loopback, with all their files in a temporary folder. Two imports then run at once,
as if on two machines: one home folder, the clients and the jobs in PostgreSQL, a large file read in parts by Spark.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_BIN = Path(sys.executable).parent
_LOOPBACK = "127.0.0.1"
_ROWS = 400_000
"""A file of some 40 MB: Spark reads files of at least four parts."""
_WAIT_SECONDS = 120.0
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TASK_DONE = "Finished task"

_NO_POSTGRESQL = "PostgreSQL is not installed. On Debian and Ubuntu: apt-get install postgresql"
_NO_JAVA = "Spark needs a Java runtime, and there is none. On Debian and Ubuntu: apt-get install default-jre-headless"
_NO_SPARK = (
    "Spark is not installed. `make cluster` installs it into .venv-spark, or name the folder of another in SPARK_HOME"
)


class MissingError(Exception):
    """Something is not installed, or did not start; the text says what to do."""


def main() -> None:
    """Run the example; exit status 1 with a sentence when something is missing or an import goes wrong."""
    parser = argparse.ArgumentParser(prog="python -m examples.cluster", description=__doc__)
    parser.add_argument("--no-spark", action="store_true", help="PostgreSQL alone: no Java and no Spark are needed")
    parser.add_argument("--rows", type=int, default=_ROWS, help=f"the rows of the large file; {_ROWS:,} if not given")
    parser.add_argument("--check", action="store_true", help="only say what has to be installed first")
    given = parser.parse_args()
    if lacking := _lacking(with_spark=not given.no_spark):
        sys.exit("\n".join(f"{sentence}." for sentence in lacking))
    if given.check:
        return
    for each in _STOPPING:
        signal.signal(each, _stop)
    try:
        with ExitStack() as started:
            _show(started, given.rows, with_spark=not given.no_spark)
    except MissingError as error:
        sys.exit(f"{error}.")
    print("All of it has ended, and its files are gone")


def _stop(number: int, _: object) -> None:
    """Have everything end that was started, whatever is signalled meanwhile."""
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    print("Ending all that was started", flush=True)
    sys.exit(128 + number)


def _lacking(*, with_spark: bool) -> list[str]:
    """Return a sentence for each program that the machine does not have."""
    lacking = [] if _postgres_programs() else [_NO_POSTGRESQL]
    return [*lacking, *([_NO_JAVA] if with_spark and not shutil.which("java") else [])]


def _show(started: ExitStack, rows: int, *, with_spark: bool) -> None:
    spark = _spark_home() if with_spark else None
    folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="client-import-cluster-")))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    database = started.enter_context(_postgresql(folder))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CLIENT_IMPORT_", "DAGSTER"))},
        "CLIENT_IMPORT_HOME": str(folder / "home"),
        "CLIENT_IMPORT_DATABASE": database,
        "CLIENT_IMPORT_SCRATCH": str(folder / "scratch"),
    }
    if spark is not None:
        environment["CLIENT_IMPORT_SPARK"] = started.enter_context(_spark_cluster(spark, folder))
        environment["CLIENT_IMPORT_PART_MB"] = "8"  # the least
    large = folder / "large.csv"
    _write_clients(large, rows)
    _import_both(started, environment, large)
    _tell(database, environment)


def _import_both(started: ExitStack, environment: dict[str, str], large: Path) -> None:
    """Import the large file and the project's example at the same time."""
    began = time.monotonic()
    commands = {
        path.name: [str(_BIN / "client-import"), "run", str(path), "--json"]
        for path in (large, ROOT / "examples/clients.csv")
    }
    print(f"Importing {' and '.join(commands)} at once")
    running = {}
    for name, command in commands.items():
        running[name] = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.callback(_end, running[name])
    with ThreadPoolExecutor() as pool:
        ended = {name: pool.submit(_outcome, process, began) for name, process in running.items()}
    for name, outcome in ended.items():
        job, seconds = outcome.result()
        if job.get("status") != "Completed":
            raise MissingError(f"{name} was not imported: {job.get('failureReason') or 'see above'}".rstrip("."))
        counts = ", ".join(
            f"{job[f'{count}Count']:,} {word}"
            for count, word in (
                ("created", "created"),
                ("updated", "updated"),
                ("skipped", "skipped"),
                ("error", "rejected"),
            )
        )
        print(f"{name}: {job['totalItems']:,} rows: {counts} ({seconds:.0f} s)")


def _outcome(process: subprocess.Popen[str], began: float) -> tuple[dict[str, Any], float]:
    """Return the record that an import prints at its end, and how many seconds it took."""
    record = json.loads(process.communicate()[0] or "{}")
    return record, time.monotonic() - began


def _tell(database: str, environment: dict[str, str]) -> None:
    import psycopg

    with psycopg.connect(database) as connection:
        for what, table in (
            ("clients", "clients"),
            ("imports in the ledger", "import_jobs"),
            ("job records", "client_import_public.jobs"),
            ("runs in Dagster's history", "dagster_public.runs"),
        ):
            [is_there] = connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() or [None]
            count = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() if is_there else None
            print(f"In PostgreSQL: {count[0]:,} {what}" if count else f"Not in PostgreSQL: {what}")
    home = Path(environment["CLIENT_IMPORT_HOME"])
    print(f"In the home folder: {', '.join(sorted(path.name for path in home.iterdir()))}")
    if "CLIENT_IMPORT_SPARK" in environment:
        logs = [log.read_text("utf-8", "replace") for log in home.parent.glob("worker-*/*/*/stderr")]
        print(f"On the Spark workers: {sum(log.count(_TASK_DONE) for log in logs)} parts read and validated")


# -- PostgreSQL --


def _postgres_programs() -> Path | None:
    """Return the folder with PostgreSQL's programs, which Debian does not put on the PATH; None if there are none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    """Run a server with its files in ``folder``, and yield the address of its database."""
    programs = _postgres_programs() or Path()
    data, user, port = folder / "postgresql", "postgres" if os.getuid() == 0 else None, _free_port()
    data.mkdir()
    if user:
        shutil.chown(data, user, user)  # it does not run as root
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--encoding=UTF8"],
        cwd=data,
        user=user,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise MissingError(f"initdb failed: {made.stderr.strip()}")
    options = ("-c", f"port={port}", "-c", f"listen_addresses={_LOOPBACK}", "-c", f"unix_socket_directories={data}")
    command = [str(programs / "postgres"), "-D", str(data), *options]
    with _running("PostgreSQL", command, folder, lambda: _accepts(port), user=user, stop=signal.SIGINT):
        yield f"postgresql://postgres@{_LOOPBACK}:{port}/postgres"


# -- Spark --


def _spark_home() -> Path:
    named = os.environ.get("SPARK_HOME")
    places = [Path(named)] if named else sorted(ROOT.glob(".venv-spark/lib/python*/site-packages/pyspark"))
    if not places or not (places[0] / "bin" / "spark-class").exists():
        raise MissingError(_NO_SPARK)
    return places[0]


@contextmanager
def _spark_cluster(spark: Path, folder: Path) -> Iterator[str]:
    """Run a master, two workers and Connect, and yield the address of the latter."""
    master, connect = _free_port(), _free_port()
    temporary = folder / "temporary"
    temporary.mkdir()
    environment = {
        **os.environ,
        "SPARK_HOME": str(spark),
        "SPARK_LOCAL_IP": _LOOPBACK,
        "SPARK_LOG_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder / "spark"),
        "SPARK_DAEMON_JAVA_OPTS": "-Dspark.master.rest.enabled=false",
        "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={temporary}",
        "TMPDIR": str(temporary),
        "PYSPARK_PYTHON": sys.executable,  # what reads a part is the project itself
        "PYTHONPATH": os.pathsep.join([str(spark.parent), str(ROOT)]),
    }
    run = str(spark / "bin" / "spark-class")
    address = f"spark://{_LOOPBACK}:{master}"
    deploy = "org.apache.spark.deploy"
    at = ("--host", _LOOPBACK, "--webui-port", "0")
    with ExitStack() as started:

        def start(name: str, command: Sequence[str], is_ready: Callable[[], bool]) -> None:
            started.enter_context(_running(name, command, folder, is_ready, environment=environment))

        start(
            "the Spark master", [run, f"{deploy}.master.Master", *at, "--port", str(master)], lambda: _accepts(master)
        )
        for number in (1, 2):
            port = _free_port()
            own = (
                "--port",
                str(port),
                "--cores",
                "1",
                "--memory",
                "1g",
                "--work-dir",
                str(folder / f"worker-{number}"),
            )
            worker = [run, f"{deploy}.worker.Worker", *at, *own, address]
            start(f"Spark worker {number}", worker, lambda port=port: _accepts(port))  # type: ignore[misc]
        settings = {
            "spark.connect.grpc.binding.address": _LOOPBACK,
            "spark.connect.grpc.binding.port": connect,
            "spark.ui.enabled": "false",
            "spark.driver.host": _LOOPBACK,
        }
        server = [str(spark / "bin" / "spark-submit"), "--master", address, "--driver-memory", "1g"]
        server += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        server += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
        start("Spark Connect", server, lambda: _accepts(connect))
        yield f"sc://{_LOOPBACK}:{connect}"


# -- Processes --


@contextmanager
def _running(
    name: str,
    command: Sequence[str | Path],
    folder: Path,
    is_ready: Callable[[], bool],
    *,
    user: str | None = None,
    environment: dict[str, str] | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    """Run a program from when it ``is_ready`` until the end of the block; its output is in a file in ``folder``."""
    log = folder / f"{name.replace(' ', '-')}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            user=user,
            cwd=folder,
            start_new_session=True,  # Ctrl-C is for this program, which then ends the others in their order
        )
    try:
        give_up = time.monotonic() + _WAIT_SECONDS
        while not is_ready():
            if process.poll() is not None or time.monotonic() > give_up:
                last = log.read_text("utf-8", "replace").splitlines()[-15:]
                raise MissingError("\n".join([f"{name[:1].upper()}{name[1:]} did not start:", *last]))
            time.sleep(0.2)
        print(f"{name[:1].upper()}{name[1:]} runs")
        yield
    finally:
        _end(process, stop)


def _end(process: subprocess.Popen[Any], stop: signal.Signals = signal.SIGTERM) -> None:
    """End the process, and what it has started and left behind."""
    process.send_signal(stop)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((_LOOPBACK, 0))
        return int(taken.getsockname()[1])


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((_LOOPBACK, port)) == 0


def _write_clients(path: Path, rows: int) -> None:
    """Write a file of invented clients; of every hundred, one has an error."""
    kinds = ("Individual", "Ltd", "Trust", "Charity", "Partnership")
    with path.open("w", encoding="utf-8") as file:
        file.write("Code,Name,Type,Email,AddressLine1,Town,Notes\n")
        for number in range(rows):
            kind = "Zorp" if number % 100 == 99 else kinds[number % 3]
            email = f"office{number}@example.com"
            file.write(f"L{number:08},Client number {number},{kind},{email},{number} High Street,Anytown,made up\n")


if __name__ == "__main__":
    main()

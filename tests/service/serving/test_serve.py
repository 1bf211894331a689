"""Covers ``client-import serve`` with all its real services: they start, are restarted, and end with the command.

How services in general are started, restarted and ended is in test_supervising.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from service.serving.ready import answers
from tests.support.cli import Answer, CommandLine, free_port, let_go, wait_until
from tests.support.small_services import are_gone

CLIENTS = b"Code,Name,Type\nA1,Alpha,Ltd\n"


class Served:
    """A running ``client-import serve`` with a home folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.cli = CommandLine(folder / "home", CLIENT_IMPORT_DROP_SECONDS="1", TMPDIR=str(folder))
        self.port, self.dagster_port = free_port(), free_port()
        ports = ("--port", str(self.port), "--dagster-port", str(self.dagster_port))
        self.process = self.cli.start("serve", *ports, *options)
        self.processes: list[psutil.Process] = []

    def wait_until_ready(self) -> None:
        """Wait for the API, the Dagster UI and, with a first tick of the sensor, the daemon."""
        wait_until(lambda: answers("127.0.0.1", self.port, "/healthz"), "the API", 0.2)
        wait_until(lambda: answers("127.0.0.1", self.dagster_port, "/server_info"), "the Dagster UI", 0.2)
        self.processes = psutil.Process(self.process.pid).children(recursive=True)

    def service(self, word: str) -> psutil.Process:
        """The process with the word on its command line."""
        children = psutil.Process(self.process.pid).children()
        return next(
            child for child in children if child.status() != "zombie" and word in map(os.path.basename, child.cmdline())
        )

    def service_runs(self, word: str) -> bool:
        """Whether there is such a process."""
        with suppress(StopIteration, psutil.NoSuchProcess):
            return self.service(word).is_running()
        return False

    def restarted(self, word: str) -> None:
        """Kill the service, and wait until it is there again."""
        killed = self.service(word)
        killed.kill()

        wait_until(lambda: not killed.is_running() and self.service_runs(word), f"{word} to be started again", 0.2)

    def drop(self, name: str) -> None:
        """Put a file into the drop folder."""
        (self.cli.home / "drop" / name).write_bytes(CLIENTS)

    def wait_for_job(self, count: int, status: str) -> None:
        """Wait until there are so many jobs, and the newest has the status; the others are Completed."""
        wait_until(lambda: [job["status"] for job in self.cli.jobs()] == [status, *["Completed"] * (count - 1)], status)

    def end(self, number: int) -> Answer:
        """Send the signal, and wait for the end of the command and of all it has started."""
        with suppress(psutil.NoSuchProcess):
            self.processes += psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        answer = self.cli.end(self.process)
        are_gone(self.processes)
        return answer

    def close(self) -> None:
        """End whatever a failed test has left."""
        for process in (*self.processes, self.process):
            with suppress(psutil.NoSuchProcess):
                process.kill()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    try:
        yield served
    finally:
        served.close()


@pytest.mark.long
def test_everything_starts_survives_the_death_of_services_and_ends_with_ctrl_c(served: Served) -> None:
    served.wait_until_ready()
    served.drop("one.csv")
    served.wait_for_job(1, "Completed")
    for word in ("service.api", "service.dagster_ui", "dagster-daemon", "grpc"):
        served.restarted(word)
    served.wait_until_ready()
    another = served.cli("serve", "--port", str(free_port()), "--dagster-port", str(free_port()))
    assert another.status == 1
    assert another.stderr == (
        f"client-import serve is running for {served.cli.home} already. End that one first, or start another API with "
        "its page, and nothing else, with --api-only.\n"
    )
    served.drop("two.csv")
    served.wait_for_job(2, "Completed")
    answer = served.end(signal.SIGINT)
    assert (answer.status, answer.stdout) == (0, "")
    page, ui = f"http://127.0.0.1:{served.port}", f"http://127.0.0.1:{served.dagster_port}"
    shown = {f"The page: {page}", f"The API: {page}/docs", f"The Dagster UI: {ui}"}
    lines = answer.stderr.splitlines()
    assert {*shown, f"The drop folder: {served.cli.home / 'drop'}"} <= {*lines}
    for name in ("API", "Dagster UI", "Dagster daemon", "Dagster code server"):
        assert f"The {name} has ended (by SIGKILL); it will be restarted in 1 s." in lines
    assert not [line for line in lines if "INFO" in line or "BetaWarning" in line or "heartbeats" in line]


@pytest.mark.long
@pytest.mark.parametrize(("signals", "status"), [(1, "Completed"), (2, "Cancelled")])
def test_an_import_under_way_gets_time_until_the_second_signal(served: Served, signals: int, status: str) -> None:
    served.wait_until_ready()
    served.drop("one.csv")
    served.wait_for_job(1, "Completed")
    with served.cli.locked() as holder:
        served.drop("two.csv")
        wait_until(served.cli.is_waiting, "the import to wait for the clients database")
        served.processes = psutil.Process(served.process.pid).children(recursive=True)
        served.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not served.service_runs("service.dagster_ui"), "the webserver to end", 0.2)
        assert served.cli.jobs()[0]["status"] == "InProgress"
        if signals == 1:
            let_go(holder)
            answer = served.cli.end(served.process)
        else:
            answer = served.end(signal.SIGINT)
    are_gone(served.processes)
    assert answer.status == 0
    assert "An import is running and has up to 60 s to finish; Ctrl-C again ends at once." in answer.stderr
    assert ("Imports that are still running are cancelled." in answer.stderr) == (signals == 2)
    assert [job["status"] for job in served.cli.jobs()] == [status, "Completed"]


@pytest.mark.long
def test_nothing_lives_on_when_the_command_is_killed(served: Served) -> None:
    served.wait_until_ready()
    served.end(signal.SIGKILL)


def test_the_api_alone(tmp_path: Path) -> None:
    served = Served(tmp_path, "--api-only")
    try:
        wait_until(lambda: answers("127.0.0.1", served.port, "/healthz"), "the API", 0.2)
        assert not any(
            "dagster" in word for part in psutil.Process(served.process.pid).children() for word in part.cmdline()
        )
        answer = served.end(signal.SIGINT)
        assert answer.status == 0
        assert "Dagster" not in answer.stderr
    finally:
        served.close()


def test_what_does_not_fit_is_said_by_the_api_and_ends_everything(tmp_path: Path) -> None:
    answer = CommandLine(tmp_path / "home")("serve", "--host", "0.0.0.0", "--port", str(free_port()), "--api-only")
    assert answer.status == 2
    assert "keys" in answer.stderr.lower()


@pytest.mark.parametrize("option", ["--port", "--dagster-port"])
def test_a_port_in_use_is_named_with_its_option_before_anything_starts(tmp_path: Path, option: str) -> None:
    other = {"--port": "--dagster-port", "--dagster-port": "--port"}[option]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = CommandLine(tmp_path / "home")("serve", option, str(port), other, str(free_port()))
    assert (answer.status, answer.stdout) == (2, "")
    assert answer.stderr == f"Port {port} is in use; choose another one with {option}.\n"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--port", "3000"), "--port and --dagster-port are both 3000; they must differ.\n"),
        (("--host", "192.0.2.1"), '"192.0.2.1" is no address of this machine; choose another one with --host.\n'),
        (("--host", "no such host"), '"no such host" is no address of this machine; choose another one with --host.\n'),
    ],
)
def test_an_address_that_cannot_be_had_is_said(tmp_path: Path, options: tuple[str, ...], sentence: str) -> None:
    answer = CommandLine(tmp_path / "home")("serve", *options)
    assert (answer.status, answer.stderr) == (2, sentence)


def test_make_serve_hands_on_what_is_given() -> None:
    root = Path(__file__).parents[3]
    of_outer_make = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
    environment = {key: value for key, value in os.environ.items() if key not in of_outer_make}
    environment["HOST"] = "not-asked-for"

    def command(*given: str) -> str:
        made = ["make", "--dry-run", "--no-print-directory", "--assume-old=setup", "serve", *given]
        return subprocess.run(made, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout

    assert command().splitlines()[-1].split()[1:] == ["serve"]
    asked = command("HOST=::1", "PORT=8001", "DAGSTER_PORT=3001").splitlines()[-1].split()[1:]
    assert asked == ["serve", "--host", '"::1"', "--port", '"8001"', "--dagster-port", '"3001"']

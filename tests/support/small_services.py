"""The supervisor with small programs: ``python -m tests.support.small_services FOLDER CODE ...``, for tests.

Each CODE is ``name:needs:program``, where program is one of PROGRAMS. A service writes its process id into
``FOLDER/name`` when it is ready, and a line into ``FOLDER/ended`` when it is asked to end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil

from client_import.errors import ClientImportError
from service.serving.service_process import ServiceSpec, Timeouts
from service.serving.supervisor import guarded_folder, supervise
from tests.support.cli import PATIENCE_SECONDS, Answer, wait_until

ROOT = Path(__file__).parents[2]
TIMEOUTS = Timeouts(
    first_restart_pause=0.1,
    longest_restart_pause=0.4,
    stop_service=3.0,
    stop_now=1.0,
    running_imports=PATIENCE_SECONDS,
)

_START = """
import os, pathlib, signal, subprocess, sys, time
ready, ended = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
def end(*_):
    with ended.open("a") as lines:
        lines.write(ready.name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
"""
_IS_READY = "ready.with_suffix('.new').write_text(str(os.getpid())); ready.with_suffix('.new').rename(ready)\n"
_STAY = "time.sleep(1000)\n"
PROGRAMS = {
    "good": _START + _IS_READY + _STAY,
    "starting": _START + "ready.with_suffix('.pid').write_text(str(os.getpid()))\n" + _STAY,
    "stubborn": _START + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + _IS_READY + _STAY,
    "failing": "raise SystemExit(7)",
    "wrong": "import sys; print('Keys are needed.', file=sys.stderr); raise SystemExit(2)",
    "with a child": _START
    + "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
    + "ready.with_suffix('.child').write_text(str(child.pid))\n"
    + _IS_READY
    + _STAY,
}


def _heed_hangup() -> None:
    """Undo what ``nohup`` has done where the tests run under it: their processes would not heed it either."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Supervised:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, *services: str) -> None:
        self.folder = folder
        self._answer: Answer | None = None
        self._stdout, self._stderr = folder / "stdout.txt", folder / "stderr.txt"
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.small_services", folder, *services],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                preexec_fn=_heed_hangup,
            )

    def pid(self, name: str) -> int:
        """The process id of a service, once it is known to be ready."""
        wait_until(lambda: f"{name} is ready\n" in self._stderr.read_text(), f"{name} to be ready")
        return int((self.folder / name).read_text())

    def next_pid(self, name: str, old: int) -> int:
        """The process id of a service that was started again."""
        wait_until(lambda: self.pid(name) != old, f"{name} to be started again")
        return self.pid(name)

    def processes(self) -> list[psutil.Process]:
        """All that it has started and that runs, however far down."""
        return [child for child in psutil.Process(self.process.pid).children(recursive=True) if _runs(child)]

    def end(self, number: int | None = None) -> Answer:
        """Send it a signal, if one is given, and wait for its end; nothing more when it has ended."""
        if self._answer is not None:
            return self._answer
        if number is not None:
            self.process.send_signal(number)
        try:
            self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.kill()
        self._answer = Answer(self.process.returncode, self._stdout.read_text(), self._stderr.read_text())
        return self._answer

    def ended(self) -> list[str]:
        """The services that were asked to end and did, in order."""
        with suppress(FileNotFoundError):
            return (self.folder / "ended").read_text().split()
        return []


def are_gone(processes: list[psutil.Process]) -> None:
    """Return when all of the processes have ended; what is left is killed, and fails the test.

    One that has ended may stay as a zombie until the machine's first process takes note of it.
    """
    _, left = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS / 4)
    alive = [process for process in left if not _has_ended(process)]
    for process in alive:
        process.kill()
    assert alive == []


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _is_ready(ready: Path) -> Callable[[datetime], bool]:
    return lambda since: ready.exists() and ready.stat().st_mtime >= since.timestamp() - 0.01


def _spec(folder: Path, argument: str) -> ServiceSpec:
    name, needs, program = argument.split(":")
    command = (sys.executable, "-c", PROGRAMS[program], str(folder / name), str(folder / "ended"))
    needed = tuple(needs.split(",")) if needs else ()
    return ServiceSpec(name, command, _is_ready(folder / name), (f"{name} is ready",), needed, os.environ)


def _main() -> None:
    folder = Path(sys.argv[1])
    with guarded_folder() as (_, guard):
        try:
            supervise([_spec(folder, argument) for argument in sys.argv[2:]], guard, timeouts=TIMEOUTS)
        except ClientImportError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    _main()

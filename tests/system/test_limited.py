"""Covers work in a process with limits: too long, too large, broken off, and ignored."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from client_import.errors import SourceError
from client_import.system.limited import MOST_ANSWER_BYTES, CutOffError, Excess, LimitedProcess, Limits
from tests.support.cli import PATIENCE_SECONDS, wait_until

AMPLE = Limits(4 << 30, PATIENCE_SECONDS)

_KEEPS_ONE = """
import time
from client_import.system.limited import LimitedProcess, Limits

if __name__ == "__main__":
    process = LimitedProcess()
    print(process.pid, flush=True)
    process.call(Limits(1 << 30, 1), time.sleep, 600)
"""


@pytest.fixture
def process() -> Iterator[LimitedProcess]:
    with closing(LimitedProcess()) as process:
        yield process


def grow() -> None:
    """Take memory without end."""
    taken = []
    while True:
        taken.append(b"x" * (8 << 20))


def refuse() -> None:
    raise SourceError("This is no table of text.")


def test_answers_come_back_and_so_do_errors(process: LimitedProcess) -> None:
    assert process.call(AMPLE, sorted, [3, 1, 2], reverse=True) == [3, 2, 1]
    with pytest.raises(SourceError, match=r"This is no table of text\."):
        process.call(AMPLE, refuse)
    assert process.call(AMPLE, os.getpid) == process.pid != os.getpid()


def test_what_takes_too_long_is_cut_off(process: LimitedProcess) -> None:
    with pytest.raises(CutOffError) as cut_off:
        process.call(Limits(AMPLE.memory, 0.1), time.sleep, 600)
    assert cut_off.value.excess is Excess.TIME
    assert (process.is_alive, psutil.pid_exists(process.pid)) == (False, False)


def test_what_takes_too_much_memory_is_cut_off(process: LimitedProcess) -> None:
    limit = process.memory + (100 << 20)
    with pytest.raises(CutOffError) as cut_off:
        process.call(Limits(limit, AMPLE.seconds), grow)
    assert cut_off.value.excess is Excess.MEMORY
    assert not process.is_alive


def test_what_dies_is_told(process: LimitedProcess) -> None:
    with pytest.raises(CutOffError) as cut_off:
        process.call(AMPLE, os._exit, 0)
    assert cut_off.value.excess is Excess.DIED
    with pytest.raises(CutOffError):
        process.call(AMPLE, os.getpid)


def test_an_answer_that_is_too_large_does_not_come(process: LimitedProcess) -> None:
    with pytest.raises(CutOffError) as cut_off:
        process.call(AMPLE, bytes, MOST_ANSWER_BYTES)
    assert cut_off.value.excess is Excess.ANSWER
    assert process.call(AMPLE, len, b"abc") == 3


@pytest.mark.slow
def test_the_limit_of_time_holds_when_whoever_watched_it_was_killed(tmp_path: Path) -> None:
    (tmp_path / "keeper.py").write_text(_KEEPS_ONE)
    root = str(Path(__file__).parents[2])
    keeper = subprocess.Popen(
        [sys.executable, tmp_path / "keeper.py"], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    )
    with keeper:
        assert keeper.stdout is not None
        worker = psutil.Process(int(keeper.stdout.readline()))
        keeper.kill()
    wait_until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, "the process to end")


def test_the_folder_for_temporary_files_may_lie_deep_down(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 40)
    deep.mkdir()
    script = _KEEPS_ONE.replace("1), time.sleep, 600", "60), time.sleep, 0")
    (tmp_path / "script.py").write_text(script, "utf-8")
    ended = subprocess.run(
        [sys.executable, tmp_path / "script.py"],
        env={**os.environ, "TMPDIR": str(deep), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_it_ends_with_a_process_that_ignores_signals(tmp_path: Path) -> None:
    """A shell has what it runs in the background ignore SIGINT, and Dagster then has SIGTERM do as SIGINT does."""
    script = _KEEPS_ONE.replace("1), time.sleep, 600", "60), time.sleep, 0")
    ignored = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    (tmp_path / "script.py").write_text(ignored + script, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run([sys.executable, tmp_path / "script.py"], env=environment, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_two_may_close_it_at_once() -> None:
    for _ in range(20):
        process = LimitedProcess()
        with ThreadPoolExecutor(4) as pool:
            for each in [pool.submit(process.close) for _ in range(4)]:
                each.result()
        assert not process.is_alive


def test_closing_ends_what_is_waited_for() -> None:
    for _ in range(5):
        process = LimitedProcess()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(process.call, AMPLE, time.sleep, 600)
            wait_until(lambda process=process: process.calls == 1, "the call")
            process.close()
            with pytest.raises(CutOffError) as cut:
                waiting.result()
        assert (cut.value.excess, process.is_alive) == (Excess.DIED, False)


def test_a_process_whose_start_is_broken_off_is_asked_of_a_new_server(process: LimitedProcess) -> None:
    """The fork server dies between being asked for a process and answering."""
    children = [part for part in psutil.Process().children() if part.status() != psutil.STATUS_ZOMBIE]
    (server,) = [part for part in children if "forkserver" in " ".join(part.cmdline())]
    server.suspend()
    before = psutil.Process().num_fds()
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(LimitedProcess)
        wait_until(lambda: psutil.Process().num_fds() == before + 4, "the request")  # a pair of sockets, two pipes
        server.kill()
        another = starting.result()
    with closing(another):
        assert another.call(AMPLE, sorted, [2, 1]) == [1, 2]

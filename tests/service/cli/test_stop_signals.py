"""Covers :mod:`service.foreground`: a signal interrupts wherever it comes, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.foreground import stop_signals
from tests.support.cli import PATIENCE_SECONDS


class InterruptedFinalizer:
    """Python drops what is raised while this is finalized."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.001)


def drop_one() -> None:
    with stop_signals():
        InterruptedFinalizer()
        time.sleep(30)


def fork() -> None:
    with stop_signals():
        if not os.fork():
            os._exit(0)
        time.sleep(30)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(30)


def test_an_interruption_that_python_drops_comes_again(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        drop_one()
    assert capfd.readouterr().err == ""


def test_one_that_comes_in_a_fork_comes_again(capfd: pytest.CaptureFixture[str]) -> None:
    """What the logging module has called after a fork is such a place."""
    interruptions = [InterruptedFinalizer]
    os.register_at_fork(after_in_parent=lambda: interruptions and interruptions.pop()())
    with pytest.raises(KeyboardInterrupt):
        fork()
    assert (interruptions, capfd.readouterr().err) == ([], "")


def test_a_second_one_does_not_interrupt_the_clearing_away() -> None:
    with stop_signals() as signals:
        with pytest.raises(KeyboardInterrupt):
            interrupt()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        assert signals.take()


def test_what_was_set_before_is_set_after() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)
    with stop_signals() as signals:
        signals.defer()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)) == before


_INTERRUPTED_AT = """
import os, signal, sys
from importlib.abc import MetaPathFinder

interrupted = sys.argv.pop(1)

class Interrupting(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == interrupted:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
sys.meta_path.insert(0, Interrupting())
from service.__main__ import main
main()
"""


@pytest.mark.parametrize("module", ["service.cli", "sqlalchemy", "service.tables"])
def test_one_ends_a_command_that_is_still_being_loaded(module: str, tmp_path: Path) -> None:
    """``service.tables`` is loaded by the command itself."""
    environment = {**os.environ, "CLIENT_IMPORT_HOME": str(tmp_path)}
    command = [sys.executable, "-c", _INTERRUPTED_AT, module, "jobs"]
    ended = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=PATIENCE_SECONDS)
    assert (ended.returncode, ended.stdout, ended.stderr.strip()) == (130, b"", b"")

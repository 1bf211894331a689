"""Servers of the program for tests: processes of their own that write a log, and are ended by themselves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.cli import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]


def start(module: str, *arguments: str | Path, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` with what it says in ``log``."""
    return start_program(sys.executable, "-m", module, *arguments, environment=environment, log=log)


def start_program(*command: str | Path, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program with what it says in ``log``."""
    with log.open("ab") as said:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )


def end(*processes: subprocess.Popen[bytes]) -> None:
    """End the processes as whoever started them does; one that does not end is killed, and fails the test."""
    for process in processes:
        process.terminate()
    try:
        for process in processes:
            process.wait(PATIENCE_SECONDS)
    finally:
        for process in processes:
            process.kill()
            process.wait()

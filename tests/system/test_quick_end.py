"""Covers :mod:`client_import.system.quick_end`: only what nobody would notice is left out at the end of a process."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, threading, time
from client_import.system.quick_end import ending_quickly

class Freed:
    def __del__(self):
        print("freed")

def last():
    time.sleep(0.1)
    print("thread")

with ending_quickly():
    kept = Freed()
    atexit.register(print, "registered")
    threading.Thread(target=last).start()
    {last}
"""


@pytest.mark.parametrize(
    ("last", "status", "said"),
    [
        ("pass", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('It is wrong.')", 1, "It is wrong."),
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
    ],
)
def test_everything_is_as_at_any_end_but_nothing_is_freed(last: str, status: int, said: str) -> None:
    command = [sys.executable, "-c", PROGRAM.format(last=last)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (status, "thread\nregistered\n")
    assert (done.stderr.splitlines() or [""])[-1] == said

"""Covers that a test which hangs ends with its time limit, and that no other ends with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HANGING = """
import socket, subprocess, threading
import pytest

def test_before():
    pass

def test_waits_for_a_lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def test_waits_for_a_process():
    process = subprocess.Popen(["sleep", "1000"])
    try:
        process.wait()
    finally:
        process.kill()
        process.wait()

@pytest.fixture
def hangs():
    here, there = socket.socketpair()
    with here, there:
        here.recv(1)

def test_whose_fixture_waits_for_an_answer(hangs):
    pass

@pytest.mark.timeout(100)
def test_may_take_longer():
    threading.Event().wait(3)

def test_after():
    pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_a_test_that_hangs_ends_with_its_time_limit(workers: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "test_hanging.py"
    file.write_text(HANGING)
    options = ("-c", str(ROOT / "pyproject.toml"), "-o", "timeout=2", "-p", "no:cacheprovider", "-v", *workers)
    command = [sys.executable, "-m", "pytest", *options, str(file)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed, 3 passed, 1 error" in done.stdout, done.stdout
    assert done.stdout.count("Timeout (>2.0s)") >= 3

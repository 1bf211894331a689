"""Measure the HTTP API: ``python -m benchmarks.serving latency|polls|memory``.

``latency``: from PUT to Completed for files of 500 rows on a warm server. ``polls``: status polls per second while an
import of a million rows runs, with their 99th percentile, and what that does to the import. ``memory``: the server's
resident memory before, during and after ten imports of 100,000 rows.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
import psutil

from benchmarks.generate import main as generate

IMPORTS = "/clients/import/csv"
_FINAL = ("Completed", "Failed", "Cancelled")
_LOOK_SECONDS = 0.01


class Server:
    """A server in a process of its own, with a new home folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = int(taken.getsockname()[1])
        environment = {**os.environ, "CLIENT_IMPORT_HOME": str(folder / "home")}
        self.process = subprocess.Popen([sys.executable, "-m", "service.api", "--port", str(port)], env=environment)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600)
        while True:
            with suppress(httpx.TransportError):
                self.client.get("/healthz")
                return
            time.sleep(0.1)

    def upload(self, path: Path) -> str:
        """Upload a file without a preview that plans; return the code of its job."""
        with path.open("rb") as file:
            return str(self.client.post(IMPORTS, files={"file": (path.name, file)}).json()["code"])

    def run(self, code: str) -> float:
        """Start the job and return the seconds until a poll says it has ended."""
        began = time.perf_counter()
        job = self.client.put(f"{IMPORTS}/{code}").json()
        while job["status"] not in _FINAL:
            time.sleep(_LOOK_SECONDS)
            job = self.client.get(f"{IMPORTS}/{code}").json()
        if job["status"] != "Completed":
            raise SystemExit(f"An import failed: {json.dumps(job)}")
        return time.perf_counter() - began

    def memory(self) -> tuple[float, float]:
        """The resident memory of the server alone, and of it with all its processes, in MiB."""
        process = psutil.Process(self.process.pid)
        own = process.memory_info().rss
        others = 0
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                others += child.memory_info().rss
        return own / 2**20, (own + others) / 2**20


@contextmanager
def serving() -> Iterator[tuple[Server, Path]]:
    """A server, and a folder for files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder)
        try:
            yield server, folder
        finally:
            server.process.terminate()
            server.process.wait()


def generated(folder: Path, rows: int, seed: int) -> Path:
    """Return a new file of ``rows`` rows, of which one in twenty is wrong."""
    out = folder / f"{rows}-{seed}"
    generate([str(out), "--rows", str(rows), "--existing", "0", "--update-share", "0", "--seed", str(seed)])
    return out / "clients.csv"


def warm_seconds(times: int, rows: int) -> list[float]:
    """Return how long each of ``times`` imports took on a server that has had some, one after the other."""
    with serving() as (server, folder):
        for seed in range(3):
            server.run(server.upload(generated(folder, rows, seed)))
        return [server.run(server.upload(generated(folder, rows, 10 + seed))) for seed in range(times)]


def latency(times: int, rows: int) -> None:
    """Print the median and the worst of ``times`` imports, one after the other."""
    took = warm_seconds(times, rows)
    print(f"{rows} rows, {times} times: median {median(took):.2f} s, worst {max(took):.2f} s from PUT to Completed")


def polls(rows: int, pollers: int) -> None:
    """Print how many polls a second are answered during an import, and how long it takes with and without them."""
    with serving() as (server, folder):
        server.run(server.upload(generated(folder, 500, 1)))
        alone = server.run(server.upload(generated(folder, rows, 2)))
        code = server.upload(generated(folder, rows, 3))
        is_over, times = threading.Event(), [list[float]() for _ in range(pollers)]
        threads = [threading.Thread(target=_poll, args=(server, code, is_over, taken)) for taken in times]
        for thread in threads:
            thread.start()
        with_polls = server.run(code)
        is_over.set()
        for thread in threads:
            thread.join()
    every = [seconds for taken in times for seconds in taken]
    print(
        f"{rows} rows: {alone:.1f} s alone, {with_polls:.1f} s with {pollers} pollers; "
        f"{len(every) / with_polls:,.0f} polls/s, median {median(every) * 1000:.1f} ms, "
        f"99th percentile {quantiles(every, n=100)[98] * 1000:.1f} ms"
    )


def _poll(server: Server, code: str, is_over: threading.Event, taken: list[float]) -> None:
    with httpx.Client(base_url=server.client.base_url, timeout=60) as client:
        while not is_over.is_set():
            began = time.perf_counter()
            client.get(f"{IMPORTS}/{code}").raise_for_status()
            taken.append(time.perf_counter() - began)


def memory(imports: int, rows: int) -> None:
    """Print the memory of the server, alone and with its processes, around some imports."""
    with serving() as (server, folder):
        server.run(server.upload(generated(folder, 500, 1)))
        files = [generated(folder, rows, 10 + seed) for seed in range(imports)]
        seen: dict[str, Any] = {"before": server.memory()}
        peaks = [(0.0, 0.0)]
        is_over = threading.Event()

        def look() -> None:
            while not is_over.wait(0.1):
                own, every = server.memory()
                peaks.append((max(own, peaks[-1][0]), max(every, peaks[-1][1])))

        looking = threading.Thread(target=look)
        looking.start()
        for file in files:
            server.run(server.upload(file))
        is_over.set()
        looking.join()
        seen.update(during=peaks[-1], after=server.memory())
    for when, (own, every) in seen.items():
        print(f"{when:>6}: server {own:,.0f} MiB, with its workers {every:,.0f} MiB")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("what", choices=("latency", "polls", "memory"))
    parser.add_argument("--times", type=int, default=50, help="imports of `latency` (%(default)s)")
    parser.add_argument("--rows", type=int, help="rows of a file (500, 1,000,000 or 100,000)")
    parser.add_argument("--pollers", type=int, default=4, help="clients that poll without a pause (%(default)s)")
    given = parser.parse_args()
    if given.what == "latency":
        latency(given.times, given.rows or 500)
    elif given.what == "polls":
        polls(given.rows or 1_000_000, given.pollers)
    else:
        memory(10, given.rows or 100_000)


if __name__ == "__main__":
    main()

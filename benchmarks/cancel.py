"""How long a cancel takes, by the phase the import is in.

``python -m benchmarks.cancel --rows 1000000 --times 5`` imports a large file again and again with the real command,
presses Ctrl-C in each phase, and prints the seconds until the job is Cancelled and until the process has ended.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.paths import Home

COMMAND = Path(sys.executable).with_name("client-import")
PHASES = ("coming in", "queued", "reading", "waiting", "applying")
_HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
_WITHIN_SECONDS = {"reading": 1.0, "applying": 2.0}
"""How far into a long phase the cancel comes, at most."""


def write_file(path: Path, rows: int) -> None:
    """Write a file of ``rows`` clients of seven columns."""
    with path.open("w", encoding="utf-8") as lines:
        lines.write("Code,Name,Type,Email,Team,TradingAs,InternalReference\n")
        lines.writelines(
            f"K{number},Client {number},Ltd,c{number}@example.com,North,Trading {number},REF{number}\n"
            for number in range(rows)
        )


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Have another process hold the clients database."""
    command = [sys.executable, "-c", _HOLD, str(home.clients_database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield
        holder.communicate()


def cancel_in(phase: str, home: Home, file: Path, share: float) -> tuple[float | None, float]:
    """Press Ctrl-C in the phase; returns the seconds until the record says so and until the process has ended."""
    with JobStore.at(home.job_store) as store:
        known = {job.code for job in store.jobs()}
        process = subprocess.Popen(
            [COMMAND, "run", str(file), "--quiet"], env={**os.environ, "CLIENT_IMPORT_HOME": str(home.path)}
        )
        while not _is_in(phase, home, store, known):
            if process.poll() is not None:
                raise RuntimeError(f"the import ended before it came to {phase}")
            time.sleep(0.005)
        time.sleep(share * _WITHIN_SECONDS.get(phase, 0.1))
        asked, began = time.time(), time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait()
        ended = time.monotonic() - began
        job = _newest(store, known)
        if job is None:
            return None, ended
        if job.status != "Cancelled" or job.completed_date is None:
            raise RuntimeError(f"cancelled while {phase}, and {job.status}")
        return max(job.completed_date.timestamp() - asked, 0), ended


def _newest(store: JobStore, known: set[str]) -> Job | None:
    return next((job for job in store.jobs(limit=1) if job.code not in known), None)


def _is_in(phase: str, home: Home, store: JobStore, known: set[str]) -> bool:
    job = _newest(store, known)
    if phase == "coming in":
        return any(home.scratch.glob("coming-in-*"))
    if job is None:
        return False
    now = store.job_progress(job.code).phase or ""
    return job.status == "Queued" if phase == "queued" else now.startswith(phase)


def _told(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):5.2f} median {max(seconds):5.2f} worst"


def main() -> None:
    """Read the arguments, measure, and print a line for each phase."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--times", type=int, default=5)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, file = Home(Path(folder) / "home").create(), Path(folder) / "large.csv"
        write_file(file, 10)
        subprocess.run(
            [COMMAND, "run", str(file), "-q"], env={**os.environ, "CLIENT_IMPORT_HOME": str(home.path)}, check=True
        )
        write_file(file, chosen.rows)
        for phase in PHASES:
            times = []
            for number in range(chosen.times):
                share = (number + 0.5) / chosen.times
                if phase == "waiting":
                    with held(home):
                        times.append(cancel_in(phase, home, file, share))
                else:
                    times.append(cancel_in(phase, home, file, share))
            marked = [time for time, _ in times if time is not None]
            ended = [time for _, time in times]
            said = _told(marked) if marked else "there is no job"
            print(f"{phase:10} Cancelled: {said:26}  ended: {_told(ended)}", flush=True)


if __name__ == "__main__":
    main()

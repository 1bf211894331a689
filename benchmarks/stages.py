"""Where the time of an import goes: one run of client-import that notes when it passes each point between its steps.

The points are those at which tests interrupt it (:mod:`client_import.failpoints`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from benchmarks.contestants import ROOT
from benchmarks.workloads import WORKLOADS, Data, prepare

STAGES = (
    ("Python starts, modules are imported", "receiving"),
    ("the file is received, the job is made", "job placed"),
    ("Dagster is imported, and starts the run", "started"),
    ("detection and mapping", "layout written"),
    ("reading, checking, staging", "staged"),
    ("Dagster's next step, the database is opened", "database open"),
    ("the plan: what becomes of each row", "planned"),
    ("the clients change", "clients changed"),
    ("the ledger, the commit", "committed"),
    ("Dagster's next step", "report begins"),
    ("not_imported.csv", "reported"),
    ("the job ends, Dagster's last step", "finished"),
    ("tidying, Dagster ends the run, Python ends", "ended"),
)
"""Each stage, and the point at which it ends."""

_NOTED = """
import gc, json, os, sys, time
from client_import import failpoints
noted = []
def note(name):
    noted.append((name, time.time()))
failpoints.failpoint = note
from service import __main__ as command
gc.set_threshold(command._GARBAGE_AFTER)  # as the command does before it imports anything
from client_import.reports import rejects_file
write = rejects_file.write_rejects
def noting(folder):
    note("report begins")
    write(folder)
rejects_file.write_rejects = noting
path, leave = sys.argv.pop(1), os._exit
def write_and_leave(status):
    with open(path, "w") as file:
        json.dump(noted, file)
    leave(status)
os._exit = write_and_leave  # with which the command ends
command.main()
"""


def stages(folder: Path, python: Path, rows: int, times: int, loaded: Callable[[Data], Path]) -> dict[str, float]:
    """Return the seconds of each stage of an import by ``python``, with half updates and 5 % wrong, of ``rows`` rows.

    They are medians of ``times`` runs. ``loaded`` tells where the clients are that there are before.
    """
    runs = [import_once(folder, python, rows, loaded) for _ in range(times)]
    return {title: round(median(run[title] for run in runs), 3) for title in runs[0]}


def import_once(
    folder: Path, python: Path, rows: int, loaded: Callable[[Data], Path], first: str = ""
) -> dict[str, float]:
    """Return the seconds of each stage of one import by ``python``, which runs the statements ``first`` before it."""
    data = prepare(WORKLOADS["mixed"], rows, folder / "data")
    place = folder / "scratch" / "stages"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(loaded(data), place)
    noted = place / "noted.json"
    environment = {**os.environ, "CLIENT_IMPORT_HOME": str(place), "PYTHONPATH": str(ROOT)}
    environment.pop("DAGSTER_HOME", None)
    data.warm()
    command = [str(python), "-c", first + _NOTED, str(noted), "run", str(data.source), "--quiet"]
    process = subprocess.run(
        [sys.executable, "-c", _TIMED, *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    passed: list[tuple[str, float]] = json.loads(noted.read_text(encoding="utf-8"))
    shutil.rmtree(place)
    born, ended = process.stdout.split()[-2:]
    return between(dict(passed) | {"born": float(born), "ended": float(ended)})


_TIMED = """
import subprocess, sys, time
born = time.time()
status = subprocess.run(sys.argv[1:]).returncode
print(born, time.time())
sys.exit(0 if status in (0, 3) else 1)
"""


def between(passed: Mapping[str, float]) -> dict[str, float]:
    """Return the seconds of each stage; a stage whose point was not passed is part of the one after it."""
    before = passed["born"]
    seconds = {}
    for title, point in STAGES:
        if point in passed:
            seconds[title] = round(passed[point] - before, 3)
            before = passed[point]
    return seconds

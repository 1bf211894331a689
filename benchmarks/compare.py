"""The benchmark itself: every contestant on every workload, in interleaved runs, each result checked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contestants import DEVELOPED_HERE, OURS, REFERENCE, ROOT, Contestant
from benchmarks.environments import REQUIREMENTS
from benchmarks.peers.rules import read_fields
from benchmarks.verdict import judge
from benchmarks.workloads import Data, Workload, digest_of, prepare

PEERS = ROOT / "benchmarks" / "peers"

SLOW_SECONDS = 60
"""Whoever takes longer is run once, but for those developed here."""

PRELOAD_TIMES = 2
"""How many times the limit of a run the clients there are before may take."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often each contestant is run, and how many seconds a run may take."""

    times: int = 5
    seconds: float = 600


@dataclass(slots=True)
class Result:
    """The runs of a contestant on a workload: ``wall`` and ``cpu`` in seconds, ``memory`` in bytes.

    ``wrong`` says why there is no time to tell.
    """

    contestant: str
    workload: str
    rows: int
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    wrong: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took; ``failure`` is empty when it ended well."""

    wall: float
    cpu: float
    memory: int
    failure: str


def measure(command: Sequence[str], environment: Mapping[str, str], log: Path, seconds: float) -> Run:
    """Run ``command`` as a whole process; what it prints goes to ``log``."""
    timed = [sys.executable, "-I", "-S", str(ROOT / "benchmarks" / "timed.py"), str(seconds), str(log)]
    done = subprocess.run([*timed, *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    status = took.pop("status")
    if status is None:
        return Run(**took, failure=f"> {seconds:g} s")
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if status else []
    last = lines[-1].replace(f"{ROOT}/", "") if lines else "no message"
    return Run(**took, failure=f"failed: {last}" if status not in (0, 3) else "")


class Stand:
    """Where contestants are run: the folder of generated files, environments, loaded databases, and scratch."""

    def __init__(self, folder: Path, limits: Limits, pythons: Mapping[str, Path]) -> None:
        self._folder = folder
        self._limits = limits
        self._pythons = pythons
        self._scratch = folder / "scratch"
        self._loaded_now: set[Path] = set()
        self._programs = digest_of([*PEERS.rglob("*.py"), *PEERS.rglob("*.sql"), *REQUIREMENTS.glob("*.txt")])

    def block(self, workload: Workload, rows: int, contestants: Sequence[Contestant]) -> list[Result]:
        """Run the contestants that can on one workload, each once before any is run again."""
        data = prepare(workload, rows, self._folder / "data")
        columns = [read_fields()[column.field].column for column in workload.settings(rows).chosen]
        entrants = [contestant for contestant in contestants if contestant.can(rows, workload.columns)]
        results = {each.name: Result(each.name, workload.name, rows) for each in entrants}
        for each in entrants:
            results[each.name].wrong = self._preload(each, data)
        for time in range(self._limits.times):
            for each in [*entrants[time % len(entrants) :], *entrants[: time % len(entrants)]]:
                result = results[each.name]
                if not result.wrong and self._is_due(each, result):
                    self._once(each, workload, data, columns, result)
        return _with_odd_ones(list(results.values()))

    def _is_due(self, contestant: Contestant, result: Result) -> bool:
        return contestant.name in DEVELOPED_HERE or not result.wall or max(result.wall) < SLOW_SECONDS

    def loaded(self, contestant: Contestant, data: Data) -> Path:
        """Return the folder of the clients that there are before, as the contestant has loaded them."""
        return self._folder / "loaded" / f"{contestant.name}-{data.key}-{self._programs}"

    def _preload(self, contestant: Contestant, data: Data) -> str:
        """Have the clients imported that there are before; returns what went wrong."""
        loaded = self.loaded(contestant, data)
        if loaded.exists() and (contestant.name not in DEVELOPED_HERE or loaded in self._loaded_now):
            return ""
        unfinished = loaded.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        if data.has_existing:
            seconds = PRELOAD_TIMES * self._limits.seconds
            run = self._measure(contestant, unfinished, data.existing, seconds)
            if run.failure:
                return f"{run.failure}, loading the clients there are before"
            shutil.rmtree(unfinished / "out", ignore_errors=True)
        shutil.rmtree(loaded, ignore_errors=True)
        unfinished.rename(loaded)
        self._loaded_now.add(loaded)
        return ""

    def _once(
        self, contestant: Contestant, workload: Workload, data: Data, columns: Sequence[str], result: Result
    ) -> None:
        place, loaded = self._scratch / contestant.name, self.loaded(contestant, data)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(loaded, place)
        data.warm()
        run = self._measure(contestant, place, data.source, self._limits.seconds)
        if run.failure:
            result.wrong = run.failure
        else:
            database = f"clients.{contestant.database}"
            out = place / ("jobs" if contestant.name == OURS else "out")
            verdict = judge(contestant, columns, loaded / database, place / database, out, data.truth)
            result.wrong = "wrong: " + "; ".join(verdict.wrong) if verdict.wrong else ""
            result.fingerprint = verdict.fingerprint
        result.wall.append(run.wall)
        result.cpu.append(run.cpu)
        result.memory.append(run.memory)
        shutil.rmtree(place)
        print(f"{workload.name:10}{contestant.name:16}{run.wall:8.2f} s  {result.wrong or 'right'}", flush=True)

    def _measure(self, contestant: Contestant, place: Path, source: Path, seconds: float) -> Run:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "RUNTIME__DLTHUB_TELEMETRY": "false"}
        environment |= {"RUNTIME__LOG_LEVEL": "ERROR", "CLIENT_IMPORT_HOME": str(place)}
        environment.pop("DAGSTER_HOME", None)
        log = place.parent / f"{place.name}.log"
        if contestant.name == OURS:
            words = self._put_in_drop_folder(place, source) if source.is_dir() else ["run", str(source)]
            program = Path(sys.executable).with_name("client-import")
            return measure([str(program), *words, "--quiet"], environment, log, seconds)
        database = place / f"clients.{contestant.database}"
        words = ["-m", contestant.module, str(database), str(source), str(place / "out")]
        return measure([str(self._pythons[contestant.name]), *words], environment, log, seconds)

    def _put_in_drop_folder(self, place: Path, source: Path) -> list[str]:
        (place / "drop").mkdir(exist_ok=True)
        for file in source.glob("*.csv"):
            shutil.copy2(file, place / "drop")
        return ["drop"]


def _with_odd_ones(results: list[Result]) -> list[Result]:
    """Mark results whose counts are right but whose clients are not those of the reference."""
    right = {result.contestant: result.fingerprint for result in results if not result.wrong}
    for result in results:
        if not result.wrong and REFERENCE in right and result.fingerprint != right[REFERENCE]:
            result.wrong = "wrong: right counts, but other values than the reference has"
    return results


def blocks(workloads: Sequence[Workload], rows: Sequence[int]) -> Iterator[tuple[Workload, int]]:
    """Yield every workload with each of the numbers of rows that it is measured with, small numbers first."""
    for count in sorted(rows):
        for workload in workloads:
            if workload.fewest_rows <= count <= workload.most_rows:
                yield workload, count

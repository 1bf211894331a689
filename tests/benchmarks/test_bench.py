"""The benchmark checks what it measures: right results are told as times, wrong and incomplete ones as what they are.

Not covered here: how long anything takes.
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.compare import Limits, Stand, measure
from benchmarks.contestants import CONTESTANTS, LEAN, OURS, REFERENCE, Contestant
from benchmarks.environments import NotInstalledError, python_for, versions
from benchmarks.page import FOLDER
from benchmarks.peers.rules import read_fields
from benchmarks.stages import STAGES, stages
from benchmarks.verdict import judge
from benchmarks.workloads import WORKLOADS, prepare

ENVIRONMENTS = FOLDER.parent / ".bench" / "envs"
COLUMNS = ("code", "name")
NOBODY: dict[str, Any] = {"createdCount": 0, "updatedCount": 0, "skippedCount": 0, "errorCount": 0, "reasons": {}}
BEFORE = [("A1", "Ann"), ("A2", "Bee"), ("A3", None)]


def make_table(path: Path, clients: Sequence[tuple[str, str | None]]) -> Path:
    connection: Any = sqlite3.connect(path) if path.suffix == ".sqlite" else duckdb.connect(path)
    connection.execute("CREATE TABLE clients (name VARCHAR, code VARCHAR)")
    connection.executemany("INSERT INTO clients (code, name) VALUES (?, ?)", clients)
    connection.commit()
    connection.close()
    return path


def wrong_with(
    folder: Path,
    contestant: Contestant,
    after: Sequence[tuple[str, str | None]],
    truth: dict[str, Any],
    rejected: str = "",
) -> tuple[str, ...]:
    """What is wrong with an import that left the clients ``after``, BEFORE being there, and rejected some rows."""
    (folder / "out" / "clients").mkdir(parents=True)
    (folder / "out" / "clients" / "not_imported.csv").write_text(f"import_outcome,import_reason\n{rejected}", "utf-8")
    tables = [make_table(folder / f"{name}.{contestant.database}", its) for name, its in (("b", BEFORE), ("a", after))]
    return judge(contestant, COLUMNS, tables[0], tables[1], folder / "out", NOBODY | truth).wrong


BOTH = pytest.mark.parametrize("contestant", [CONTESTANTS[REFERENCE], CONTESTANTS["sqlite_utils"]], ids=str)


@BOTH
def test_a_right_result_is_right(tmp_path: Path, contestant: Contestant) -> None:
    after = [("A4", "Dee"), ("A3", "Cat"), ("A2", "Bee"), ("A1", "Ann")]
    truth = {"createdCount": 1, "updatedCount": 1, "errorCount": 1, "reasons": {"too_long": 1, "bad_format": 1}}
    assert wrong_with(tmp_path, contestant, after, truth, "error,too_long;bad_format\n") == ()


@BOTH
def test_what_is_wrong_is_told(tmp_path: Path, contestant: Contestant) -> None:
    after = [("A4", "Dee"), ("A5", "Eve"), ("A3", None), ("A2", "Bea")]
    truth = {"createdCount": 1, "skippedCount": 1, "reasons": {"duplicate_of_row": 1, "unchanged": 2}}
    assert set(wrong_with(tmp_path, contestant, after, truth, "error,too_long\n")) >= {
        "created: 1 too many",
        "updated: 1 too many",
        "deleted: 1 too many",
        "too_long: 1 too many",
        "duplicate_of_row: 1 too few",
    }


def test_reasons_that_a_contestant_does_not_give_are_not_asked_for(tmp_path: Path) -> None:
    truth = {"skippedCount": 2, "reasons": {"unchanged": 2}}
    assert wrong_with(tmp_path, CONTESTANTS["sqlite_utils"], BEFORE, truth) == ()


def test_nobody_imported_is_wrong(tmp_path: Path) -> None:
    contestant = CONTESTANTS[REFERENCE]
    missing = tmp_path / "missing.duckdb"
    verdict = judge(contestant, COLUMNS, missing, missing, tmp_path, NOBODY | {"createdCount": 7})
    assert verdict.wrong == ("created: 7 too few",)


@pytest.mark.parametrize("name", [REFERENCE, LEAN])
def test_scripts_that_the_bars_are_about_import_right(tmp_path: Path, name: str) -> None:
    contestant, workload = CONTESTANTS[name], WORKLOADS["mixed"]
    script = importlib.import_module(contestant.module)
    data = prepare(workload, 1000, tmp_path / "data")
    before, after, out = tmp_path / "before.duckdb", tmp_path / "after.duckdb", tmp_path / "out"
    script.main(before, data.existing, tmp_path / "first")
    shutil.copy(before, after)
    script.main(after, data.source, out)
    columns = [read_fields()[column.field].column for column in workload.settings(1000).chosen]
    assert judge(contestant, columns, before, after, out, data.truth).wrong == ()


def test_the_lean_script_takes_part_with_its_columns_alone() -> None:
    able = {name for name, each in WORKLOADS.items() if CONTESTANTS[LEAN].can(each.fewest_rows, each.columns)}
    assert set(WORKLOADS) - able == {"wide", "quoted"}
    assert not CONTESTANTS["django"].can(10_000_000, 12)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("pass", ""),
        ("import sys; sys.exit('no space left')", "failed: no space left"),
        ("import os; os.kill(os.getpid(), 9)", "failed: no message"),
        ("import time; time.sleep(60)", "> 1 s"),
    ],
)
def test_a_run_that_does_not_end_well_is_told(tmp_path: Path, code: str, failure: str) -> None:
    run = measure(
        [sys.executable, "-S", "-c", code], dict(os.environ), tmp_path / "log", seconds=1 if failure[:1] == ">" else 60
    )
    assert run.failure == failure
    assert run.memory > 0


def test_memory_is_the_measured_process_alone(tmp_path: Path) -> None:
    ballast = bytearray(300 << 20)
    run = measure([sys.executable, "-I", "-S", "-c", ""], dict(os.environ), tmp_path / "log", seconds=60)
    assert run.memory < len(ballast)


def test_small_files_have_all_rows_and_those_of_one_code_together(tmp_path: Path) -> None:
    data = prepare(WORKLOADS["files"], 3000, tmp_path)
    with (data.source.parent / "clients.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    parts = [list(csv.reader(path.read_text("utf-8").splitlines()))[1:] for path in sorted(data.source.iterdir())]
    assert sorted(row for part in parts for row in part) == sorted(rows)
    assert max(map(len, parts)) <= 500
    codes = [{row[0].strip().lower() for row in part} - {""} for part in parts]
    assert sum(map(len, codes)) == len(set().union(*codes))


@pytest.mark.long
def test_every_contestant_that_installs_imports_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_COMPILE", "1")  # compiling all they install takes longer than their imports
    pythons, missing = {}, {}
    for contestant in CONTESTANTS.values():
        try:
            pythons[contestant.name] = python_for(contestant, ENVIRONMENTS)
        except NotInstalledError as error:
            missing[contestant.name] = str(error)
    present = [CONTESTANTS[name] for name in pythons]
    if REFERENCE in missing and not os.environ.get("CI"):
        pytest.skip(f"The package index cannot be reached: {missing[REFERENCE]}")
    assert REFERENCE in pythons, missing
    stand = Stand(tmp_path, Limits(times=1, seconds=300), pythons)
    results = stand.block(WORKLOADS["mixed"], 2_000, present)
    assert {result.contestant: result.wrong for result in results} == dict.fromkeys(pythons, "")
    assert all(json.dumps(versions(each, pythons[each.name])) for each in present)
    few = [CONTESTANTS[name] for name in (OURS, REFERENCE, LEAN, "sqlite_utils") if name in pythons]
    results = stand.block(WORKLOADS["files"], 2000, few)
    assert [result.wrong for result in results] == [""] * len(few)


@pytest.mark.slow
def test_every_stage_of_an_import_is_timed(tmp_path: Path) -> None:
    ours, python = CONTESTANTS[OURS], Path(sys.executable)
    stand = Stand(tmp_path, Limits(times=1, seconds=300), {OURS: python})
    assert [result.wrong for result in stand.block(WORKLOADS["mixed"], 2_000, [ours])] == [""]
    seconds = stages(tmp_path, python, 2_000, 1, partial(stand.loaded, ours))
    assert list(seconds) == [title for title, _ in STAGES]
    assert min(seconds.values()) >= 0

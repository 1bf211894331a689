"""Covers how long the saving of changes still takes, and the line on a terminal that says so.

Not here: the line of a real import on a real terminal, which test_cli_run.py has.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from client_import.jobs.record import Counts, JobProgress
from client_import.reports.summary import Plan
from service.progress_line import progress_line
from service.time_left import TimeLeft, saving_seconds, words_for

ROWS = 1_000_000


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


def save(plan: Path, created: int, updated: int) -> None:
    Plan(Counts(created=created, updated=updated, skipped=ROWS - created - updated), ()).save(plan)


def read_within(left: TimeLeft, seconds: float) -> None:
    """Have ``left`` learn that the rows took ``seconds`` to be read; after that other time passes."""
    times = {"reading": 100.0 + seconds, "planning": 500.0, "waiting for another": 900.0}
    for phase, time in (("reading", 100.0), *times.items()):
        assert left.words(phase, ROWS, time) == ""


def test_saving_takes_longer_the_more_rows_change() -> None:
    none, half, all_rows = (saving_seconds(20, ROWS, changed) for changed in (0, ROWS // 2, ROWS))
    assert 0 < none < half < all_rows
    assert all_rows - half == pytest.approx(half - none)
    assert saving_seconds(40, ROWS, ROWS) == pytest.approx(2 * all_rows)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3600, "about 60 min left"),
        (95, "about 2 min left"),
        (44, "about 40 s left"),
        (15, "about 20 s left"),
        (14, "a few seconds left"),
        (0, "a few seconds left"),
        (-100, "a few seconds left"),
    ],
)
def test_seconds_are_rounded_and_never_run_out(seconds: float, words: str) -> None:
    assert words_for(seconds) == words


def test_time_is_left_from_the_plan_on(plan: Path) -> None:
    left = TimeLeft(plan)
    read_within(left, 30)
    assert left.words("applying", ROWS, 1000) == ""  # there is no plan yet
    save(plan, created=ROWS // 2, updated=ROWS // 2)
    needed = saving_seconds(30, ROWS, ROWS)
    for passed in (0.0, 20.0, needed, 10 * needed):
        assert left.words("applying", ROWS, 1010 + passed) == words_for(needed - passed)
    assert left.words("reporting", ROWS, 1100) == ""


@pytest.mark.parametrize("what", ["few rows change", "reading was quick", "reading was not seen"])
def test_nothing_is_said_of_what_takes_no_time_or_is_not_known(what: str, plan: Path) -> None:
    left = TimeLeft(plan)
    if what != "reading was not seen":
        read_within(left, 10 if what.startswith("few") else 1)
    save(plan, created=10 if what.startswith("few") else ROWS, updated=0)
    assert left.words("applying", ROWS, 1000) == ""


def test_nothing_is_said_where_the_plan_is_damaged(plan: Path) -> None:
    left = TimeLeft(plan)
    read_within(left, 30)
    plan.write_bytes(b"{")
    assert left.words("applying", ROWS, 1000) == ""


def shown(plan: Path | None, *steps: tuple[JobProgress, float]) -> str:
    """Show the steps, each at its time; returns the line as it is at the end."""
    screen = io.StringIO()
    with progress_line(Console(file=screen, force_terminal=True, width=120), plan) as show:
        for job_progress, time in steps:
            show(job_progress, ROWS, time)
    return [line for line in screen.getvalue().splitlines() if " rows" in line][-1]


def test_the_line_says_it(plan: Path) -> None:
    save(plan, created=ROWS, updated=0)
    reading = [(JobProgress("reading", 0.5), 10.0), (JobProgress("reading", 1.0), 40.0)]
    planning, applying = (JobProgress("planning", None), 45.0), (JobProgress("applying", None), 50.0)
    line = shown(plan, *reading, planning, applying)
    assert "applying" in line
    assert "1,000,000 rows" in line
    assert words_for(saving_seconds(30, ROWS, ROWS)) in line
    for before in (shown(plan, *reading, planning), shown(None, *reading, planning, applying)):
        assert "left" not in before
        assert "0:00" not in before

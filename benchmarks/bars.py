"""The bars that client-import is held to: ratios to others in the same run of the benchmark, seconds, and shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.compare import Result
from benchmarks.contestants import CONTESTANTS, LEAN, OURS, REFERENCE
from benchmarks.machine import hardware
from benchmarks.record import DUCKDB_MIB, HISTORY_SHARE, WARM_SECONDS, Record, block_of
from benchmarks.table import Measure, memory, wall
from benchmarks.workloads import WORKLOADS

MILLION = 1_000_000
TO_REFERENCE, TO_LEAN = "to the reference", "to the lean script"


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure that must not be exceeded: what it is, the most that is allowed, its unit, and what was measured."""

    what: str
    most: float
    unit: str
    measured: float | None

    @property
    def allowed(self) -> str:
        """The most that is allowed, with its unit."""
        return self._with_unit(self.most)

    @property
    def reached(self) -> str:
        """What was measured, with its unit; empty when nothing was."""
        return "" if self.measured is None else self._with_unit(self.measured)

    @property
    def told(self) -> str:
        """Whether it is met."""
        if self.measured is None:
            return "not measured"
        return "yes" if self.measured <= self.most else "no"

    def _with_unit(self, value: float) -> str:
        return f"{value:.1%}".replace("%", " %") if self.unit == "%" else f"{value:.2f}{self.unit}"


class _Right:
    """The right results by contestant, workload and rows."""

    def __init__(self, record: Record) -> None:
        self._results = {(each.contestant, each.workload, each.rows): each for each in record.results if not each.wrong}
        self._hardware = {name: hardware(machine) for name, machine in record.machines.items()}

    def value(self, measure: Measure, workload: str, rows: int) -> float | None:
        """What is measured of client-import; None when it has no right result."""
        result = self._results.get((OURS, workload, rows))
        return None if result is None else measure(result)

    def ratio(self, measure: Measure, workload: str, rows: int, other: str) -> float | None:
        """What is measured of client-import, as a multiple of the ``other`` contestant's."""
        ours, theirs = self.value(measure, workload, rows), self._results.get((other, workload, rows))
        return None if ours is None or theirs is None else ours / measure(theirs)

    def growth(self, measure: Measure, first: tuple[str, int], second: tuple[str, int]) -> float | None:
        """What is measured of client-import with one workload and rows, as a multiple of that with another.

        None, too, when the two were not measured on the same machine.
        """
        one, other = (self._results.get((OURS, *which)) for which in (first, second))
        if one is None or other is None or len({self._hardware[block_of(each)] for each in (one, other)}) > 1:
            return None
        return measure(one) / measure(other)

    def worst(self, measure: Measure, rows: int) -> tuple[str, float | None]:
        """The workload of one file whose ratio to the reference is the greatest, and that; None if one is missing."""
        ratios = {
            name: self.ratio(measure, name, rows, REFERENCE)
            for name, each in WORKLOADS.items()
            if each.fewest_rows <= rows <= each.most_rows and not each.in_small_files
        }
        known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
        if len(known) < len(ratios):
            return "every workload", None
        name = max(known, key=known.__getitem__)
        return f"every workload (`{name}` is the worst)", known[name]


def bars(record: Record) -> list[Bar]:
    """Return every bar with what was measured of it."""
    right = _Right(record)
    return [*_large(right, record), *_small(right, record)]


def _large(right: _Right, record: Record) -> Iterator[Bar]:
    ten = 10 * MILLION
    yield Bar(f"1 million rows, `mixed`, {TO_LEAN}", 1.1, "x", right.ratio(wall, "mixed", MILLION, LEAN))
    yield Bar(f"10 million rows, `mixed`, {TO_LEAN}", 0.75, "x", right.ratio(wall, "mixed", ten, LEAN))
    yield Bar(f"10 million rows, `mixed`, memory, {TO_LEAN}", 0.5, "x", right.ratio(memory, "mixed", ten, LEAN))
    worst, times = right.worst(wall, MILLION)
    yield Bar(f"1 million rows, {worst}, {TO_REFERENCE}", 0.7, "x", times)
    worst, times = right.worst(memory, MILLION)
    yield Bar(f"1 million rows, {worst}, memory, {TO_REFERENCE}", 0.6, "x", times)
    grown = right.growth(wall, ("mixed", ten), ("mixed", MILLION))
    yield Bar("10 million rows, `mixed`, to ten times its own for 1 million", 1.1, "x", grown and grown / 10)
    taken, duckdb = right.value(memory, "mixed", ten), record.figures.get(DUCKDB_MIB)
    beside = None if taken is None or duckdb is None else taken - duckdb
    yield Bar("10 million rows, `mixed`, memory beside what DuckDB may use", 600, " MiB", beside)
    grown = right.growth(wall, ("wrong", MILLION), ("updates", MILLION))
    yield Bar("1 million rows, `wrong`, to its own for `updates`", 3.0, "x", grown)


def _small(right: _Right, record: Record) -> Iterator[Bar]:
    worst, times = right.worst(wall, 100_000)
    yield Bar(f"100,000 rows, {worst}, {TO_REFERENCE}", 1.0, "x", times)
    yield Bar(f"200 files of 500 rows, {TO_REFERENCE}", 1.0, "x", right.ratio(wall, "files", 100_000, REFERENCE))
    yield Bar("500 rows, the whole command, cold", 1.2, " s", right.value(wall, "mixed", 500))
    yield Bar("500 rows through the API, warm", 0.25, " s", record.figures.get(WARM_SECONDS))
    yield Bar("The history, of the time of 1 million rows", 0.08, "%", record.figures.get(HISTORY_SHARE))


def faster_peers(results: Sequence[Result]) -> list[tuple[str, str, str]]:
    """Return the rows, the workload and the peers where others with a right result are faster than client-import."""
    ours = {(each.rows, each.workload): each for each in results if each.contestant == OURS and not each.wrong}
    faster: dict[tuple[int, str], list[str]] = {}
    for each in sorted(results, key=lambda each: each.rows):
        mine = ours.get((each.rows, each.workload))
        if mine and each.contestant != OURS and not each.wrong and wall(each) < wall(mine):
            faster.setdefault((each.rows, each.workload), []).append(CONTESTANTS[each.contestant].title)
    return [(f"{rows:,}", f"`{workload}`", "; ".join(peers)) for (rows, workload), peers in faster.items()]

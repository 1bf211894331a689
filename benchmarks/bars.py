"""The bars that client-import is held to, as ratios to the reference in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.compare import Result
from benchmarks.contestants import CONTESTANTS, OURS, REFERENCE
from benchmarks.table import Measure, memory, wall

MILLION = 1_000_000
_BESIDE_REFERENCE = (("mixed", 1.0, 0.6), ("unchanged", 1.0, 0.6))


@dataclass(frozen=True, slots=True)
class Bar:
    """A ratio that must not be exceeded, and what it is."""

    what: str
    most: float
    ratio: float | None

    @property
    def told(self) -> str:
        """Whether it is met."""
        if self.ratio is None:
            return "not measured"
        return "yes" if self.ratio <= self.most else "no"


def bars(results: Sequence[Result]) -> list[Bar]:
    """Return every bar with its measured ratio."""
    right = {(each.contestant, each.workload, each.rows): each for each in results if not each.wrong}

    def times(first: tuple[str, str, int], second: tuple[str, str, int], measure: Measure) -> float | None:
        if first not in right or second not in right:
            return None
        return measure(right[first]) / measure(right[second])

    found = []
    for workload, most_wall, most_memory in _BESIDE_REFERENCE:
        ours, reference = (OURS, workload, MILLION), (REFERENCE, workload, MILLION)
        found.append(Bar(f"{workload}, wall, to the reference", most_wall, times(ours, reference, wall)))
        found.append(Bar(f"{workload}, memory, to the reference", most_memory, times(ours, reference, memory)))
    wrong, clean = (OURS, "wrong", MILLION), (OURS, "updates", MILLION)
    found.append(Bar("wrong, wall, to its own time without errors", 3.0, times(wrong, clean, wall)))
    found.append(Bar("wrong, memory, to the reference", 0.6, times(wrong, (REFERENCE, "wrong", MILLION), memory)))
    ten, one = (OURS, "mixed", 10 * MILLION), (OURS, "mixed", MILLION)
    grown = times(ten, one, wall)
    found.append(Bar("10 million rows, wall, to ten times its own for 1 million", 1.1, grown and grown / 10))
    found.append(Bar("10 million rows, memory, to its own for 1 million", 1.3, times(ten, one, memory)))
    return found


def faster_peers(results: Sequence[Result]) -> list[tuple[str, str, str]]:
    """Return the rows, the workload and the peers where others with a right result are faster than client-import."""
    ours = {(each.rows, each.workload): each for each in results if each.contestant == OURS and not each.wrong}
    faster: dict[tuple[int, str], list[str]] = {}
    for each in sorted(results, key=lambda each: each.rows):
        mine = ours.get((each.rows, each.workload))
        if mine and each.contestant != OURS and not each.wrong and wall(each) < wall(mine):
            faster.setdefault((each.rows, each.workload), []).append(CONTESTANTS[each.contestant].title)
    return [(f"{rows:,}", f"`{workload}`", "; ".join(peers)) for (rows, workload), peers in faster.items()]

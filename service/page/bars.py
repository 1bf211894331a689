"""The geometry of the bar chart of results, as SVG attributes, so that no inline style is needed."""

from __future__ import annotations

from dataclasses import dataclass

from client_import.jobs.record import Counts

WIDTH = 1_000
"""The width of the chart in its own units."""

_LEAST = 6
_GAP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of ``length`` that begins at ``left``; ``kind`` is the result, which gives its colour."""

    kind: str
    count: int
    left: float
    length: float


def outcomes(counts: Counts) -> list[Bar]:
    """Return one bar for each result that some row has, in a line; each is wide enough to be seen."""
    numbers = {
        "created": counts.created,
        "updated": counts.updated,
        "skipped": counts.skipped,
        "rejected": counts.errors,
    }
    shown = {kind: count for kind, count in numbers.items() if count}
    room = WIDTH - _GAP * max(len(shown) - 1, 0) - _LEAST * len(shown)
    bars, left = [], 0.0
    for kind, count in shown.items():
        length = _LEAST + room * count / counts.total
        bars.append(Bar(kind, count, round(left, 1), round(length, 1)))
        left += length + _GAP
    return bars

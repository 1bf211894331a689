"""The geometry of the bar charts, as SVG attributes, so that no inline style is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from client_import.jobs.record import Counts
from client_import.reports.reason_groups import ReasonGroup

WIDTH = 1_000
"""The width of a chart in its own units."""

_LEAST = 6
_GAP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of ``length`` that begins at ``left``; ``kind`` is the result, which gives its colour."""

    kind: str
    count: int
    left: float
    length: float


@dataclass(frozen=True, slots=True)
class ReasonBar:
    """The rows with one reason in one column, and their bar."""

    group: ReasonGroup
    bar: Bar


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


def reason_bars(groups: Sequence[ReasonGroup]) -> list[ReasonBar]:
    """Return the groups with bars whose lengths are relative to the largest group."""
    longest = max((each.count for each in groups), default=1)
    return [ReasonBar(each, _of_group(each, max(WIDTH * each.count / longest, _LEAST))) for each in groups]


def _of_group(each: ReasonGroup, length: float) -> Bar:
    return Bar("skipped" if each.is_skip else "rejected", each.count, 0, round(length, 1))

"""The geometry of the pictures: bars as SVG attributes, so that no inline style is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from client_import.jobs import Counts
from client_import.plan import ReasonCount
from service.page.words import is_refusal

WIDTH = 1_000
"""The width of a picture in its own units."""

_LEAST = 6
_GAP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from ``left``, ``length`` long; ``kind`` is the outcome that gives its colour."""

    kind: str
    count: int
    left: float
    length: float


@dataclass(frozen=True, slots=True)
class ReasonBar:
    """A reason with its bar."""

    reason: str
    count: int
    first_rows: tuple[int, ...]
    bar: Bar


def outcomes(counts: Counts) -> list[Bar]:
    """Return one bar for each outcome that rows came to, side by side; each is wide enough to be seen."""
    numbers = {
        "created": counts.created,
        "updated": counts.updated,
        "skipped": counts.skipped,
        "refused": counts.errors,
    }
    shown = {kind: count for kind, count in numbers.items() if count}
    room = WIDTH - _GAP * max(len(shown) - 1, 0) - _LEAST * len(shown)
    bars, left = [], 0.0
    for kind, count in shown.items():
        length = _LEAST + room * count / counts.total
        bars.append(Bar(kind, count, round(left, 1), round(length, 1)))
        left += length + _GAP
    return bars


def reason_bars(reasons: Sequence[ReasonCount]) -> list[ReasonBar]:
    """Return the reasons, each with a bar as long as its share of the commonest one."""
    longest = max((each.count for each in reasons), default=1)
    return [
        ReasonBar(each.reason, each.count, each.first_rows, _of_reason(each, max(WIDTH * each.count / longest, _LEAST)))
        for each in reasons
    ]


def _of_reason(each: ReasonCount, length: float) -> Bar:
    return Bar("refused" if is_refusal(each.reason) else "skipped", each.count, 0, round(length, 1))

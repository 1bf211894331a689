"""Show the number that a spreadsheet keeps a date in, as a date of ISO 8601."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

_SECONDS = 86_400
_NO_SUCH_DAY = 60
"""29 February 1900, which Excel counts although there was none."""

_LAST_DAY = 2_958_465
"""31 December 9999."""


@dataclass(frozen=True, slots=True)
class DateParts:
    """What a format shows of a date; ``elapsed`` is h, m or s where hours and more are counted beyond a day."""

    has_day: bool
    has_time: bool
    elapsed: str = ""

    @classmethod
    def of(cls, letters: str, elapsed: str) -> DateParts:
        """Return the parts that the ``letters`` of a format stand for; m means minutes where nothing else is a date."""
        has_time = bool(elapsed) or bool(set("hs") & set(letters))
        has_day = bool(set("ydeb") & set(letters)) or ("m" in letters and not has_time)
        return cls(has_day, has_time, "" if has_day else elapsed)


def shown_date(number: Decimal, parts: DateParts, *, since_1904: bool) -> str | None:
    """Return ``2024-12-31``, ``2024-12-31 10:30:00`` or ``10:30:00``, or None if ``number`` is no date."""
    if number < 0 or number > _LAST_DAY + 1:
        return None
    seconds = int((number * _SECONDS).quantize(Decimal(1), ROUND_HALF_UP))
    days, rest = divmod(seconds, _SECONDS)
    if parts.elapsed:
        return _clock(seconds)
    if not parts.has_day:
        return _clock(rest)
    day = _day(days if parts.has_time else int(number), since_1904=since_1904)
    return day if day is None or not parts.has_time or not rest else f"{day} {_clock(rest)}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _day(days: int, *, since_1904: bool) -> str | None:
    if since_1904:
        first = date(1904, 1, 1)
    elif days == 0:
        return None
    elif days == _NO_SUCH_DAY:
        return "1900-02-29"
    else:
        first = date(1899, 12, 31) if days < _NO_SUCH_DAY else date(1899, 12, 30)
    try:
        return (first + timedelta(days)).isoformat()
    except OverflowError:
        return None

"""How long the changes of an import will take to be saved, told from how long its rows took to be read.

Nothing reports how far that transaction is. But compared with reading, saving takes about as long for any file on any
machine: of imports of 60,000 to 1,000,000 rows, new, known or both, a row that changes a client took 1.1 to 2.3 times
as long as to be read (in PostgreSQL, too), and every row 0.2 to 0.4 times as long to be put with the valid or the
rejected ones before that.
"""

from __future__ import annotations

from pathlib import Path

from client_import.errors import StoreError

_SAVING, _SPLITTING = 1.5, 0.3
_LEAST_SECONDS = 5.0
_FEW_SECONDS = 15.0
_SECONDS_OF_MINUTES = 90.0


class TimeLeft:
    """The time that is left of a running job, whose plan is going to be the file ``plan``."""

    def __init__(self, plan: Path) -> None:
        self._plan = plan
        self._reads_since: float | None = None
        self._reading_seconds = 0.0
        self._saved_at: float | None = None
        self._is_worth_saying = False

    def words(self, phase: str | None, rows: int, time: float) -> str:
        """Return how long saving still takes, by a clock that shows ``time`` in seconds, or nothing if that is unknown.

        It is to be called again and again: it learns from the ``phase`` how long the ``rows`` took to be read. Nothing
        is said before there is a plan, nor of changes that take less than five seconds.
        """
        if phase == "reading":
            self._reads_since = time if self._reads_since is None else self._reads_since
            self._reading_seconds = time - self._reads_since
        if phase != "applying" or not self._reading_seconds or not rows:
            return ""
        if self._saved_at is None:
            changed = self._planned_changes()
            if changed is None:
                return ""
            self._saved_at = time + saving_seconds(self._reading_seconds, rows, changed)
            self._is_worth_saying = self._saved_at - time >= _LEAST_SECONDS
        return words_for(self._saved_at - time) if self._is_worth_saying else ""

    def _planned_changes(self) -> int | None:
        from client_import.reports.summary import Plan  # slow to import, and loaded by the time there is a plan

        try:
            counts = Plan.load(self._plan).counts
        except (StoreError, OSError):
            return None
        return counts.created + counts.updated


def saving_seconds(reading_seconds: float, rows: int, changed: int) -> float:
    """Return how long it takes to save ``changed`` of ``rows`` that took ``reading_seconds`` to be read."""
    return reading_seconds * (_SPLITTING + _SAVING * changed / rows)


def words_for(seconds: float) -> str:
    """Return ``seconds`` that are left, as exactly as an estimate deserves: never less than a few."""
    if seconds < _FEW_SECONDS:
        return "a few seconds left"
    if seconds < _SECONDS_OF_MINUTES:
        return f"about {round(seconds, -1):.0f} s left"
    return f"about {seconds / 60:.0f} min left"

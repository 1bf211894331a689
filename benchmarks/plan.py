"""What to generate: the settings, the sentences for those that make no sense, and how many rows are of each kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from benchmarks.clients import Integers, draw
from benchmarks.columns import COLUMNS, Column

MOST_CLIENTS = 50_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What to generate: the arguments of the command line."""

    rows: int
    existing: int
    update_share: float
    wrong_share: float
    columns: int
    seed: int
    unchanged: bool
    all_wrong: bool
    wide: bool
    quoted: bool

    @property
    def chosen(self) -> tuple[Column, ...]:
        return COLUMNS[: self.columns]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rows of ``clients.csv`` are of each kind, in the order in which rows are numbered.

    ``changed`` and ``unchanged`` rows match an existing client, ``created`` rows match none, ``repeats`` are
    copies of earlier rows, ``conflicts`` come in pairs with one code and different content, ``faulty`` rows
    have wrong cells.
    """

    changed: int
    created: int
    unchanged: int
    repeats: int
    conflicts: int
    faulty: int

    @property
    def starts(self) -> Integers:
        """The first row number of each kind."""
        kinds = (self.changed, self.created, self.unchanged, self.repeats, self.conflicts)
        return np.cumsum((0, *kinds), dtype=np.int64)

    def client_numbers(self, rows: Integers, existing: int, seed: int) -> Integers:
        """Return the client that each of ``rows`` is about; clients below ``existing`` are in the table before."""
        changed, created, unchanged, repeats, conflicts, faulty = self.starts
        used = existing + self.created
        new_faulty = used + self.conflicts + rows - faulty
        any_existing = draw(seed, "faulty client", rows) % max(existing, 1)
        known = (draw(seed, "faulty known", rows) % 2 == 0) & (existing > 0)
        source = (rows - repeats) * ((self.changed + self.created) // max(self.repeats, 1))
        kind = np.searchsorted(self.starts, rows, side="right") - 1
        return np.choose(
            kind,
            (
                rows - changed,
                existing + rows - created,
                self.changed + rows - unchanged,
                np.where(source < created, source, existing + source - created),
                used + (rows - conflicts) // 2,
                np.where(known, any_existing, new_faulty),
            ),
        )

    def truth(self, fault_reasons: Counter[str]) -> dict[str, object]:
        """Return the counts of the job record, and how many rows have each reason."""
        skips = {"unchanged": self.unchanged, "duplicate_of_row": self.repeats}
        reasons = fault_reasons + Counter(skips) + Counter(duplicate_in_file=self.conflicts)
        return {
            "totalItems": int(self.starts[-1]) + self.faulty,
            "createdCount": self.created,
            "updatedCount": self.changed,
            "skippedCount": self.unchanged + self.repeats,
            "errorCount": self.conflicts + self.faulty,
            "reasons": dict(sorted(reasons.items())),
        }


def plan_rows(settings: Settings) -> Plan:
    """Divide the rows into kinds: 1 right row in 100 is a repeat, 1 matching row in 10 changes nothing, and
    1 wrong row in 10 is one of a pair with the same code.
    """
    if settings.unchanged:
        return Plan(0, 0, settings.rows, 0, 0, 0)
    wrong = settings.rows if settings.all_wrong else round(settings.rows * settings.wrong_share)
    conflicts = wrong // 20 * 2
    right = settings.rows - wrong
    repeats = right // 100
    matching = round((right - repeats) * settings.update_share)
    unchanged = matching // 10
    changed = matching - unchanged
    created = right - repeats - matching
    return Plan(changed, created, unchanged, repeats, conflicts, wrong - conflicts)


def complaint(settings: Settings) -> str | None:
    """Return a sentence that says why ``settings`` make no sense, or None when they do."""
    if settings.rows < 1:
        return "--rows must be at least 1."
    if settings.existing < 0:
        return "--existing must not be negative."
    if settings.rows + settings.existing > MOST_CLIENTS:
        return f"--rows and --existing together must not exceed {MOST_CLIENTS:,}."
    if not (0 <= settings.update_share <= 1 and 0 <= settings.wrong_share <= 1):
        return "--update-share and --wrong-share must lie between 0 and 1."
    if not 3 <= settings.columns <= len(COLUMNS):
        return f"--columns must lie between 3 and {len(COLUMNS)}."
    if settings.seed < 0:
        return "--seed must not be negative."
    if settings.unchanged and settings.all_wrong:
        return "--unchanged and --all-wrong exclude each other."
    plan = plan_rows(settings)
    if plan.changed + plan.unchanged > settings.existing:
        needed = plan.changed + plan.unchanged
        return f"{needed:,} rows are to match an existing client: --existing must be at least {needed:,}."
    return None

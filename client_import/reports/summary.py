"""What an import would do, or did, in counts and reasons; kept in the folder of its job."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from client_import.jobs.record import Counts
from client_import.paths import whole, write_whole
from client_import.reports.reason_groups import ReasonGroup


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many rows have a reason, and the first few of them."""

    reason: str
    count: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the import would do, or did: counts of rows, and the reasons of those it does not apply.

    ``groups`` has the reasons by column, too: that is what summaries say. ``emptied`` are the stored values in the
    place of which there is none afterwards; ``notes`` say so in a sentence.
    """

    counts: Counts
    reasons: tuple[ReasonCount, ...]
    groups: tuple[ReasonGroup, ...] = ()
    emptied: int = 0
    notes: tuple[str, ...] = ()

    @property
    def row_errors(self) -> tuple[ReasonGroup, ...]:
        """The groups of rejected rows."""
        return tuple(group for group in self.groups if not group.is_skip)

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read what :meth:`save` wrote; raises StoreError when it is damaged."""
        with whole(path):
            plan = json.loads(path.read_text("utf-8"))
            reasons = [
                ReasonCount(each["reason"], each["count"], tuple(each["first_rows"])) for each in plan["reasons"]
            ]
            groups = tuple(map(ReasonGroup.of, plan["groups"]))
            return cls(Counts(**plan["counts"]), tuple(reasons), groups, plan["emptied"], tuple(plan["notes"]))

    def save(self, path: Path) -> None:
        """Write the plan as JSON, whole or not at all."""
        write_whole(path, json.dumps(asdict(self)))


NO_PLAN = Plan(Counts(), ())
"""That of a file without data rows."""

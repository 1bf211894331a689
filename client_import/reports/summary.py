"""The plan of an import in counts and reasons, kept in the folder of its job."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from client_import.jobs.record import Counts
from client_import.paths import whole, write_whole
from client_import.reports.reason_groups import ReasonGroup
from client_import.system.json_text import read_json_as


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many rows have a reason, and the first few row numbers."""

    reason: str
    count: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do, or did: counts of rows, and the reasons of those that are not applied.

    ``groups`` has the reasons by column, for summaries. ``emptied`` is the number of stored values that the import
    empties; ``notes`` mention them.
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
        """Read the plan that :meth:`save` wrote; raises StoreError when the file is damaged."""
        with whole(path):
            return read_json_as(cls, path.read_bytes())

    def save(self, path: Path) -> None:
        """Write the plan as JSON, whole or not at all."""
        write_whole(path, json.dumps(asdict(self)))


NO_PLAN = Plan(Counts(), ())
"""The plan of a file without data rows."""

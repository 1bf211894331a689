"""What was measured, kept in ``docs/performance.json``, from which the page is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.compare import Result
from benchmarks.contestants import ROOT
from benchmarks.machine import Machine

PATH = ROOT / "docs" / "performance.json"
HISTORY_SHARE, WARM_SECONDS, DUCKDB_MIB = "history share", "warm seconds", "DuckDB MiB"
"""The figures: the share of a million rows' time that the history takes, seconds for 500 rows through the API, and what
DuckDB may use in an import of ten million rows."""


def block_of(result: Result) -> str:
    """Return the name of the block of a result: those of one workload and number of rows are of one run."""
    return f"{result.rows:,} rows `{result.workload}`"


@dataclass(frozen=True, slots=True)
class Record:
    """All results, the versions they are of, why a contestant is missing, the machines, the time by stage, and figures.

    ``machines`` has that of each block of results, ``stages`` the seconds of each stage by the rows of the file.
    """

    results: tuple[Result, ...] = ()
    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    machines: Mapping[str, Machine] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path = PATH) -> Record:
        """Read what was measured before; nothing when there is no file."""
        if not path.exists():
            return cls()
        saved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**saved, "results": tuple(Result(**result) for result in saved["results"])})

    def save(self, path: Path = PATH) -> None:
        """Write it, one line for each result."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def with_results(
        self,
        results: Sequence[Result],
        versions: Mapping[str, Mapping[str, str]],
        missing: Mapping[str, str],
        machine: Machine,
    ) -> Record:
        """Put new results in place of all of the same workloads and rows: ratios are of one run of the benchmark."""
        measured = {(each.workload, each.rows) for each in results}
        kept = [each for each in self.results if (each.workload, each.rows) not in measured]
        return replace(
            self,
            results=(*kept, *results),
            versions={**self.versions, **versions},
            missing=missing,
            machines={**self.machines, **dict.fromkeys(map(block_of, results), machine)},
        )

    def with_stages(self, stages: Mapping[str, float], rows: int) -> Record:
        """Put in the time by stage of an import of ``rows`` rows."""
        return replace(self, stages={**self.stages, str(rows): stages})

    def with_figure(self, name: str, value: float) -> Record:
        """Put in one of the figures."""
        return replace(self, figures={**self.figures, name: value})

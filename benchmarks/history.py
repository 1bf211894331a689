"""What the history costs an import: its time as it is, and with the statements left out that write the history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.stages import import_once
from benchmarks.workloads import Data

_IMPORTED = "from client_import.merge import apply, update\n"
_LEFT_OUT = "apply.record_creations = update.record_updates = lambda *_: None\n"


def history_share(folder: Path, python: Path, rows: int, times: int, loaded: Callable[[Data], Path]) -> float:
    """Return the share of the time of an import by ``python`` of ``rows`` rows that its history takes.

    Half of the rows are updates. The imports with and without a history take turns, ``times`` each; their medians are
    compared. ``loaded`` tells where the clients are that there are before.
    """
    whole, rest = [], []
    for _ in range(times):
        whole.append(_seconds(folder, python, rows, loaded, _IMPORTED))
        rest.append(_seconds(folder, python, rows, loaded, _IMPORTED + _LEFT_OUT))
    return round(1 - median(rest) / median(whole), 4)


def _seconds(folder: Path, python: Path, rows: int, loaded: Callable[[Data], Path], first: str) -> float:
    return sum(import_once(folder, python, rows, loaded, first).values())

"""How many rows each reader reads in a second, of a clean file and of one with ragged rows."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.generate import generate
from benchmarks.plan import Settings
from benchmarks.readers.readers import READERS, by_duckdb

RAGGED_EVERY = 10
BASE = "DuckDB"


def make_files(folder: Path, rows: int) -> dict[str, Path]:
    """Write a clean file of ``rows`` rows x 12 columns, and the same with the last cell of every tenth row missing."""
    settings = Settings(
        rows=rows,
        existing=0,
        update_share=0.0,
        wrong_share=0.0,
        columns=12,
        seed=1,
        unchanged=False,
        all_wrong=False,
        wide=False,
        quoted=False,
    )
    generate(folder, settings)
    ragged = folder / "ragged.csv"
    with (folder / "clients.csv").open("rb") as clean, ragged.open("wb") as cut:
        for number, line in enumerate(clean):
            is_ragged = number and number % RAGGED_EVERY == 0
            cut.write(line.rsplit(b",", 1)[0] + b"\n" if is_ragged else line)
    return {"clean": folder / "clients.csv", "every tenth row short": ragged}


def seconds(reader: str, path: Path) -> float | None:
    """Return how long ``reader`` takes from the path to all rows in memory, None when it fails.

    The peers are told the encoding; ours finds it.
    """
    _, read, _ = READERS[reader]
    read = partial(by_duckdb, parallel=True) if reader == BASE else read
    start = time.perf_counter()
    try:
        read(path, "utf-8-sig")
    except Exception:
        return None
    return time.perf_counter() - start


def measure(readers: list[str], rows: int, rounds: int) -> dict[str, dict[str, float | None]]:
    """Return for each file and reader the median seconds of ``rounds`` rounds; in a round each reader reads once."""
    with tempfile.TemporaryDirectory() as folder:
        medians: dict[str, dict[str, float | None]] = {}
        for file, path in make_files(Path(folder), rows).items():
            times = [{reader: seconds(reader, path) for reader in readers} for _ in range(rounds)]
            medians[file] = {reader: _median([one[reader] for one in times]) for reader in readers}
        return medians


def _median(times: list[float | None]) -> float | None:
    taken = [one for one in times if one is not None]
    return median(taken) if taken else None

"""Measure client-import beside other ways to do the same import: ``python -m benchmarks``.

Every result is checked. What has to be there (files, environments, databases) is kept in ``.bench/``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.compare import Limits, Result, Stand, blocks
from benchmarks.contestants import CONTESTANTS, DEVELOPED_HERE, OURS, REFERENCE, ROOT
from benchmarks.environments import NotInstalledError, python_for, versions
from benchmarks.history import history_share
from benchmarks.machine import this_machine
from benchmarks.page import write_pages
from benchmarks.record import DUCKDB_MIB, HISTORY_SHARE, WARM_SECONDS, Record
from benchmarks.serving import warm_seconds
from benchmarks.stages import stages
from benchmarks.table import shown
from benchmarks.workloads import WORKLOADS, Data
from client_import.settings import read_settings

FOLDER = ROOT / ".bench"
ROWS = (500, 10_000, 100_000, 1_000_000, 10_000_000)
ROWS_BY_STAGE = (500, 1_000_000)
ROWS_WARM, WARM_TIMES = 500, 50
ROWS_OF_HISTORY = 1_000_000
ROWS_OF_MUCH_MEMORY = 10_000_000


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS, help="rows of the files (%(default)s)")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), metavar="WORKLOAD")
    parser.add_argument("--peers", nargs="*", choices=CONTESTANTS, default=list(CONTESTANTS), metavar="PEER")
    parser.add_argument("--times", type=int, default=5, help="runs of each (%(default)s)")
    parser.add_argument("--limit", type=float, default=600, help="seconds that a run may take (%(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where what is needed is kept (%(default)s)")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md, its tables and plots")
    return parser


def with_own_figures(
    record: Record, rows: int, times: int, folder: Path, python: Path, loaded: Callable[[Data], Path]
) -> Record:
    """Measure and put in what is known of client-import alone: where the time goes, and the figures of some bars."""
    if rows in ROWS_BY_STAGE:
        record = record.with_stages(stages(folder, python, rows, times, loaded), rows)
    if rows == ROWS_WARM:
        record = record.with_figure(WARM_SECONDS, round(median(warm_seconds(WARM_TIMES, rows)), 3))
    if rows == ROWS_OF_HISTORY:
        record = record.with_figure(HISTORY_SHARE, history_share(folder, python, rows, times, loaded))
    if rows == ROWS_OF_MUCH_MEMORY:
        record = record.with_figure(DUCKDB_MIB, round(read_settings().memory_limit_bytes / 2**20))
    return record


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line; exits with 1 when a result of one developed here is wrong."""
    given = arguments().parse_args(words)
    folder: Path = given.folder.resolve()
    chosen = [CONTESTANTS[name] for name in dict.fromkeys([OURS, REFERENCE, *given.peers])]
    pythons, told, missing = {}, {}, {}
    for contestant in chosen:
        try:
            pythons[contestant.name] = python_for(contestant, folder / "envs")
        except NotInstalledError as error:
            missing[contestant.name] = str(error)
            print(f"{contestant.title} is not installed: {error}", flush=True)
        else:
            told[contestant.name] = versions(contestant, pythons[contestant.name])
            print(contestant.title, told[contestant.name], flush=True)
    present = [contestant for contestant in chosen if contestant.name in pythons]
    stand = Stand(folder, Limits(given.times, given.limit), pythons)
    workloads = [WORKLOADS[name] for name in given.workloads]
    results: list[Result] = []
    for workload, rows in blocks(workloads, given.rows):
        block = stand.block(workload, rows, present)
        print("\n".join(shown(workload, rows, block)), flush=True)
        results += block
        if given.write:
            record = Record.load().with_results(block, told, missing, this_machine())
            record.save()
            is_right = not any(each.wrong for each in block if each.contestant == OURS)
            if is_right and workload.name == "mixed":
                record = with_own_figures(
                    record, rows, given.times, folder, pythons[OURS], partial(stand.loaded, CONTESTANTS[OURS])
                )
                record.save()
            write_pages(record)
    sys.exit(any(each.wrong for each in results if each.contestant in DEVELOPED_HERE))


if __name__ == "__main__":
    main()

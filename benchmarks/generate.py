"""Generate client CSV files of any size, with the truth about what importing them must give.

``python -m benchmarks.generate OUT_FOLDER`` writes ``existing.csv`` (import it first, into an empty database),
``clients.csv`` (the file to import) and ``truth.json`` (the counts and the rows per reason code of both imports,
with the default options, matched on Code). The same arguments give the same bytes. Memory does not grow with
the number of rows.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from math import gcd
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from benchmarks.clients import Clients, Flags, Integers, join, where
from benchmarks.columns import filler
from benchmarks.faults import Cells, put_faults
from benchmarks.plan import Plan, Settings, complaint, plan_rows

BATCH_ROWS = 100_000
WIDE_COLUMNS = 200


def shuffled(count: int, seed: int) -> Iterator[Integers]:
    """Yield the numbers from 0 to ``count`` - 1 in batches, scattered, each once."""
    stride = max(int(count * 0.618), 1)
    while gcd(stride, count) > 1:
        stride += 1
    for start in range(0, count, BATCH_ROWS):
        positions = np.arange(start, min(start + BATCH_ROWS, count), dtype=np.int64)
        yield (positions * stride + seed % count) % count


def about(settings: Settings, spelling: str, numbers: Integers, changed: Flags) -> Clients:
    """Return the clients of some rows of the file called ``spelling``."""
    changeable = tuple(column.field for column in settings.chosen if column.changeable)
    return Clients(settings.seed, numbers, changed, changeable, spelling, settings.quoted)


def add_ignored(settings: Settings, clients: Clients, cells: Cells) -> None:
    """Add the columns that no field is known by: many when wide, one of several lines when quoted."""
    if settings.wide:
        cells.update(filler(clients, WIDE_COLUMNS - settings.columns))
    if settings.quoted:
        [(_, words)] = filler(clients, 1)
        cells["Extra lines"] = join('first line, "', words, '"\nsecond line')


def existing_batches(settings: Settings) -> Iterator[Cells]:
    """Yield the cells of ``existing.csv`` batch by batch: right rows only."""
    for numbers in shuffled(settings.existing, settings.seed):
        clients = about(settings, "existing", numbers, np.zeros(len(numbers), bool))
        cells = {column.field: column.make(clients) for column in settings.chosen}
        add_ignored(settings, clients, cells)
        yield cells


def client_batches(settings: Settings, plan: Plan, reasons: Counter[str]) -> Iterator[Cells]:
    """Yield the cells of ``clients.csv`` batch by batch, and add the rows that have each fault to ``reasons``."""
    conflicts, faulty = plan.starts[-2:]
    for rows in shuffled(settings.rows, settings.seed):
        numbers = plan.client_numbers(rows, settings.existing, settings.seed)
        second = (conflicts <= rows) & (rows < faulty) & ((rows - conflicts) % 2 == 1)
        right = rows < conflicts
        clients = about(settings, "clients", numbers, (right & (numbers < plan.changed)) | second)
        cells = {column.field: column.make(clients) for column in settings.chosen}
        cells["Code"] = where(second, pc.utf8_lower(cells["Code"]), cells["Code"])
        reasons.update(put_faults(cells, clients, rows, settings.existing, rows >= faulty))
        add_ignored(settings, clients, cells)
        yield cells


def write(path: Path, settings: Settings, batches: Iterator[Cells]) -> None:
    """Write ``batches`` to the CSV file ``path``, with a header even when there are none."""
    nobody = about(settings, "header", np.array([], np.int64), np.array([], bool))
    header: Cells = {column.field: pa.array([], pa.string()) for column in settings.chosen}
    add_ignored(settings, nobody, header)
    schema = pa.schema([(label, pa.string()) for label in header])
    quoting = "all_valid" if settings.quoted else "none"
    options = pyarrow.csv.WriteOptions(batch_size=10_000, quoting_style=quoting, quoting_header=quoting)
    with pyarrow.csv.CSVWriter(path, schema, write_options=options) as file:
        for cells in batches:
            file.write_table(pa.table(cells, schema=schema))


def generate(folder: Path, settings: Settings) -> None:
    """Write ``existing.csv``, ``clients.csv`` and ``truth.json`` to ``folder``, which is made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = plan_rows(settings)
    reasons: Counter[str] = Counter()
    write(folder / "existing.csv", settings, existing_batches(settings))
    write(folder / "clients.csv", settings, client_batches(settings, plan, reasons))
    truth = {
        "existing": Plan(0, settings.existing, 0, 0, 0, 0).truth(Counter()),
        "clients": plan.truth(reasons),
    }
    (folder / "truth.json").write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="OUT_FOLDER")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of clients.csv (%(default)s)")
    parser.add_argument("--existing", type=int, default=500_000, help="clients before it (%(default)s)")
    parser.add_argument("--update-share", type=float, default=0.5, help="of the right rows, match a client")
    parser.add_argument("--wrong-share", type=float, default=0.05, help="of all rows, must be refused")
    parser.add_argument("--columns", type=int, default=12, help="mapped columns (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unchanged", action="store_true", help="every row repeats an existing client")
    parser.add_argument("--all-wrong", action="store_true", help="every row must be refused")
    parser.add_argument("--wide", action="store_true", help=f"{WIDE_COLUMNS} columns, the rest unknown")
    parser.add_argument("--quoted", action="store_true", help="every cell quoted; commas, quotes, line breaks")
    return parser


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line; arguments that make no sense end it with exit status 2 and a sentence."""
    parser = arguments()
    given = vars(parser.parse_args(words))
    folder: Path = given.pop("folder")
    settings = Settings(**given)
    problem = complaint(settings)
    if folder.exists() and not folder.is_dir():
        problem = f"{folder} is a file: name a folder."
    if problem:
        parser.error(problem)
    generate(folder, settings)


if __name__ == "__main__":
    main()

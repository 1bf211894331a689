"""Import with dlt, as Arrow tables, into DuckDB: ``python -m benchmarks.peers.dlt_arrow DATABASE SOURCE OUT_FOLDER``.

The rules are pandas and Pandera before it; dlt merges on the code, its state beside the database.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import dlt
import pandas as pd
import pyarrow

from benchmarks.peers.dlt_pipeline import known_codes, load
from benchmarks.peers.frame_rules import judge, read, write_refused
from benchmarks.peers.rules import files_of


def main(database: Path, source: Path, out: Path) -> None:
    """Import ``source``, or all files of it in one load when it is a folder."""
    known = known_codes(database)

    @dlt.resource(name="clients", primary_key="code", write_disposition="merge")
    def clients() -> Iterator[pyarrow.Table]:
        for file, folder in files_of(source, out):
            cells = read(file)
            accepted, refused = judge(cells, pd.Series(list(known), dtype=str))
            write_refused(refused, cells, folder)
            yield pyarrow.Table.from_pandas(accepted, preserve_index=False)

    load(database, clients)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

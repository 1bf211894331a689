"""Import with dlt, row by row, into DuckDB: ``python -m benchmarks.peers.dlt_rows DATABASE SOURCE OUT_FOLDER``.

The rules are plain Python before it; dlt merges on the code, its state beside the database.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import dlt

from benchmarks.peers.dlt_pipeline import known_codes, load
from benchmarks.peers.rules import Values, files_of, judge, write_refused

CHUNK_ROWS = 10_000


def main(database: Path, source: Path, out: Path) -> None:
    """Import ``source``, or all files of it in one load when it is a folder."""
    known = known_codes(database)

    @dlt.resource(name="clients", primary_key="code", write_disposition="merge")
    def clients() -> Iterator[list[Values]]:
        for file, folder in files_of(source, out):
            accepted, refused = judge(file, known)
            write_refused(refused, folder)
            for start in range(0, len(accepted), CHUNK_ROWS):
                yield accepted[start : start + CHUNK_ROWS]

    load(database, clients)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

"""Import with sqlite-utils: ``python -m benchmarks.peers.sqlite_utils_upsert DATABASE SOURCE OUT_FOLDER``.

The rules are plain Python before it; ``upsert_all`` does the rest, in one transaction a file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sqlite_utils

from benchmarks.peers.rules import files_of, judge, write_refused

BATCH_SIZE = 10_000


def main(database: Path, source: Path, out: Path) -> None:
    """Import ``source``, or all files of it when it is a folder."""
    clients_db = sqlite_utils.Database(database)
    clients_db.enable_wal()
    clients = clients_db.table("clients", pk="code")
    for file, folder in files_of(source, out):
        known = {}
        if clients.exists():
            known = {code.lower(): code for (code,) in clients_db.execute("SELECT code FROM clients")}
        accepted, refused = judge(file, known)
        with clients_db.conn:
            clients.upsert_all(accepted, pk="code", batch_size=BATCH_SIZE)
        write_refused(refused, folder)
    clients_db.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

"""Covers twenty imports into PostgreSQL at once, from two machines, with another program writing in between.

What they leave is what the same files leave one after the other in a DuckDB file, in the order of the ledger.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.dying import STAMPS
from tests.support.forked import end, start_call
from tests.support.postgres import PostgresServer
from tests.support.program import Program

pytestmark = [pytest.mark.slow, pytest.mark.long]

IMPORTS, ROWS, CLIENTS = 20, 300, 900
COUNTS = ("created", "updated", "skipped", "error")


def some_file(seed: int) -> bytes:
    """Rows for some of the clients, some of them twice, and some that are rejected."""
    choice = random.Random(seed)
    rows = [
        f"K{choice.randrange(CLIENTS)},Name {choice.randrange(5)},{choice.choice(('Ltd', 'Trust', '', 'Zorp'))},"
        f"{choice.choice(('North', 'South', ''))}"
        for _ in range(ROWS)
    ]
    return "\n".join(["Code,Name,Type,Team", *rows]).encode()


def import_one(home: Path, url: str, machine: str, data: bytes) -> None:
    """Import the file, in a process that takes itself for one of another machine."""
    os.environ["CLIENT_IMPORT_HOME"] = str(home)
    socket.gethostname = lambda: machine
    program = Program(home, url, 0 if machine == "machine-a" else None)
    job = program.run(data, duplicates="last", default_type="Trust")
    sys.exit(job["status"] != "Completed")


@contextmanager
def another_program(url: str, written: list[int]) -> Iterator[None]:
    """Change a column of its own of some clients, four at a time and with row locks, until the end."""
    import psycopg

    is_over = threading.Event()

    def write() -> None:
        choice = random.Random(7)
        with psycopg.connect(url) as connection:
            while not is_over.wait(0.01):
                codes = [f"K{choice.randrange(CLIENTS)}" for _ in range(4)]
                found = connection.execute(
                    "SELECT id FROM clients WHERE code = ANY(%s) ORDER BY id FOR UPDATE", [codes]
                ).fetchall()
                ids = [row[0] for row in found]
                connection.execute("UPDATE clients SET score = score + 1 WHERE id = ANY(%s)", [ids])
                connection.commit()
                written.append(len(ids))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def told(clients: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The clients without what no two imports have alike."""
    return [{name: value for name, value in row.items() if name not in (*STAMPS, "score")} for row in clients]


def test_twenty_at_once_are_as_if_one_after_the_other(
    postgres_url: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    program = Program(tmp_path / "shared", postgres_url)
    deadlocks = "SELECT sum(deadlocks)::bigint FROM pg_stat_database"
    before = postgres_server.execute(deadlocks)
    first = program.run(some_file(0), duplicates="last", default_type="Trust")
    program.change("ALTER TABLE clients ADD COLUMN score bigint NOT NULL DEFAULT 0")
    written: list[int] = []
    with another_program(postgres_url, written):
        processes = [
            start_call(import_one, program.home.path, postgres_url, f"machine-{'ab'[seed % 2]}", some_file(seed))
            for seed in range(1, IMPORTS + 1)
        ]
        assert [end(process) for process in processes] == [0] * IMPORTS
    assert postgres_server.execute(deadlocks) == before
    assert program.query("SELECT sum(score)::BIGINT AS score FROM clients") == [{"score": sum(written)}]

    ledger = program.query("SELECT * FROM import_jobs ORDER BY completed_date")
    assert len(ledger) == IMPORTS + 1
    assert ledger[0]["code"] == first["code"]
    clients = program.clients()
    for job in ledger:
        record = program.store.job(job["code"]).to_json()
        assert record["status"] == "Completed"
        assert [record[f"{count}Count"] for count in COUNTS] == [job[f"{count}_count"] for count in COUNTS]
    assert sum(job["created_count"] for job in ledger) == len(clients)
    assert len({client["code"] for client in clients}) == len(clients)

    alone = Program(tmp_path / "alone", "")
    for job in ledger:
        again = alone.run(program.home.job(job["code"]).source.read_bytes(), duplicates="last", default_type="Trust")
        assert [again[f"{count}Count"] for count in COUNTS] == [job[f"{count}_count"] for count in COUNTS]
        assert alone.not_imported_bytes(again["code"]) == program.not_imported_bytes(job["code"])
    assert told(alone.clients()) == told(clients)
    alone.store.close()
    program.store.close()


@pytest.mark.parametrize("match_on", ["Code", "Name"])
def test_few_rows_into_many_clients_are_looked_up(match_on: str, postgres_url: str, tmp_path: Path) -> None:
    """By an index, which the first import makes; with generated codes, all codes of their form are known."""
    program, alone = Program(tmp_path / "home", postgres_url), Program(tmp_path / "alone", "")
    many = "Code,Name,Type\n" + "".join(f"C{number:06},Name {number},Ltd\n" for number in range(1, 30_001))
    few = b"Name,Code,Team\nNAME  7,c000007,North\nname 8,C000008,\nNew,,South\nOther,X1,South\nname 9,c000010,\n"
    by_code = b"Code,Name,Type,Team\nc000007,,,North\nC000008,Name 8,,\nX1,Other,Ltd,South\n"
    for each in (program, alone):
        assert each.run(many.encode())["createdCount"] == 30_000
        each.run(by_code if match_on == "Code" else few, match_on=match_on, default_type="Ltd")
        each.run(b"Name\nNewer\nName 3\n", match_on="Name", default_type="Ltd")
    indexes = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE 'clients_by_%'"
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        made = {name for (name,) in connection.execute(indexes.encode()).fetchall()}
    assert made >= ({"clients_by_code"} if match_on == "Code" else {"clients_by_name", "clients_by_code"})
    assert told(program.clients()) == told(alone.clients())
    assert [
        [job[f"{count}_count"] for count in COUNTS]
        for job in program.query("SELECT * FROM import_jobs ORDER BY completed_date")
    ] == [
        [job[f"{count}_count"] for count in COUNTS]
        for job in alone.query("SELECT * FROM import_jobs ORDER BY completed_date")
    ]
    program.store.close()
    alone.store.close()

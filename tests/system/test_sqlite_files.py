"""Covers the SQLite files of another program while an import writes to them; what is synced of Dagster's when is in
tests/recovery/test_on_disk.py."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from client_import.system.sqlite_files import kept_open

NORMAL, FULL = 1, 2


def made(path: Path, mode: str = "WAL") -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA journal_mode = {mode}")
        connection.exec_driver_sql("CREATE TABLE events (event TEXT)")
    return engine


def synchronous(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())


def test_commits_to_files_in_the_folder_are_not_synced_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "dagster" / "history").mkdir(parents=True)
    ours, theirs = made(tmp_path / "jobs.sqlite"), made(tmp_path / "dagster" / "history" / "runs.db")
    with kept_open(tmp_path / "dagster"):
        assert (synchronous(theirs), synchronous(ours)) == (NORMAL, FULL)
        assert synchronous(sa.create_engine("sqlite://")) == FULL
    assert synchronous(theirs) == FULL


def test_a_file_that_would_be_damaged_by_a_power_failure_goes_on_being_synced(tmp_path: Path) -> None:
    engine = made(tmp_path / "runs.db", "DELETE")
    with kept_open(tmp_path):
        assert synchronous(engine) == FULL


def test_the_last_to_close_a_file_is_who_keeps_it_open(tmp_path: Path) -> None:
    engine, log = made(tmp_path / "runs.db"), tmp_path / "runs.db-wal"
    assert not log.exists()
    with kept_open(tmp_path):
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO events VALUES ('began')")
        assert log.stat().st_size > 0
    assert not log.exists()


def test_a_file_that_is_made_meanwhile_is_one_of_them(tmp_path: Path) -> None:
    engine, log = sa.create_engine(f"sqlite:///{tmp_path / 'runs.db'}", poolclass=sa.NullPool), tmp_path / "runs.db-wal"
    with kept_open(tmp_path):
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE events (event TEXT)")
        assert log.stat().st_size > 0
        assert synchronous(engine) == NORMAL
    assert not log.exists()
    assert synchronous(engine) == FULL
    assert sa.inspect(engine).get_table_names() == ["events"]


def test_what_is_no_database_is_left_to_those_who_need_it(tmp_path: Path) -> None:
    (tmp_path / "runs.db").write_text("no database", "utf-8")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'runs.db'}", poolclass=sa.NullPool)
    with kept_open(tmp_path), pytest.raises(sa.exc.DatabaseError), engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM events")

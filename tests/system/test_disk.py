"""Covers how the errors of a full disk are told from others; what a full disk does is in
tests/recovery/test_full_disk.py."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import sqlalchemy as sa

from client_import.system.disk import is_disk_full
from tests.support.file_size import no_file_above

INDEX_BYTES = 32_768
"""Of the file beside a write-ahead log, which SQLite makes at once."""


def error_of(path: Path, statement: str) -> sa.exc.DBAPIError:
    engine = sa.create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError as error:
        return error
    pytest.fail("there is no error")


@pytest.mark.parametrize("of_driver", [False, True], ids=["of SQLAlchemy", "of the driver"])
def test_no_room_for_the_index_of_a_log_is_a_full_disk(tmp_path: Path, of_driver: bool) -> None:
    with no_file_above(INDEX_BYTES - 1):
        error = error_of(tmp_path / "jobs.sqlite", "CREATE TABLE jobs (code TEXT)")
    assert "disk I/O error" in str(error)
    assert is_disk_full(error.orig if of_driver else error)


def test_other_errors_are_no_full_disk(tmp_path: Path) -> None:
    assert not is_disk_full(error_of(tmp_path / "jobs.sqlite", "SELECT * FROM jobs"))
    assert not is_disk_full(PermissionError(errno.EACCES, "Permission denied"))
    assert is_disk_full(OSError(errno.ENOSPC, "No space left on device"))

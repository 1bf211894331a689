"""The job store in both of its places: all of its tests run on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import Program


@pytest.fixture(params=["sqlite", "postgresql"])
def job_database(request: pytest.FixtureRequest) -> str:
    """The setting ``database``: empty, or the address of a schema of the test's own."""
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else ""


@pytest.fixture
def program(tmp_path: Path, job_database: str) -> Iterator[Program]:
    """A program with an empty home folder, and its jobs in either place."""
    program = Program(tmp_path / "home", job_database)
    yield program
    program.store.close()

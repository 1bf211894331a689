"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program with an empty home folder."""
    program = Program(tmp_path / "home")
    yield program
    program.store.close()

"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.program import Program

settings.register_profile("desk", deadline=None, max_examples=12)
settings.register_profile("ci", deadline=None, max_examples=60)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program with an empty home folder."""
    program = Program(tmp_path / "home")
    yield program
    program.store.close()

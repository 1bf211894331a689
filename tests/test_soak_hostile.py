"""A short soak of evil and good; ``python -m tests.soak_hostile --minutes 10`` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak_hostile import run_soak
from tests.support.hostile import ACTS, FILES

pytestmark = pytest.mark.slow

SECONDS = 20
SHORT = {"CLIENT_IMPORT_PREVIEW_SECONDS": "2", "CLIENT_IMPORT_PREVIEW_MEMORY": "1GB", "CLIENT_IMPORT_PLAN_SECONDS": "5"}
EVERY = [*FILES, *ACTS]


@pytest.mark.long
def test_good_imports_are_completed_among_evil_and_polls_are_answered(tmp_path: Path) -> None:
    soak = run_soak(tmp_path / "home", SECONDS, 1, EVERY, **SHORT)
    assert soak.good
    assert soak.evil

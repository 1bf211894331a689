"""A short soak: a few dozen imports killed, cancelled, starved and repeated; `python -m tests.soak` does hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import QUICK, run_soak

pytestmark = pytest.mark.slow

ROUNDS = 24


@pytest.mark.long
@pytest.mark.parametrize("seed", [1])
def test_every_round_is_survived(seed: int, tmp_path: Path) -> None:
    soak = run_soak(tmp_path / "home", ROUNDS, seed, QUICK)
    assert sum(soak.survived.values()) == ROUNDS

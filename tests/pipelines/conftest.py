"""A drop folder, an instance of Dagster, and the ticks of the sensor between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.support.drop_runs import DropHome, Ticks


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropHome:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path / "home"))
    return DropHome(tmp_path / "home")


@pytest.fixture
def tick(drop: DropHome, instance: dg.DagsterInstance) -> Ticks:
    return Ticks(instance)

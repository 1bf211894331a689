"""Covers how much memory an import and the processes of a server may use, set and not set."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from client_import.clients.engine import engine
from client_import.errors import OptionsError
from client_import.memory import bytes_of, in_words, share_of_memory, within_bounds
from client_import.settings import Settings, read_settings


@pytest.mark.parametrize(
    ("memory", "count"),
    [("448MB", 448_000_000), ("1.5 GiB", 1_610_612_736), ("2gb", 2_000_000_000), ("90KB", 90_000), ("1TiB", 1 << 40)],
)
def test_an_amount_of_memory(memory: str, count: int) -> None:
    assert bytes_of(memory) == count


@pytest.mark.parametrize("memory", ["90MB", "448MB", "1GB", "3.95GB", "9.75GB", "123GB"])
def test_an_amount_is_written_as_it_is_read(memory: str) -> None:
    assert in_words(bytes_of(memory)) == memory


@pytest.mark.parametrize(
    ("memory", "bounded"), [(0, 448e6), (447e6, 448e6), (448e6, 448e6), (6e9, 6e9), (8e9, 8e9), (16e9, 8e9)]
)
def test_the_share_has_bounds(memory: float, bounded: float) -> None:
    assert within_bounds(int(memory)) == bounded


def test_the_share_is_a_quarter_at_most() -> None:
    assert 448e6 <= share_of_memory() <= max(psutil.virtual_memory().total / 4 * 1.02, 448e6)


def test_an_import_uses_the_share_unless_it_is_told(tmp_path: Path) -> None:
    for settings, megabytes in ((Settings(), share_of_memory() / 1e6), (Settings(memory_limit="150MB"), 150)):
        with engine(tmp_path, settings.memory_limit_bytes, 1) as connection:
            shown = connection.execute("SELECT current_setting('memory_limit')").fetchone()
        assert shown is not None
        assert bytes_of(shown[0]) / 1e6 == pytest.approx(megabytes, rel=0.02)


def test_a_worker_may_use_more_than_duckdb() -> None:
    assert Settings(memory_limit="6GB").worker_memory_bytes == bytes_of("9.5GB")
    assert Settings(memory_limit="6GB", worker_memory="4GB").worker_memory_bytes == bytes_of("4GB")
    assert Settings().worker_memory_bytes == share_of_memory() + bytes_of("3.5GB")


@pytest.mark.parametrize("memory", ["lots", "448", "-1GB", "25%", " ", "1GB\n", "1\u212aB"])
def test_what_is_no_amount_is_refused(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_MEMORY_LIMIT", memory)
    with pytest.raises(OptionsError, match="CLIENT_IMPORT_MEMORY_LIMIT: It is no amount of memory; write one such as"):
        read_settings()

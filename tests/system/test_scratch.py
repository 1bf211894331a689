"""Covers temporary folders that a process leaves when it is interrupted; those of dead processes are in
tests/jobs/test_housekeeping.py."""

from __future__ import annotations

from pathlib import Path

from client_import.system.process import this_process
from client_import.system.scratch import remove_own, scratch


def test_a_folder_whose_context_is_not_left_goes_at_the_end(tmp_path: Path) -> None:
    """As when a signal comes right after it was made."""
    interrupted = scratch(tmp_path, "spill")
    left = interrupted.__enter__()
    (left / "file").touch()
    theirs = tmp_path / f"spill-of-another-{this_process().tag}"
    theirs.mkdir()
    remove_own()
    assert list(tmp_path.iterdir()) == [theirs]

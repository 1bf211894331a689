"""Covers the setting ``scratch``: temporary files on a disk of this machine, with the home folder on another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import CommandLine

CLIENTS = b"Code,Name,Type\nA1,Ann,Individual\n"


@pytest.mark.slow
def test_nothing_is_made_in_the_home_folder_but_what_comes_in(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home", CLIENT_IMPORT_SCRATCH=str(tmp_path / "disk" / "scratch"))
    assert cli("run", "-", "--quiet", stdin=CLIENTS).status == 0
    assert cli("preview", "-", stdin=CLIENTS).status == 0
    assert sorted(path.name for path in (tmp_path / "home" / "scratch").iterdir()) == []
    assert (tmp_path / "disk" / "scratch").is_dir()
    assert list((tmp_path / "disk" / "scratch").iterdir()) == []

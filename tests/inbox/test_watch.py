"""Covers when files of the drop folder are whole: they do not change, and no program has them open for writing."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from client_import.inbox.folder import DropFolder, Listing, open_drop_folder
from client_import.inbox.watch import watch
from client_import.paths import Home
from client_import.settings import Settings
from client_import.system.open_files import is_open_for_writing

CSV = b"Code,Name,Type\nA1,Acme,Ltd\n"

needs_leases = pytest.mark.skipif(
    not hasattr(fcntl, "F_SETLEASE"), reason="only Linux says whether a file is open for writing"
)


def opened(home: Path, address: str = "drop") -> DropFolder:
    return open_drop_folder(Settings(home=home, drop=address), Home(home).create())


def watched(
    drop: DropFolder, seconds: float, meanwhile: Callable[[int], object] = lambda _: None, *, seen: bool = False
) -> tuple[list[str], Listing, list[float]]:
    """Watch ``drop``; returns the names that are whole, the listing, and the pauses, in which ``meanwhile`` is done."""
    pauses: list[float] = []

    def pause(pause_seconds: float) -> None:
        pauses.append(pause_seconds)
        meanwhile(len(pauses))
        time.sleep(pause_seconds)

    whole, listing = watch(drop, seconds, pause, was_seen=lambda _: seen, awaits_files=True)
    return [file.name for file in whole], listing, pauses


def test_a_file_is_whole_once_it_has_not_changed_for_a_while(tmp_path: Path) -> None:
    drop = opened(tmp_path)
    (tmp_path / "drop" / "clients.csv").write_bytes(CSV)
    names, _, pauses = watched(drop, 4)
    assert names == ["clients.csv"]
    assert sum(pauses) >= 1


def test_a_file_that_grows_meanwhile_holds_up_no_other(tmp_path: Path) -> None:
    drop = opened(tmp_path)
    (tmp_path / "drop" / "still.csv").write_bytes(CSV)
    growing = tmp_path / "drop" / "growing.csv"
    names, listing, _ = watched(drop, 1.6, lambda number: growing.write_bytes(CSV * number))
    assert names == ["still.csv"]
    assert {file.name for file in listing.waiting} == {"still.csv", "growing.csv"}


def test_a_file_that_comes_while_nothing_waits_is_seen(tmp_path: Path) -> None:
    drop = opened(tmp_path)
    file = tmp_path / "drop" / "clients.csv"
    names, _, _ = watched(drop, 3, lambda number: file.write_bytes(CSV) if number == 1 else None)
    assert names == ["clients.csv"]


def test_a_folder_without_files_is_looked_at_once_by_who_awaits_none(tmp_path: Path) -> None:
    assert watch(opened(tmp_path), pause=lambda _: pytest.fail("it went on"))[0] == ()


def test_one_look_finds_what_was_the_same_before(tmp_path: Path) -> None:
    drop = opened(tmp_path)
    (tmp_path / "drop" / "clients.csv").write_bytes(CSV)
    assert watched(drop, 0)[::2] == ([], [])
    assert watched(drop, 0, seen=True)[::2] == (["clients.csv"], [])


def test_a_folder_over_a_network_is_looked_at_once_while_nothing_is_new(tmp_path: Path) -> None:
    drop = opened(tmp_path, f"memory://{tmp_path.name}")
    assert watched(drop, 4)[::2] == ([], [])
    fsspec.filesystem("memory").pipe_file(f"/{tmp_path.name}/clients.csv", CSV)
    assert watched(drop, 4)[::2] == (["clients.csv"], [2.0])


@needs_leases
def test_a_file_that_is_open_for_writing_is_not_whole_however_long_it_rests(tmp_path: Path) -> None:
    drop = opened(tmp_path)
    file = tmp_path / "drop" / "clients.csv"
    with file.open("wb") as stream:
        stream.write(CSV)
        stream.flush()
        assert watched(drop, 0, seen=True)[0] == []
        with file.open("rb"):
            assert is_open_for_writing(file)
    assert watched(drop, 0, seen=True)[0] == ["clients.csv"]


@needs_leases
def test_a_file_that_stays_open_without_a_change_is_not_held_up_for_ever(tmp_path: Path) -> None:
    drop = opened(tmp_path)
    file = tmp_path / "drop" / "clients.csv"
    with file.open("wb") as stream:
        stream.write(CSV)
        stream.flush()
        then = file.stat().st_mtime - 100
        os.utime(file, (then, then))
        assert watched(drop, 0, seen=True)[0] == ["clients.csv"]


def test_who_reads_a_file_or_has_deleted_it_does_not_write_it(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(CSV)
    with file.open("rb"):
        assert not is_open_for_writing(file)
    file.unlink()
    assert not is_open_for_writing(file)
    assert list(tmp_path.iterdir()) == []

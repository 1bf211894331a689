"""Covers who may read what an import leaves behind: the home folder after imports by every way in.

Not here: the way through Dagster's daemon (test_drop_daemon.py).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from client_import.errors import StoreError
from client_import.paths import Home
from client_import.system.private import make_folder
from tests.support.api_server import ApiServer
from tests.support.cli import CommandLine
from tests.support.private import wide

MIXED = b"Code,Name,Type\nA1,Acme,Ltd\nA2,Bee,Zorp\n"


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Start every process as most shells do."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def imported_by_all_ways(home: Path, **settings: str) -> None:
    cli = CommandLine(home, **settings)
    file = home.parent / "clients.csv"
    file.write_bytes(MIXED)
    assert cli("run", file).status == 3
    assert cli("preview", file).status == 0
    dropped = home / "drop" / "dropped.csv"
    dropped.parent.mkdir(exist_ok=True)
    dropped.write_bytes(MIXED)
    assert cli("drop").status == 3
    assert (home / "drop" / "rejected" / "dropped.not_imported.csv").exists()
    with ApiServer(home, **settings) as server:
        assert server.run(MIXED)["status"] == "Completed"
        assert wide(home, has_group="CLIENT_IMPORT_GROUP_ACCESS" in settings) == {}


@pytest.mark.slow
def test_the_home_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    imported_by_all_ways(home)
    assert wide(home) == {}
    names = {path.name for path in home.rglob("*")}
    assert {
        "clients.duckdb",
        "jobs.sqlite",
        "dagster",
        "jobs",
        "scratch",
        "source",
        "not_imported.csv",
        "runs.db",
        "event_log.db",
    } <= names


@pytest.mark.slow
def test_with_the_setting_it_is_for_its_group_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    imported_by_all_ways(home, CLIENT_IMPORT_GROUP_ACCESS="true")
    CommandLine(home, CLIENT_IMPORT_GROUP_ACCESS="true")("jobs")
    assert wide(home, has_group=True) == {}
    CommandLine(home)("jobs")
    assert wide(home) == {}


@pytest.mark.slow
def test_what_an_older_version_left_open_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    cli = CommandLine(home)
    imported_by_all_ways(home)
    for path in (home, *home.rglob("*")):
        with suppress(FileNotFoundError):  # the worker of the server takes its files with it
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert len(wide(home)) > 20
    assert cli("jobs").status == 0
    assert wide(home) == {}


def test_other_things_in_the_folder_stay_as_they_are(tmp_path: Path) -> None:
    program, elsewhere = tmp_path / "program.sh", tmp_path / "elsewhere"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    elsewhere.mkdir()
    outside = tmp_path / "outside.csv"
    outside.write_bytes(MIXED)
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "link").symlink_to(outside)
    before = {path: mode(path) for path in (program, elsewhere, outside)}
    Home(tmp_path).create()
    assert {path: mode(path) for path in before} == before
    assert mode(tmp_path) == mode(tmp_path / "jobs") == 0o700


def test_a_folder_that_is_everybodys_stays_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    Home(tmp_path).create()
    assert mode(tmp_path) == 0o1777


@pytest.mark.slow
def test_files_written_for_the_user_are_as_the_user_has_them(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    file = tmp_path / "clients.csv"
    file.write_bytes(MIXED)
    code = cli("run", file, "--json").json["code"]
    os.umask(0o027)
    outputs = [tmp_path / name for name in ("clients-out.csv", "template.csv", "rows.csv")]
    assert cli("export", "-o", outputs[0]).status == 0
    assert cli("template", "-o", outputs[1]).status == 0
    assert cli("not-imported", code, "-o", outputs[2]).status == 0
    assert [mode(output) for output in outputs] == [0o640] * 3
    assert wide(tmp_path / "home") == {}


@pytest.mark.parametrize("what", ["a file", "a link that leads nowhere"])
def test_what_is_no_folder_is_called_that(tmp_path: Path, what: str) -> None:
    path = tmp_path / "home"
    if what == "a file":
        path.touch()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(StoreError) as failure:
        make_folder(path)
    assert str(failure.value) == f"{path} is no folder. Move it away, or set CLIENT_IMPORT_HOME to another folder."

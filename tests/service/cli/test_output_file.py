"""Covers :mod:`service.output_file`: the file of ``-o`` is written whole or not at all, and stays what it is."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from client_import.errors import StoreError
from service.output import data_target
from tests.support.file_size import no_file_above

NEW = b"Code,Name\nA1,Acme\n"
OLD = b"Code\nB2\n"
NOBODY = 65534


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path_factory.mktemp("home")))


def write(path: Path, content: bytes = NEW) -> None:
    with data_target(path) as target:
        target.write(content)


def write_until(number: signal.Signals, path: Path) -> None:
    """Write some of it, and get a signal."""
    before = path.read_bytes()
    with data_target(path) as target:
        target.write(NEW)
        target.flush()
        assert path.read_bytes() == before
        os.kill(os.getpid(), number)
        time.sleep(30)


@pytest.mark.parametrize("was_there", [True, False])
def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path, was_there: bool) -> None:
    path = tmp_path / "clients.csv"
    if was_there:
        path.write_bytes(OLD)
    with no_file_above(1024), pytest.raises(StoreError) as failure:
        write(path, NEW * 10_000)
    assert str(failure.value) == f"The file {path} cannot be written (File too large)."
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == ({path.name: OLD} if was_there else {})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_what_was_there(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "clients.csv"
    path.write_bytes(OLD)
    before = signal.signal(number, signal.default_int_handler)  # with nohup, a hang-up is ignored
    try:
        with pytest.raises(KeyboardInterrupt):
            write_until(number, path)
    finally:
        signal.signal(number, before)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {path.name: OLD}


def test_permissions_of_a_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_bytes(OLD)
    path.chmod(0o604)
    write(path)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (NEW, 0o604)
    assert time.time() - path.stat().st_mtime < 60


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They follow the umask of the user, not that of files in the home folder."""
    monkeypatch.setattr("client_import.system.private._users_umask", 0o027)
    write(tmp_path / "clients.csv")
    assert stat.S_IMODE((tmp_path / "clients.csv").stat().st_mode) == 0o640


@pytest.mark.parametrize("was_there", [True, False])
def test_a_link_stays_a_link(tmp_path: Path, was_there: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    file, link = tmp_path / "elsewhere" / "clients.csv", tmp_path / "link.csv"
    if was_there:
        file.write_bytes(OLD)
    link.symlink_to("elsewhere/clients.csv")
    write(link)
    assert (link.is_symlink(), file.read_bytes()) == (True, NEW)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_file_keeps_its_other_name(tmp_path: Path) -> None:
    path, other = tmp_path / "clients.csv", tmp_path / "other.csv"
    path.write_bytes(OLD * 100)
    other.hardlink_to(path)
    write(path)
    assert (other.read_bytes(), path.stat().st_nlink) == (NEW, 2)


def test_a_file_that_is_open_as_a_stream_stays_that_file(tmp_path: Path) -> None:
    """So it is with /dev/stdout where the output goes to a file: others write there, too, and have it open."""
    path = tmp_path / "clients.csv"
    with path.open("wb") as stream:
        write(Path(f"/dev/fd/{stream.fileno()}"))
        assert path.stat().st_ino == os.fstat(stream.fileno()).st_ino
    assert path.read_bytes() == NEW


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write(path)
    assert os.read(reader, 1000) == NEW
    os.close(reader)
    assert path.is_fifo()


def test_a_device_stays_a_device() -> None:
    write(Path(os.devnull))
    assert Path(os.devnull).is_char_device()


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".csv")
    write(path)
    assert path.read_bytes() == NEW


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of this user; root, who may write everything, is another one meanwhile."""
    with TemporaryDirectory() as name:
        monkeypatch.setenv("CLIENT_IMPORT_HOME", str(Path(name) / "home"))
        if os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            os.seteuid(os.getuid())


def test_what_may_not_be_written_is_not_replaced(own_folder: Path) -> None:
    path = own_folder / "clients.csv"
    path.write_bytes(OLD)
    path.chmod(0o400)
    with pytest.raises(StoreError, match="Permission denied"):
        write(path)
    assert path.read_bytes() == OLD


def test_a_file_in_a_folder_that_takes_no_other_is_written(own_folder: Path) -> None:
    path = own_folder / "folder" / "clients.csv"
    path.parent.mkdir()
    path.write_bytes(OLD)
    path.parent.chmod(0o500)
    write(path)
    path.parent.chmod(0o700)
    assert path.read_bytes() == NEW


@pytest.mark.parametrize(("name", "reason"), [("no/clients.csv", "No such file or directory"), (".", "Is a directory")])
def test_what_cannot_be_written_is_named_as_it_was_given(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(StoreError) as failure:
        write(tmp_path / name)
    assert str(failure.value) == f"The file {tmp_path / name} cannot be written ({reason})."

"""Covers the drop folder itself, on this machine and in another file system: looking, taking, giving back.

The other file system is fsspec's ``memory://``, which each process has for itself. Not here: real buckets.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import fsspec
import pytest

from client_import.errors import OptionsError, StoreError
from client_import.inbox.backend import Entry
from client_import.inbox.folder import DropFolder, Waiting, open_drop_folder
from client_import.inbox.local import LocalBackend
from client_import.inbox.watch import watch
from client_import.paths import Home, JobFolder
from client_import.settings import Settings
from tests.support.drop_runs import other_file_system

CSV = b"Code,Name,Type\nA1,Acme,Ltd\n"
NOBODY = 65534


class Dropped:
    """A drop folder at ``address``, and the means to put files there."""

    def __init__(self, address: str, home: Path) -> None:
        self.home = Home(home).create()
        self.folder = open_drop_folder(Settings(home=home, drop=address), self.home)
        self.fs, path = fsspec.core.url_to_fs(address)
        self.path = path

    def put(self, name: str, content: bytes = CSV) -> None:
        path = f"{self.path}/{name}"
        self.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.fs.pipe_file(path, content)

    def names(self) -> set[str]:
        return {name.removeprefix(f"{self.path}/") for name in self.fs.find(self.path)}

    def read(self, name: str) -> bytes:
        return bytes(self.fs.cat_file(f"{self.path}/{name}"))

    def job(self, code: str) -> JobFolder:
        return self.home.job(code).create()

    def claim(self, name: str, code: str = "c0dec0dec0", version: str | None = None) -> bool:
        return self.folder.claim(name, version, code, self.job(code), lambda: None)


PLACES = ["same disk", "memory", *(["other disk"] if other_file_system() else [])]


@pytest.fixture(params=PLACES)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def dropped(backend: str, tmp_path: Path) -> Iterator[Dropped]:
    if backend == "memory":
        address = f"memory://{tmp_path.name}"
        yield Dropped(address, tmp_path / "home")
        fsspec.filesystem("memory").rm(f"/{tmp_path.name}", recursive=True)
    elif backend == "same disk":
        yield Dropped(str(tmp_path / "drop"), tmp_path / "home")
    else:
        folder = Path(tempfile.mkdtemp(dir=other_file_system()))
        yield Dropped(str(folder), tmp_path / "home")
        shutil.rmtree(folder)


@pytest.fixture
def local(tmp_path: Path) -> Dropped:
    return Dropped(str(tmp_path / "drop"), tmp_path / "home")


def test_what_waits_is_seen_oldest_first(dropped: Dropped) -> None:
    for name in ("b.csv", "a.csv", "c.txt"):
        dropped.put(name)
        time.sleep(0.02)
    for name in (
        "x.pdf",
        ".hidden.csv",
        *("rejected/r.csv", "done/d.csv", "failed/f.csv", "other/o.csv"),
        "b.options.json",
        "options.json",
        "z.OPTIONS.json",
    ):
        dropped.put(name)
    seen = dropped.folder.look()
    assert [(file.name, file.size) for file in seen.waiting] == [("b.csv", 27), ("a.csv", 27), ("c.txt", 27)]
    assert [each.name for each in seen.ignored] == [".hidden.csv", "other", "x.pdf", "z.OPTIONS.json"]


def test_a_file_that_changes_is_not_ready(dropped: Dropped) -> None:
    dropped.put("still.csv")
    dropped.put("growing.csv")

    def grow(seconds: float) -> None:
        dropped.put("growing.csv", CSV * 2)
        dropped.put("new.csv")
        time.sleep(seconds)

    ready, seen = watch(dropped.folder, pause=grow)
    assert [file.name for file in ready] == ["still.csv"]
    assert {file.name for file in seen.waiting} == {"still.csv", "growing.csv", "new.csv"}


@pytest.mark.parametrize("name", ["clients.csv", "clients[1]*?.csv", "Müller 🙂\n.csv", "a.csv.gz"])
def test_a_file_is_taken_with_its_options(name: str, dropped: Dropped) -> None:
    own = name.removesuffix(".gz").removesuffix(".csv") + ".options.json"
    dropped.put(name)
    dropped.put(own, b'{"matchField": "Name"}')
    dropped.put("options.json", b'{"maxErrors": "5"}')
    options = dropped.folder.options(name)
    assert (options.match_field, options.max_errors) == ("Name", "5")
    assert dropped.claim(name)
    assert dropped.names() == {"options.json"}
    assert dropped.job("c0dec0dec0").source.read_bytes() == CSV
    assert json.loads(dropped.job("c0dec0dec0").options.read_bytes()) == {"matchField": "Name"}
    assert {path.name for path in dropped.job("c0dec0dec0").path.iterdir()} == {"source", "options.json"}


def test_options_of_two_files_go_with_the_last(dropped: Dropped) -> None:
    for name in ("clients.csv", "clients.txt"):
        dropped.put(name)
    dropped.put("clients.options.json", b"{}")
    assert dropped.claim("clients.csv", "oneoneone1")
    assert dropped.names() == {"clients.txt", "clients.options.json"}
    assert dropped.claim("clients.txt", "twotwotwo1")
    assert dropped.names() == set()
    assert dropped.job("oneoneone1").options.exists()
    assert dropped.job("twotwotwo1").options.exists()


def test_a_file_that_is_gone_or_another_is_not_taken(dropped: Dropped) -> None:
    assert not dropped.claim("clients.csv")
    dropped.put("clients.csv")
    [seen] = dropped.folder.look().waiting
    time.sleep(0.02)
    dropped.put("clients.csv", CSV[:5])
    assert not dropped.claim("clients.csv", version=seen.version)
    assert dropped.names() == {"clients.csv"}
    [now] = dropped.folder.look().waiting
    assert dropped.claim("clients.csv", version=now.version)


@pytest.mark.parametrize(
    "name",
    ["../home/jobs.csv", "rejected/r.csv", "done/d.csv", "failed/f.csv", "nul\0.csv", ".hidden.csv", "x.pdf", "..", ""],
)
def test_a_name_that_is_none_here_is_not_taken(name: str, dropped: Dropped) -> None:
    there = {"rejected/r.csv", "done/d.csv", "failed/f.csv", "x.pdf"}
    for each in there:
        dropped.put(each)
    assert not dropped.claim(name)
    assert dropped.names() == there


def test_of_many_takers_one_has_the_file(dropped: Dropped) -> None:
    dropped.put("clients.csv", CSV * 1000)
    start, results = threading.Barrier(8), dict[int, bool]()

    def claim(number: int) -> None:
        start.wait()
        results[number] = dropped.claim("clients.csv", f"codecodec{number}")

    takers = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    [winner] = [number for number, is_taken in results.items() if is_taken]
    assert dropped.job(f"codecodec{winner}").source.read_bytes() == CSV * 1000
    assert not [number for number in results if number != winner and dropped.job(f"codecodec{number}").source.exists()]
    assert dropped.names() == set()


@pytest.mark.parametrize("backend", [backend for backend in PLACES if backend != "same disk"])
def test_a_copy_that_is_broken_off_loses_nothing(dropped: Dropped) -> None:
    dropped.put("clients.csv")

    def break_off() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dropped.folder.claim("clients.csv", None, "c0dec0dec0", dropped.job("c0dec0dec0"), break_off)
    assert list(dropped.job("c0dec0dec0").path.iterdir()) == []
    assert dropped.folder.look().waiting == ()
    dropped.put("clients.csv", b"another")
    dropped.folder.release("clients.csv", "c0dec0dec0")
    assert dropped.names() == {"clients.csv", "clients.c0dec0dec0.csv"}
    assert dropped.read("clients.c0dec0dec0.csv") == CSV
    dropped.folder.release("clients.csv", "c0dec0dec0")
    assert dropped.read("clients.csv") == b"another"
    dropped.put(".c0dec0dec0.taken", b"once more")
    dropped.folder.release("clients.csv", "c0dec0dec0")
    assert dropped.read("clients.c0dec0dec0-2.csv") == b"once more"


def test_a_file_that_was_given_back_by_half_has_one_name_again(local: Dropped, tmp_path: Path) -> None:
    local.put("clients.csv")
    hidden = tmp_path / "drop" / ".c0dec0dec0.taken"
    hidden.hardlink_to(tmp_path / "drop" / "clients.csv")  # what a process that dies between two steps leaves
    local.folder.release("clients.csv", "c0dec0dec0")
    assert local.names() == {"clients.csv"}
    assert [file.name for file in local.folder.look().waiting] == ["clients.csv"]


def test_a_name_so_long_that_none_of_its_options_can_be(local: Dropped) -> None:
    name = "x" * 251 + ".csv"
    local.put(name)
    local.folder.options(name)
    assert local.claim(name)
    assert local.names() == set()


def test_options_of_any_size_are_taken_whole(local: Dropped) -> None:
    long = b" " * (3 << 20) + b"{}"
    local.put("clients.csv")
    local.put("clients.options.json", long)
    assert local.claim("clients.csv")
    assert local.job("c0dec0dec0").options.read_bytes() == long


def test_links_and_special_files_are_not_followed(local: Dropped, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(CSV)
    folder = tmp_path / "drop"
    (folder / "link.csv").symlink_to(secret)
    (folder / "broken.csv").symlink_to(tmp_path / "nowhere")
    (folder / "folder.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    (folder / "twin.csv").hardlink_to(secret)
    seen = local.folder.look()
    assert seen.waiting == ()
    assert {each.name: each.reason.split(";")[0] for each in seen.ignored} == {
        "link.csv": "a link",
        "broken.csv": "a link",
        "folder.csv": "a folder",
        "pipe.csv": "not a file",
        "twin.csv": "a file with another name as well (a hard link)",
    }
    assert not any(local.claim(each.name) for each in seen.ignored)
    (folder / "real.csv").write_bytes(CSV)
    (folder / "real.options.json").symlink_to(secret)
    with pytest.raises(OptionsError, match=r"real\.options\.json"):
        local.folder.options("real.csv")
    assert local.claim("real.csv")
    assert not local.job("c0dec0dec0").options.exists()


class Swapping(LocalBackend):
    """A drop folder in which somebody puts another thing in the place of a file, right before it is moved."""

    def __init__(self, path: Path, swap: Callable[[Path], None], *, same_disk: bool) -> None:
        super().__init__(path)
        self.file, self.swap, self.same_disk = path / "clients.csv", swap, same_disk

    def move_out(self, name: str, destination: Path) -> Entry | None:
        self.swap(self.file)
        return super().move_out(name, destination) if self.same_disk else None


def to_a_link(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.parent.parent / "secret")


def to_a_hard_link(file: Path) -> None:
    file.unlink()
    file.hardlink_to(file.parent.parent / "secret")


def to_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def to_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "inside").write_bytes(CSV)


def to_another_file(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(CSV)
    other.replace(file)


@pytest.mark.parametrize("same_disk", [True, False])
@pytest.mark.parametrize("swap", [to_a_link, to_a_hard_link, to_a_pipe, to_a_folder, to_another_file])
def test_what_was_put_in_the_place_of_a_file_is_left_alone(
    swap: Callable[[Path], None], same_disk: bool, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(CSV)
    home, backend = Home(tmp_path / "home").create(), Swapping(tmp_path / "drop", swap, same_disk=same_disk)
    folder = DropFolder(backend, nullcontext, home)
    backend.prepare()
    backend.file.write_bytes(CSV)
    job = home.job("c0dec0dec0").create()
    assert not folder.claim("clients.csv", None, "c0dec0dec0", job, lambda: None)
    assert list(job.path.iterdir()) == []
    assert [path.name for path in backend.file.parent.iterdir()] == ["clients.csv"]
    assert (tmp_path / "secret").read_bytes() == CSV
    assert folder.look().waiting == () or swap is to_another_file


def test_an_unreadable_file_waits_until_it_can_be_read() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    try:
        local = Dropped(str(folder / "drop"), folder / "home")
        (folder / "drop").chmod(0o777)
        local.put("clients.csv")
        file = folder / "drop" / "clients.csv"
        file.chmod(0)
        with as_nobody():
            seen = local.folder.look()
        assert (seen.waiting, [each.name for each in seen.ignored]) == ((), ["clients.csv"])
        assert "permission denied" in seen.ignored[0].reason
        file.chmod(0o444)
        with as_nobody():
            assert [each.name for each in local.folder.look().waiting] == ["clients.csv"]
    finally:
        shutil.rmtree(folder)


class as_nobody:  # noqa: N801
    """Be nobody for a while, where the tests run as root, who can read everything."""

    def __enter__(self) -> None:
        if os.getuid() == 0:
            os.seteuid(NOBODY)

    def __exit__(self, *_: object) -> None:
        if os.getuid() == 0:
            os.seteuid(0)


def test_a_name_that_is_not_unicode_is_left_alone(local: Dropped, tmp_path: Path) -> None:
    (tmp_path / "drop" / os.fsdecode(b"caf\xe9.csv")).write_bytes(CSV)
    [left] = local.folder.look().ignored
    assert (left.name, left.reason) == ("caf\\udce9.csv", "its name is not Unicode; rename it")


@pytest.mark.parametrize("address", ["zorp://bucket/x", "memory"])
def test_where_a_drop_folder_is(address: str, tmp_path: Path) -> None:
    if address == "memory":
        assert open_drop_folder(Settings(home=tmp_path, drop=address), Home(tmp_path)).shown == str(tmp_path / "memory")
        return
    with pytest.raises(OptionsError, match="CLIENT_IMPORT_DROP: zorp://bucket/x"):
        open_drop_folder(Settings(home=tmp_path, drop=address), Home(tmp_path))


def test_a_drop_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "drop").write_bytes(b"")
    with pytest.raises(StoreError, match="CLIENT_IMPORT_DROP"):
        open_drop_folder(Settings(home=tmp_path), Home(tmp_path))


def test_the_key_of_a_file_is_its_name_size_and_time() -> None:
    assert Waiting("a.csv", 7, 99).key == "a.csv/7/99"

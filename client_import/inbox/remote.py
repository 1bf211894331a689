"""A drop folder at any address of fsspec: a bucket, a file server, the memory of this process."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from client_import.errors import OptionsError, StoreError
from client_import.inbox.backend import Entry, Kind, OnChunk, copy_synced, is_same
from client_import.inbox.names import bare

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class RemoteBackend:
    """The :class:`~client_import.inbox.backend.Backend` for a folder, or a prefix of a bucket, at an fsspec address.

    A rename may be a copy and a deletion there.
    """

    look_seconds = 2.0
    is_remote = True

    def __init__(self, address: str) -> None:
        self.shown = re.sub(r"//[^/@]*@", "//...@", address)
        try:
            found: tuple[Any, str] = url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise OptionsError(f"CLIENT_IMPORT_DROP: {self.shown} cannot be used ({error}).") from None
        self._fs, self._path = found

    def prepare(self) -> None:
        with self._translated_errors():
            self._fs.makedirs(self._path, exist_ok=True)

    def entries(self) -> list[Entry]:
        with self._translated_errors():
            self._fs.invalidate_cache(self._path)
            try:
                listed: list[dict[str, Any]] = self._fs.ls(self._path, detail=True)
            except FileNotFoundError:
                return []  # a bucket has no empty folders
            return [self._entry(each) for each in listed if each["name"].rstrip("/") != self._path.rstrip("/")]

    def entry(self, *names: str) -> Entry:
        path = self._at(*names)
        with self._translated_errors():
            self._fs.invalidate_cache(path.rpartition("/")[0])
            return self._entry(self._fs.info(path))

    def _entry(self, info: dict[str, Any]) -> Entry:
        name = str(info["name"]).rstrip("/").rpartition("/")[2]
        if info.get("islink") or info["type"] == "link":
            return Entry(name, 0, 0, Kind.LINK)
        kind = {"file": Kind.FILE, "directory": Kind.FOLDER}.get(info["type"], Kind.OTHER)
        return Entry(name, int(info.get("size") or 0), self._time(info) if kind is Kind.FILE else 0, kind)

    def _time(self, info: dict[str, Any]) -> int:
        names = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
        time = next((info[name] for name in names if info.get(name) is not None), None)
        try:
            if time is None:
                time = self._fs.modified(info["name"])
            if isinstance(time, str):
                time = datetime.fromisoformat(time)
        except (NotImplementedError, ValueError):
            return 0  # then a file is told from another of its name by size alone
        return int((time.timestamp() if isinstance(time, datetime) else float(time)) * 1_000_000) * 1000

    def is_being_written(self, name: str) -> bool:
        return False  # no such file system says so

    def read(self, name: str, most: int) -> bytes:
        with self._translated_errors(), self._fs.open(self._at(name), "rb") as stream:
            return bytes(stream.read(most))

    def fetch(self, name: str, destination: Path, on_chunk: OnChunk) -> None:
        with self._translated_errors(), self._fs.open(self._at(name), "rb") as stream:
            copy_synced(stream, destination, on_chunk)

    def move_out(self, name: str, destination: Path) -> Entry | None:
        return None  # a file cannot be moved between file systems

    def move_back(self, moved: Path, name: str) -> None:
        pass  # no file is ever moved out

    def rename(self, name: str, new_name: str) -> None:
        self._rename(self._at(name), self._at(new_name))

    def _rename(self, old: str, new: str) -> None:
        with self._translated_errors():
            if type(self._fs).mv is not AbstractFileSystem.mv:
                self._fs.mv(old, new)
                return
            self._fs.cp_file(old, new)  # the inherited mv treats [ and * in a name as a pattern
            self._fs.rm_file(old)

    def put_back(self, hidden: str, name: str) -> bool:
        with self._translated_errors():
            self._fs.invalidate_cache(self._path)
            if self._fs.exists(self._at(name)):
                return False
        self.rename(hidden, name)
        return True

    def remove(self, *names: str) -> None:
        with self._translated_errors():
            self._fs.rm_file(self._at(*names))

    def add(self, folder: str, name: str, content: Path, unfinished: str) -> bool:
        with self._translated_errors():
            self._fs.makedirs(self._at(folder), exist_ok=True)
            self._fs.invalidate_cache(self._at(folder))
            if self._fs.exists(self._at(folder, name)):
                return False
            self._fs.put_file(str(content), self._at(folder, unfinished))
        self._rename(self._at(folder, unfinished), self._at(folder, name))
        return True

    def move_in(self, content: Path, folder: str, name: str) -> bool:
        return False  # as for move_out

    def holds(self, folder: str, name: str, content: Path) -> bool:
        try:
            with (
                self._translated_errors(),
                self._fs.open(self._at(folder, name), "rb") as there,
                content.open("rb") as here,
            ):
                return is_same(here, there)
        except FileNotFoundError:
            return False

    def _at(self, *names: str) -> str:
        return "/".join([self._path.rstrip("/"), *map(bare, names)])

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, OptionsError, StoreError):
            raise
        except OSError as error:
            if error.errno in _DISK_FULL:
                raise  # the copy on this machine cannot be written
            raise self._store_error(error) from None
        except Exception as error:  # every file system has errors of its own
            raise self._store_error(error) from None

    def _store_error(self, error: Exception) -> StoreError:
        return StoreError(
            f"The drop folder {self.shown} cannot be used ({str(error) or type(error).__name__}). "
            "Check CLIENT_IMPORT_DROP, the network, and your right to read, write and delete there."
        )

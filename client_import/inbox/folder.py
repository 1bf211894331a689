"""The drop folder: list the files that wait in it and those ignored, and claim a file for one import only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import time

from client_import.errors import OptionsError, StoreError
from client_import.failpoints import failpoint
from client_import.inbox.backend import Backend, Kind, OnChunk
from client_import.inbox.local import LocalBackend
from client_import.inbox.names import (
    DEFAULT_OPTIONS,
    SUFFIXES,
    bare,
    free_names,
    is_bare,
    is_options,
    options_name,
    stem_of,
    why_ignored,
)
from client_import.inbox.options import options_of
from client_import.jobs.locks import locked
from client_import.options import ImportOptions
from client_import.paths import Home, JobFolder, checked_code
from client_import.settings import Settings
from client_import.system.disk import sync_folder

REJECTED, DONE, FAILED = "rejected", "done", "failed"
"""The subfolders of the drop folder: for rejected rows, for imported files, and for files that failed."""

_LONGEST_REST_SECONDS = 60
_LONGEST_OPTIONS = 1 << 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file to import: ``size`` is in bytes, ``time`` is its last change in nanoseconds since 1970."""

    name: str
    size: int
    time: int

    @property
    def version(self) -> str:
        """A text that differs for another file of the same name, and while the file grows."""
        return f"{self.size}/{self.time}"

    @property
    def key(self) -> str:
        """A text that differs for every other file that was ever in the folder."""
        return f"{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class IgnoredFile:
    """An entry of the folder that is not imported, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The contents of the folder at one time: files to import, oldest first, and ignored entries by name."""

    waiting: tuple[Waiting, ...]
    ignored: tuple[IgnoredFile, ...]


def open_drop_folder(settings: Settings, home: Home) -> DropFolder:
    """Return the drop folder of the settings; create it if it is missing.

    Raises OptionsError when the kind of its address is not known, and StoreError when the folder cannot be used.
    """
    backend = _backend_at(settings.drop, home.path)
    backend.prepare()
    return DropFolder(backend, partial(locked, settings, home), home)


def _backend_at(address: str, home: Path) -> Backend:
    for prefix in ("file://", "local://"):
        address = address.removeprefix(prefix)
    if "://" not in address and "::" not in address:
        return LocalBackend(home / Path(address).expanduser())
    from client_import.inbox.remote import RemoteBackend  # slow to import, and most drop folders are local

    return RemoteBackend(address)


class DropFolder:
    """The drop folder at ``backend``; a process that moves a file out or in holds a ``lock`` of ``home``.

    Where a rename is atomic, the rename decides which process gets a file; where it is a copy and a deletion, the lock
    does. The lock belongs to the home folder, so two home folders must not share a drop folder.
    """

    def __init__(self, backend: Backend, lock: Callable[[Path], AbstractContextManager[object]], home: Home) -> None:
        self.backend = backend
        self._lock, self._home = lock, home
        self.shown = backend.shown

    def look(self) -> Listing:
        """List the folder; subfolders are not entered and links not followed. Raises StoreError if that fails."""
        waiting, ignored, options = [], [], []
        try:
            entries = self.backend.entries()
        except OSError as error:
            raise StoreError(f"The drop folder {self.shown} cannot be read ({error.strerror}).") from None
        for entry in entries:
            if entry.kind is Kind.FOLDER and entry.name in (REJECTED, DONE, FAILED):
                continue
            if is_options(entry.name):
                options.append(entry.name)
                continue
            reason = entry.kind.value if entry.kind is Kind.FOLDER else why_ignored(entry.name) or entry.kind.value
            if reason:
                ignored.append(IgnoredFile(entry.name.encode(errors="backslashreplace").decode(), reason))
            else:
                waiting.append(Waiting(entry.name, entry.size, entry.time))
        used = {DEFAULT_OPTIONS, *(options_name(file.name) for file in waiting)}
        ignored += [IgnoredFile(name, "options without the file they are for") for name in options if name not in used]
        waiting.sort(key=lambda file: (file.time, file.name))
        ignored.sort(key=lambda each: each.name)
        return Listing(tuple(waiting), tuple(ignored))

    def is_being_written(self, file: Waiting) -> bool:
        """Whether a program has ``file`` open for writing and changed it less than a minute ago.

        A program that keeps a file open for longer, without a change, does not hold it up for ever.
        """
        return abs(time() - file.time / 1e9) < _LONGEST_REST_SECONDS and self.backend.is_being_written(file.name)

    def options(self, name: str) -> ImportOptions:
        """Return the options of the file ``name`` from the options files; raises OptionsError when one is wrong."""
        own = options_name(bare(name))
        return options_of(self._options_file(own), self._options_file(DEFAULT_OPTIONS))

    def _options_file(self, name: str) -> tuple[str, bytes] | None:
        try:
            if self.backend.entry(name).kind is not Kind.FILE:
                raise OptionsError(f"The options file {name} cannot be read: it is no file, or not open to you.")
            content = self.backend.read(name, _LONGEST_OPTIONS + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OptionsError(f"The options file {name} cannot be read ({error.strerror}).") from None
        if len(content) > _LONGEST_OPTIONS:
            raise OptionsError(f"The options file {name} is too long for one.")
        return name, content

    def claim(self, name: str, version: str | None, code: str, folder: JobFolder, on_chunk: OnChunk) -> bool:
        """Move the file ``name`` to ``folder`` as the source of the job ``code``, with its own options file.

        Returns False, and leaves everything as it is, when the file is gone, no longer has this ``version``, or is not
        a regular file with a single name. The file is checked again after the move, when nobody can replace it any
        more. ``on_chunk`` is called while bytes are copied. If the process dies halfway, the file stays here under a
        hidden name, for :meth:`release`.
        """
        if not is_bare(name) or why_ignored(name) is not None:
            return False
        with self.alone():
            try:
                entry = self.backend.entry(name)
                found = Waiting(entry.name, entry.size, entry.time)
                if entry.kind is not Kind.FILE or (version is not None and found.version != version):
                    return False
                moved = self.backend.move_out(name, folder.source)
                is_whole = moved is not None
                if moved is None:
                    self.backend.rename(name, _hidden(code))
                    moved = self.backend.entry(_hidden(code))
            except FileNotFoundError:
                return False
            failpoint("moved out")
            if not entry.is_claimed_as(moved):
                if is_whole:
                    self.backend.move_back(folder.source, _hidden(code))
                self._release(name, code)
                return False
        if not is_whole:
            self._fetch(code, folder, on_chunk)
        self._claim_options(name, folder)
        return True

    def finish_claim(self, name: str, code: str, folder: JobFolder) -> None:
        """Complete the claim of the file ``name`` if the job ``code`` died halfway."""
        if self.has(_hidden(code)):
            folder.create()
            self._fetch(code, folder, lambda: None)
            self._claim_options(name, folder)

    def _fetch(self, code: str, folder: JobFolder, on_chunk: OnChunk) -> None:
        """Copy the hidden file to ``folder``, and delete it here once the copy is on disk."""
        unfinished = folder.source.with_suffix(".part")
        try:
            self.backend.fetch(_hidden(code), unfinished, on_chunk)
            unfinished.replace(folder.source)
            sync_folder(folder.path)
        finally:
            unfinished.unlink(missing_ok=True)
        self.backend.remove(_hidden(code))

    def _claim_options(self, name: str, folder: JobFolder) -> None:
        """Move the file's own options file to ``folder``, or copy it if another file here uses it as well."""
        own, stem = options_name(name), stem_of(name)
        with self.alone(), suppress(FileNotFoundError):
            if self.backend.entry(own).kind is not Kind.FILE:
                return
            self.backend.fetch(own, unfinished := folder.options.with_suffix(".part"), lambda: None)
            unfinished.replace(folder.options)
            sync_folder(folder.path)
            if not any(self.has(stem + suffix) for suffix in SUFFIXES):
                self.backend.remove(own)

    def has(self, *names: str) -> bool:
        """Whether the folder, or the subfolder that the first of two names gives, has an entry of that name."""
        try:
            self.backend.entry(*names)
        except FileNotFoundError:
            return False
        return True

    def release(self, name: str, code: str) -> None:
        """Put back a file whose claim was not completed, under its name or one that contains the job's ``code``."""
        with self.alone(), suppress(FileNotFoundError):
            self.backend.entry(_hidden(code))
            self._release(name, code)

    def _release(self, name: str, code: str) -> None:
        next(free for free in free_names(name, code) if self.backend.put_back(_hidden(code), free))

    def alone(self) -> AbstractContextManager[object]:
        """Return a context in which no other process of this home folder moves files out or in."""
        return self._lock(self._home.drop_lock)

    def finalising(self) -> AbstractContextManager[object]:
        """Return a context in which no other process of this home folder finalises a file."""
        return self._lock(self._home.taken / ".lock")


def _hidden(code: str) -> str:
    return f".{checked_code(code)}.taken"

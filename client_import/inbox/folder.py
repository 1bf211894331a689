"""The drop folder: what waits in it, what is ignored, and taking a file out so that only one import has it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from client_import.errors import OptionsError, StoreError
from client_import.failpoints import failpoint
from client_import.inbox.backend import Backend, Hear, Kind
from client_import.inbox.local import LocalBackend
from client_import.inbox.names import (
    DEFAULT_OPTIONS,
    SUFFIXES,
    bare,
    free_names,
    is_bare,
    is_options,
    options_name,
    reason_to_leave,
    stem_of,
)
from client_import.inbox.options import options_of
from client_import.options import ImportOptions
from client_import.paths import Home, JobFolder, checked_code, sync_folder
from client_import.settings import Settings

REJECTED, DONE, FAILED = "rejected", "done", "failed"
"""The folders in the drop folder: for rows to correct, and for files that were imported, or not."""

QUIET_SECONDS = 2.0
_LONGEST_OPTIONS = 1 << 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file to import: ``size`` in bytes, ``time`` of its last change in nanoseconds since 1970."""

    name: str
    size: int
    time: int

    @property
    def version(self) -> str:
        """What is another for another file of the same name, and while the file grows."""
        return f"{self.size}/{self.time}"

    @property
    def key(self) -> str:
        """What tells this file from every other that was ever here."""
        return f"{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class IgnoredFile:
    """Something in the folder that is not imported, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at the folder found: the files to import, oldest first, and the rest by name."""

    waiting: tuple[Waiting, ...]
    ignored: tuple[IgnoredFile, ...]

    def unchanged_since(self, before: Seen) -> tuple[Waiting, ...]:
        """Return the files that an earlier look found just the same, so that nobody is writing them."""
        known = set(before.waiting)
        return tuple(file for file in self.waiting if file in known)


def open_drop_folder(settings: Settings, home: Home) -> DropFolder:
    """Return the drop folder of the settings, made when it is missing.

    Raises OptionsError when its address is of no known kind, StoreError when it cannot be used.
    """
    folder = DropFolder(_backend_at(settings.drop, home.path), home.drop_lock)
    folder.prepare()
    return folder


def _backend_at(address: str, home: Path) -> Backend:
    for prefix in ("file://", "local://"):
        address = address.removeprefix(prefix)
    if "://" not in address and "::" not in address:
        return LocalBackend(home / Path(address).expanduser())
    from client_import.inbox.remote import RemoteBackend  # slow to import, and most drop folders are local

    return RemoteBackend(address)


def look_twice(drop: DropFolder, pause: Callable[[float], None] = sleep) -> tuple[tuple[Waiting, ...], Seen]:
    """Look twice, two seconds apart, where there is no tick before.

    Returns the files that did not change in between, and all that the second look found.
    """
    before = drop.look()
    if before.waiting:
        pause(QUIET_SECONDS)
    seen = drop.look()
    return seen.unchanged_since(before), seen


class DropFolder:
    """The folder at ``backend``. Whoever takes a file out, or puts one in, holds the lock on the file ``lock``.

    Where a rename is one step, the rename decides who has the file; elsewhere it is a copy and a deletion, and
    the lock does. It is of no use to another home folder: a drop folder belongs to one.
    """

    def __init__(self, backend: Backend, lock: Path) -> None:
        self.backend = backend
        self._lock = lock
        self.shown = backend.shown

    def prepare(self) -> None:
        """Make the folder; raises StoreError when it, or writing in it, cannot be."""
        self.backend.prepare()

    def look(self) -> Seen:
        """Look at what is in the folder now; folders in it are not entered, links not followed."""
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
            reason = entry.kind.value if entry.kind is Kind.FOLDER else reason_to_leave(entry.name) or entry.kind.value
            if reason:
                ignored.append(IgnoredFile(entry.name.encode(errors="backslashreplace").decode(), reason))
            else:
                waiting.append(Waiting(entry.name, entry.size, entry.time))
        used = {DEFAULT_OPTIONS, *(options_name(file.name) for file in waiting)}
        ignored += [IgnoredFile(name, "options without the file they are for") for name in options if name not in used]
        waiting.sort(key=lambda file: (file.time, file.name))
        ignored.sort(key=lambda each: each.name)
        return Seen(tuple(waiting), tuple(ignored))

    def options(self, name: str) -> ImportOptions:
        """Return the options of the file ``name``, from the options files here; raises OptionsError as they are."""
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

    def claim(self, name: str, version: str | None, code: str, folder: JobFolder, hear: Hear) -> bool:
        """Take the file ``name`` out, to be the source in ``folder``, and its own options file along.

        Returns False, and leaves all as it is, when the file is gone or no longer the one of ``version``, or is no
        file with one name only: what was moved is looked at again where nobody else can put another thing in its
        place. ``code`` is the job's; ``hear`` is called while bytes are copied. A job that dies in between leaves the
        file here under a hidden name, for :meth:`release`.
        """
        if not is_bare(name) or reason_to_leave(name) is not None:
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
            self._fetch(code, folder, hear)
        self._claim_options(name, folder)
        return True

    def finish_taking(self, name: str, code: str, folder: JobFolder) -> None:
        """Take the file ``name`` to the end, when the job ``code`` broke that off; nothing when it did not."""
        with suppress(FileNotFoundError):
            self._fetch(code, folder, lambda: None)
            self._claim_options(name, folder)

    def _fetch(self, code: str, folder: JobFolder, hear: Hear) -> None:
        """Copy the hidden file to ``folder``; it is deleted here only when the copy is on the disk there."""
        unfinished = folder.source.with_suffix(".part")
        try:
            self.backend.fetch(_hidden(code), unfinished, hear)
            unfinished.replace(folder.source)
            sync_folder(folder.path)
        finally:
            unfinished.unlink(missing_ok=True)
        self.backend.remove(_hidden(code))

    def _claim_options(self, name: str, folder: JobFolder) -> None:
        """Move the file's own options to ``folder``; a copy when another file here has the same ones."""
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
        """Whether there is anything of that name, in the folder, or in the folder of the first one."""
        try:
            self.backend.entry(*names)
        except FileNotFoundError:
            return False
        return True

    def release(self, name: str, code: str) -> None:
        """Put a file that was being taken when its job died back under its name, or one with the job's code in it."""
        with self.alone(), suppress(FileNotFoundError):
            self.backend.entry(_hidden(code))
            self._release(name, code)

    def _release(self, name: str, code: str) -> None:
        next(free for free in free_names(name, code) if self.backend.put_back(_hidden(code), free))

    def alone(self) -> AbstractContextManager[None]:
        """Be the only one of this home folder that takes files out, or puts some in."""
        return locked(self._lock)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Have the file at ``path``, made when it is missing, to oneself; the lock of a process that dies is free."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hidden(code: str) -> str:
    return f".{checked_code(code)}.taken"

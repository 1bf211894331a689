"""Put away a dropped file when its import has ended, so that no dropped file ever vanishes.

The file goes to ``done/`` or ``failed/`` in the drop folder, with its options file and, if it failed, a text that says
why; the rejected rows go to ``rejected/``. The names are chosen and written to the job's folder before they are used,
so that a process that continues after a crash puts nothing there twice, and retention finds the files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Self

from client_import.failpoints import failpoint
from client_import.inbox.backend import Kind
from client_import.inbox.folder import DONE, FAILED, REJECTED, DropFolder, Waiting
from client_import.inbox.names import fits, free_names, options_name, reason_name, rejected_names
from client_import.jobs.record import Job, Status
from client_import.paths import JobFolder, unfinished, write_whole
from client_import.system.disk import sync_folder
from client_import.system.printable import printable

_CANCELLED = "The import was cancelled; nothing was imported."


@dataclass(frozen=True, slots=True)
class PutAway:
    """The files put away: rejected rows as ``rejected`` in ``rejected/``, the source file as ``name`` in ``folder``.

    ``versions`` has the version of each file in ``folder`` by name; a file with another version is not ours.
    """

    rejected: str | None = None
    folder: str | None = None
    name: str | None = None
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` wrote; nothing was put away if the file is missing or damaged."""
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return cls()

    def save(self, path: Path) -> Self:
        """Write it to ``path``, whole and synced to disk; returns itself."""
        write_whole(path, json.dumps(asdict(self)))
        sync_folder(path.parent)
        return self


def put_away(drop: DropFolder, folder: JobFolder, job: Job, name: str) -> None:
    """Put away the file ``name`` of the ended ``job`` from its ``folder``; steps done before are not repeated.

    Raises StoreError or OSError when the drop folder or the disk does not allow that; no file is lost, and the next
    call continues.
    """
    from client_import.inbox.rows_to_correct import rows_to_correct  # slow to import, and retention needs the rest

    with rows_to_correct(folder, job) as rows, drop.alone():
        kept = PutAway.load(folder.put_away)
        if rows is not None:
            kept = _return_rows(drop, folder, job, rows, rejected_names(name, job.code, rows.suffix), kept)
        kept = _return_file(drop, folder, job, name, kept)
        if kept.folder is not None and kept.name is not None:
            replace(kept, versions=_versions(drop, kept.folder, kept.name)).save(folder.put_away)
        folder.drop_working_files()  # left unfinished by a process that died here
        failpoint("all put away")


def remove_put_away(drop: DropFolder, folder: JobFolder) -> None:
    """Delete the files put away for the job in ``folder``, except changed ones; raises as :func:`put_away` does."""
    kept = PutAway.load(folder.put_away)
    with drop.alone():
        for name, version in kept.versions.items():
            with suppress(FileNotFoundError):
                if kept.folder and _version(drop, kept.folder, name) == version:
                    drop.backend.remove(kept.folder, name)


def _return_rows(
    drop: DropFolder, folder: JobFolder, job: Job, rows: Path, names: Iterator[str], kept: PutAway
) -> PutAway:
    """Copy ``rows`` to ``rejected/``, under the first of ``names`` that is free."""
    for chosen in _candidates(kept.rejected, names):
        is_known = chosen == kept.rejected
        if not is_known and drop.has(REJECTED, chosen):
            continue
        if not is_known:
            kept = replace(kept, rejected=chosen).save(folder.put_away)
            failpoint("rows named")
        if _copied(drop, REJECTED, chosen, rows, job.code):
            failpoint("rows returned")
            break
    return kept


def _return_file(drop: DropFolder, folder: JobFolder, job: Job, name: str, kept: PutAway) -> PutAway:
    """Move the file to ``done/`` or ``failed/``, after everything that goes with it."""
    if not _is_file(folder.source):
        return kept  # already put away, or put back into the drop folder
    where = DONE if job.status is Status.COMPLETED else FAILED
    for chosen in _candidates(kept.name, filter(fits, free_names(name, job.code))):
        is_known = chosen == kept.name
        if not is_known and any(drop.has(where, each) for each in _names(chosen)):
            continue
        if not is_known:
            kept = replace(kept, folder=where, name=chosen).save(folder.put_away)
            failpoint("place named")
        if where == FAILED and not _explained(drop, folder, job, kept):
            continue
        failpoint("reason written")
        if _is_file(folder.options) and not _moved(drop, where, options_name(chosen), folder.options, job.code):
            continue
        failpoint("options put away")
        if _moved(drop, where, chosen, folder.source, job.code):
            failpoint("put away")
            break
    return kept


def _candidates(known: str | None, names: Iterator[str]) -> Iterable[str]:
    return names if known is None else chain([known], (name for name in names if name != known))


def _names(name: str) -> tuple[str, str, str]:
    """Return the file's name in ``done/`` or ``failed/``, and the names of the files that may be beside it."""
    return name, options_name(name), reason_name(name)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _moved(drop: DropFolder, folder: str, name: str, content: Path, code: str) -> bool:
    """Move ``content``, by copying between disks; returns False when another file has the name."""
    if drop.backend.move_in(content, folder, name):
        return True
    if not _copied(drop, folder, name, content, code):
        return False
    failpoint("in both")
    content.unlink()
    return True


def _copied(drop: DropFolder, folder: str, name: str, content: Path, code: str) -> bool:
    """Copy ``content``; returns False when another file has taken the name since it was chosen."""
    part = f".{code}.part"
    if not drop.backend.holds(folder, name, content):
        return drop.backend.add(folder, name, content, part)
    with suppress(FileNotFoundError):
        drop.backend.remove(folder, part)
    return True


def _explained(drop: DropFolder, folder: JobFolder, job: Job, kept: PutAway) -> bool:
    """Write the text that says why the file failed beside it; returns False when another file has that name."""
    if kept.name is None:
        return False
    text = unfinished(folder.path / "why.txt")
    try:
        text.write_text(_why(drop, folder, job, kept, kept.name), "utf-8")
        return _copied(drop, FAILED, reason_name(kept.name), text, job.code)
    finally:
        text.unlink(missing_ok=True)


def _why(drop: DropFolder, folder: JobFolder, job: Job, kept: PutAway, name: str) -> str:
    has_options = drop.has(FAILED, options_name(name)) or folder.options.exists()
    files = f"{name} (with {options_name(name)})" if has_options else name
    if kept.rejected is not None:
        todo = (
            f"All rows of the file are in {drop.shown}/{REJECTED}/{kept.rejected}, the rejected ones with their "
            f"reasons. Correct those there, and move that file into {drop.shown}. Or correct {files}, and move it back."
        )
    elif job.status is Status.CANCELLED:
        todo = f"To import it all the same, move {files} back into {drop.shown}."
    else:
        todo = f"Put that right, and move {files} back into {drop.shown}: it is imported again then."
    return "\n\n".join(
        [
            f"{printable(name)} was not imported.",
            printable(job.failure_reason or _CANCELLED),
            printable(todo),
            f"Job: {job.code} (client-import job {job.code})",
            "What is here is removed when CLIENT_IMPORT_RETENTION_DAYS have passed since the import; what you have "
            "moved away or changed stays.\n",
        ]
    )


def _versions(drop: DropFolder, folder: str, name: str) -> dict[str, str]:
    found = {}
    for each in _names(name):
        with suppress(FileNotFoundError):
            found[each] = _version(drop, folder, each)
    return found


def _version(drop: DropFolder, folder: str, name: str) -> str:
    """Return a text that differs for another entry of that name; raises FileNotFoundError if there is none."""
    entry = drop.backend.entry(folder, name)
    is_file = entry.kind in (Kind.FILE, Kind.UNREADABLE)
    return Waiting(name, entry.size, entry.time).version if is_file else entry.kind.name

"""Put away what is left of a dropped file when its import has ended, so that nothing that was dropped ever vanishes.

The file goes to ``done/`` or ``failed/`` in the drop folder, with the options it came with, and a text that says why
it failed; the rows that were rejected go to ``rejected/``. Names are chosen, and written into the job's folder, before
anything has them: whoever goes on where a process died puts nothing there twice, and retention finds it by them.
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
from client_import.paths import JobFolder, sync_folder, unfinished, write_whole
from client_import.system.printable import printable

_CANCELLED = "The import was cancelled; nothing was imported."


@dataclass(frozen=True, slots=True)
class PutAway:
    """What was put away: the rows to correct as ``rejected`` in ``rejected/``, the file as ``name`` in ``folder``.

    ``versions`` are those of all that is in there for it, once it is: what else has such a name is somebody else's.
    """

    rejected: str | None = None
    folder: str | None = None
    name: str | None = None
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` wrote; nothing was put away when there is no such file, or no such content."""
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return cls()

    def save(self, path: Path) -> Self:
        """Write it to ``path``, where it is whole and on the disk; returns itself."""
        write_whole(path, json.dumps(asdict(self)))
        sync_folder(path.parent)
        return self


def put_away(drop: DropFolder, folder: JobFolder, job: Job, name: str) -> None:
    """Put away what the ended ``job`` has in ``folder`` of the file ``name``; each step may have been done before.

    Raises StoreError or OSError when the drop folder or the disk does not allow that; all is then where it was, and
    the next look goes on.
    """
    with drop.alone():
        kept = _return_rows(drop, folder, job, name, PutAway.load(folder.put_away))
        kept = _return_file(drop, folder, job, name, kept)
        if kept.folder is not None and kept.name is not None:
            replace(kept, versions=_versions(drop, kept.folder, kept.name)).save(folder.put_away)
        folder.drop_working_files()  # what one that died on the way has left unfinished
        failpoint("all put away")


def remove_put_away(drop: DropFolder, folder: JobFolder) -> None:
    """Delete what was put away of the job in ``folder``, unless somebody has changed it; raises as put_away does."""
    kept = PutAway.load(folder.put_away)
    with drop.alone():
        for name, version in kept.versions.items():
            with suppress(FileNotFoundError):
                if kept.folder and _version(drop, kept.folder, name) == version:
                    drop.backend.remove(kept.folder, name)


def _return_rows(drop: DropFolder, folder: JobFolder, job: Job, name: str, kept: PutAway) -> PutAway:
    """Put a copy of the rejected rows into ``rejected/``, or of all rows when max errors stopped the import."""
    rows = folder.not_imported if job.status is Status.FAILED else folder.rejected
    if not (job.has_not_imported and job.counts.errors and rows.exists()):
        return kept
    for chosen in _candidates(kept.rejected, rejected_names(name, job.code)):
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
    """Move the file to ``done/`` or ``failed/``, the last of all that goes there."""
    if not _is_file(folder.source):
        return kept  # it was put away before, or put back into the drop folder
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
    """Return the file's name in ``done/`` or ``failed/``, and those of what may be beside it."""
    return name, options_name(name), reason_name(name)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _moved(drop: DropFolder, folder: str, name: str, content: Path, code: str) -> bool:
    """Move ``content``; returns False when another file has the name. From another disk it is copied, then deleted."""
    if drop.backend.move_in(content, folder, name):
        return True
    if not _copied(drop, folder, name, content, code):
        return False
    failpoint("in both")
    content.unlink()
    return True


def _copied(drop: DropFolder, folder: str, name: str, content: Path, code: str) -> bool:
    """Copy ``content``; returns False when another file has the name, which nothing had when it was chosen."""
    part = f".{code}.part"
    if not drop.backend.holds(folder, name, content):
        return drop.backend.add(folder, name, content, part)
    with suppress(FileNotFoundError):
        drop.backend.remove(folder, part)
    return True


def _explained(drop: DropFolder, folder: JobFolder, job: Job, kept: PutAway) -> bool:
    """Write beside the file why it failed; returns False when another file has that name."""
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
    """Return what tells the file from another thing of its name; raises FileNotFoundError when there is none."""
    entry = drop.backend.entry(folder, name)
    is_file = entry.kind in (Kind.FILE, Kind.UNREADABLE)
    return Waiting(name, entry.size, entry.time).version if is_file else entry.kind.name

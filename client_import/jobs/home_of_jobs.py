"""Which home folder has the files of the jobs, for a job store that is not in it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from client_import.jobs.relational import Relational
from client_import.jobs.tables import homes
from client_import.paths import Home, unfinished
from client_import.system.disk import sync_folder

_ONLY = 1


@dataclass(frozen=True, slots=True)
class KnownHome:
    """A home folder: its mark (:func:`mark_of`), and where it was when it became known."""

    mark: str
    path: str


def mark_of(home: Home) -> str:
    """Return a text that no other home folder has, wherever it is mounted; made when there is none yet."""
    file = home.mark_file
    if not file.exists():
        written = unfinished(file)
        try:
            written.write_text(secrets.token_hex(8), "ascii")
            with suppress(FileExistsError):  # another process has just made it
                os.link(written, file)
            sync_folder(home.path)
        finally:
            written.unlink(missing_ok=True)
    return file.read_text("ascii").strip()


class HomeOfJobs:
    """The one home folder of a job store; the first that opens the store is that for good."""

    def __init__(self, database: Relational) -> None:
        self._database = database

    def known(self, home: KnownHome) -> KnownHome:
        """Return the home folder of the jobs, which is ``home`` when none was known."""
        rows = self._database.read(sa.select(homes))
        if not rows:
            values = {"number": _ONLY, "mark": home.mark, "path": home.path}
            self._database.put(homes, values, replaces=False)
            rows = self._database.read(sa.select(homes))
        return KnownHome(rows[0].mark, rows[0].path)

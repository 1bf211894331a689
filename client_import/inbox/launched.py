"""Open a file whose path was typed into the Dagster UI, if it is in a folder of CLIENT_IMPORT_LAUNCH_FROM.

Users of that UI must not be able to read other files of this machine, or find out whether such a file exists.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from client_import.errors import OptionsError
from client_import.reading.file_name import shown_name
from client_import.settings import Settings

_SETTING = "CLIENT_IMPORT_LAUNCH_FROM"


def open_launched(text: str, settings: Settings) -> tuple[BinaryIO, str]:
    """Open the file at the path ``text``, and return it with its name.

    Raises OptionsError when the file is in none of the folders, cannot be read, or has more than one name (a hard
    link). Links are resolved first. A hidden path (a part of it begins with a dot) and the home folder, except its
    ``drop/``, are not allowed unless the setting names a folder within them.
    """
    path = _resolved(text)
    if path is None or not any(_is_in(path, folder, settings.home) for folder in settings.launch_folders):
        folders = ", ".join(str(folder) for folder in settings.launch_folders)
        raise OptionsError(
            f"{shown_name(text)} is in no folder that a path may be launched from ({folders}). Move the file into one "
            f"of them, or name its folder in {_SETTING}."
        )
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise OptionsError(f"The file {path} cannot be read ({error.strerror}).") from None
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode):
        os.close(number)
        raise OptionsError(f"{path} is no file. Name a CSV file.")
    if status.st_nlink > 1:
        os.close(number)
        raise OptionsError(
            f"{path} has another name as well (a hard link), which may be anywhere. Copy it, and name the copy."
        )
    return os.fdopen(number, "rb"), path.name


def _resolved(text: str) -> Path | None:
    with suppress(OSError, ValueError, RuntimeError):  # a loop of links, a NUL, an unknown user
        return Path(text).expanduser().resolve()
    return None


def _is_in(path: Path, folder: Path, home: Path) -> bool:
    folder, home = folder.resolve(), home.resolve()
    if not path.is_relative_to(folder) or any(part.startswith(".") for part in path.relative_to(folder).parts):
        return False
    is_in_home = home.is_relative_to(folder) and path.is_relative_to(home)
    return not is_in_home

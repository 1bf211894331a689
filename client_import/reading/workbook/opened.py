"""Open a workbook of any kind, which its content tells and not its name."""

from __future__ import annotations

from pathlib import Path

from client_import.errors import SourceError
from client_import.reading.limits import Limits
from client_import.reading.workbook.archive import Archive
from client_import.reading.workbook.office_open import OfficeOpenWorkbook, is_office_open
from client_import.reading.workbook.open_document import OpenDocumentWorkbook, is_open_document
from client_import.reading.workbook.sheet import Workbook

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0"
"""The first bytes of .xls, and of a workbook of any kind that is protected by a password."""


def open_workbook(path: Path, limits: Limits) -> Workbook | None:
    """Open the workbook at ``path``; return None if the file is none.

    Raises SourceError if it cannot be read, is encrypted, or is a workbook of a kind that is not read.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_ZIP))
    except OSError as error:
        raise SourceError(f"The file {path} cannot be read ({error.strerror}).") from None
    if beginning == _COMPOUND:
        from client_import.reading.workbook.excel_97 import Excel97Workbook  # nothing else needs xlrd

        return Excel97Workbook(path, limits)
    if beginning != _ZIP:
        return None
    archive = Archive(path, limits)
    try:
        if is_office_open(archive):
            return OfficeOpenWorkbook(archive, limits)
        if is_open_document(archive):
            return OpenDocumentWorkbook(archive, limits)
    except BaseException:
        archive.close()
        raise
    archive.close()
    return None

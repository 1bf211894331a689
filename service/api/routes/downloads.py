"""What responses have that are files to be saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""

_BLOCK_BYTES = 1 << 18


def in_blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of ``file``, and close it."""
    with file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def as_download(name: str) -> dict[str, str]:
    """Return the headers of a response that is saved as ``name``."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}

"""The awkward files of ``tests/files`` with their expected tables, and when a reader's table is right."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent.parent / "tests" / "files"
OWN = "our own format"
"""The group of files whose meaning only this program knows."""

_SUFFIX = ".expected.json"
_MADE_UP = re.compile(r"Column\d+|.+ \(\d+\)")


@dataclass(frozen=True, slots=True)
class Table:
    """What a reader made of a file: the labels of its columns, and its rows."""

    headers: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class File:
    """An awkward file, what is certain of its layout, and the table it holds; ``rejected`` rows are in no table."""

    name: str
    group: str
    path: Path
    layout: dict[str, Any]
    headers: list[str]
    rows: list[list[str]]
    rejected: int

    @property
    def data(self) -> bytes:
        """The bytes of the file, unpacked."""
        data = self.path.read_bytes()
        return gzip.decompress(data) if self.path.suffix == ".gz" else data

    @property
    def text(self) -> str | None:
        """The text of the file, None where its encoding is not certain."""
        encoding = self.layout.get("encoding")
        return decoded(self.data, encoding) if encoding else None

    def is_right(self, table: Table) -> bool:
        """Whether ``table`` has the labels, and the cells of every readable row, in order.

        Labels are trimmed, and those that a reader must make up (for blank or repeated ones) may be any. Blank
        rows do not count. Blank cells at the end of a row may be missing or more. There may be as many further
        rows as are rejected here.
        """
        if not self.headers:
            return not table.rows
        labels = [label.strip() for label in table.headers]
        alike = len(labels) == len(self.headers) and all(
            label == expected or _MADE_UP.fullmatch(expected)
            for label, expected in zip(labels, self.headers, strict=True)
        )
        wanted = [_trimmed(row) for row in self.rows]
        rows = [row for row in map(_trimmed, table.rows) if any(cell.strip() for cell in row)]
        rest = iter(rows)
        return alike and all(row in rest for row in wanted) and len(rows) - len(wanted) <= self.rejected


def files() -> list[File]:
    """Return all awkward files but those of our own format, by group."""
    found = [_file(path) for path in sorted(FOLDER.glob(f"*{_SUFFIX}"))]
    return sorted((file for file in found if file.group != OWN), key=lambda file: file.group)


def decoded(data: bytes, encoding: str) -> str:
    """Return the text of ``data`` without a byte order mark, U+FFFD in the place of what cannot be decoded."""
    return data.decode(encoding, errors="replace").removeprefix("\ufeff")


def _file(expected: Path) -> File:
    known = json.loads(expected.read_text("utf-8"))
    name = expected.name.removesuffix(_SUFFIX)
    path = next(path for path in (FOLDER / f"{name}.csv", FOLDER / f"{name}.csv.gz") if path.exists())
    rows = [[_cell(cell) for cell in cells] for _, cells in known["rows"]]
    return File(name, known["group"], path, known["layout"], known["headers"], rows, len(known["rejected"]))


def _cell(cell: Any) -> str:
    return cell["text"] * cell["times"] if isinstance(cell, dict) else str(cell)


def _trimmed(row: list[str]) -> list[str]:
    """The row without the blank cells at its end."""
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]

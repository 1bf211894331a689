"""One awkward file and the table it must be read as."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

Row = tuple[int, list[str]]
LONG = 1_000
"""Cells of more characters than this are written as a repeated text."""


@dataclass(frozen=True, slots=True)
class Case:
    """A file, named for what is awkward about it.

    ``layout`` says only what is certain of encoding, delimiter, quote, escape and header_row. ``rows`` are the data
    rows that are readable, by row number; ``rejected`` the reasons of the others.
    """

    name: str
    group: str
    data: bytes
    headers: list[str]
    rows: list[Row]
    rejected: dict[int, str] = field(default_factory=dict)
    layout: dict[str, Any] = field(default_factory=dict)
    is_packed: bool = False

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv.gz" if self.is_packed else f"{self.name}.csv"

    @property
    def expected_name(self) -> str:
        return f"{self.name}.expected.json"

    @property
    def file_bytes(self) -> bytes:
        return gzip.compress(self.data, mtime=0) if self.is_packed else self.data

    @property
    def expected_text(self) -> str:
        """The expected table as JSON, one row on a line."""
        rows = ",\n".join(f"    {_json([number, [_short(cell) for cell in cells]])}" for number, cells in self.rows)
        return (
            "{\n"
            f'  "group": {_json(self.group)},\n'
            f'  "layout": {_json(self.layout)},\n'
            f'  "headers": {_json(self.headers)},\n'
            f'  "rows": {f"[{chr(10)}{rows}{chr(10)}  ]" if rows else "[]"},\n'
            f'  "rejected": {_json({str(number): reason for number, reason in self.rejected.items()})}\n'
            "}\n"
        )


def lines(*texts: str, end: str = "\n") -> str:
    """The lines of a file, each ended."""
    return "".join(text + end for text in texts)


def numbered(first: int, *rows: list[str]) -> list[Row]:
    """Rows that follow each other, from the row number ``first``."""
    return list(enumerate(rows, start=first))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(cell: str) -> Any:
    if len(cell) <= LONG:
        return cell
    unit = next(cell[:size] for size in range(1, LONG) if cell[:size] * (len(cell) // size) == cell)
    return {"text": unit, "times": len(cell) // len(unit)}

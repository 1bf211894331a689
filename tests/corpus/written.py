"""Tables of clients, how they are written as CSV, and the ways to damage one record of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from tests.corpus.reading import Cells, read
from tests.support.limits import LIMITS

LABELS = ["Code", "Name", "Email", "Town", "Note"]
FIRST = [["C0", "Ann Lee", "ann@example.com", "Leeds", "12"], ["C1", "Bob Ray", "bob@example.com", "York", "15"]]
"""Nobody could take these rows for a part of the header."""
PLAIN = ["Ann Lee", "O'Brien", "Zoë", "Ltd", "x", "Señor", "12 High St", "#N/A", "", " ", "Leeds "]
QUOTED = [*PLAIN, "Lee, Ann", "a;b", "a|b", "a\tb", "two\nlines", "two\r\nlines", "\n"]
QUOTED += ['Ann "The Boss" Lee', '"', '""', ',"']
WORDS = ["Ann Lee", "O'Brien", "Zoë", "Ltd", "Señor"]
ENCODINGS = ["utf-8", "utf-8-sig", "windows-1252", "utf-16-le", "utf-16-be"]
BAD_BYTES = {
    "utf-8": b"\xff",
    "utf-8-sig": b"\xe9",
    "windows-1252": b"\x81",
    "utf-16-le": b"\x00\xd8",
    "utf-16-be": b"\xd8\x00",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A table as CSV: its records as text, each with the row number it has, and how they are written."""

    records: list[list[str]]
    delimiter: str
    encoding: str
    line_end: str
    all_quoted: bool

    def line(self, cells: list[str]) -> str:
        return self.delimiter.join(self.cell(cell) for cell in cells)

    def cell(self, cell: str) -> str:
        if self.all_quoted or any(sign in cell for sign in (self.delimiter, '"', "\n", "\r")):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    def data(self, damage: dict[int, str]) -> bytes:
        """The file, with the lines of ``damage`` in the place of those records; ``\\ufffe`` becomes a bad byte."""
        lines = [damage.get(number, self.line(cells)) for number, cells in enumerate(self.records, start=1)]
        parts = "".join(line + self.line_end for line in lines).split("\ufffe")
        first, *others = (part.encode(self.encoding.removesuffix("-sig")) for part in parts)
        bom = b"\xef\xbb\xbf" if self.encoding == "utf-8-sig" else b""
        return bom + BAD_BYTES[self.encoding].join([first, *others])

    def rows(self) -> dict[int, Cells]:
        return {number: tuple(cells) for number, cells in enumerate(self.records, start=1) if number > 1}

    def read(self, damage: dict[int, str], block_bytes: int) -> tuple[dict[int, Cells], dict[int, str]]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "source.csv"
            path.write_bytes(self.data(damage))
            options = ImportOptions(encoding=self.encoding, delimiter=self.delimiter, quote='"', has_header_row=True)
            layout = detect_layout(path, options, LIMITS)
            assert layout.labels == tuple(LABELS)
            return read(path, layout, block_bytes)


@st.composite
def tables(draw: st.DrawFn, pool: list[str]) -> Written:
    """Clients with cells of ``pool``; each has a code, so that no row is blank."""
    cells = st.sampled_from(pool)
    rows = draw(st.lists(st.lists(cells, min_size=4, max_size=4), min_size=1, max_size=25))
    records = [LABELS, *FIRST, *([f"C{place}", *row] for place, row in enumerate(rows, start=2))]
    return Written(
        records,
        draw(st.sampled_from([",", ";", "\t", "|"])),
        draw(st.sampled_from(ENCODINGS)),
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
        draw(st.booleans()),
    )


@st.composite
def clients(draw: st.DrawFn) -> Written:
    """Clients as a practice has them, whose layout anybody can tell; their names, towns and notes have delimiters."""
    name = st.sampled_from(
        ["Ann Lee", "O'Brien, Pat", "Zoë Müller", "Lee & Sons; Leeds", 'Bob "The Boss" Ray', "Señor"]
    )
    town = st.sampled_from(["Leeds", "York", "Besançon", "King's Lynn", "Hull, East Riding"])
    note = st.sampled_from(["", "12", "calls at 9:30", "two\nlines", "vip; old", "01/02/2024"])
    rows = draw(st.lists(st.tuples(name, town, note), min_size=3, max_size=25))
    records = [
        [f"C{place:03}", name, f"c{place}@example.com", town, note] for place, (name, town, note) in enumerate(rows)
    ]
    return Written(
        [LABELS, *records],
        draw(st.sampled_from([",", ";", "\t", "|"])),
        draw(st.sampled_from(ENCODINGS)),
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
        draw(st.booleans()),
    )


def unclosed(table: Written, cells: list[str]) -> str:
    return table.line(cells[:2]) + table.delimiter + '"not closed' + table.delimiter + table.line(cells[3:])


def unclosed_at_the_end(table: Written, cells: list[str]) -> str:
    return table.line(cells[:4]) + table.delimiter + '"not closed'


def too_many(table: Written, cells: list[str]) -> str:
    return table.line([*cells, "", "more", "cells"])


def too_few(table: Written, cells: list[str]) -> str:
    return table.line(cells[:2])


def bad_byte(table: Written, cells: list[str]) -> str:
    return table.line([*cells[:3], "Le\ufffeeds", cells[4]])


def nul(table: Written, cells: list[str]) -> str:
    return table.line([*cells[:3], "Le\0eds", cells[4]])


def other_delimiter(table: Written, cells: list[str]) -> str:
    line = table.line([cells[0], "Bob Ray", "bob@example.com", "York", "7"])
    return line.replace(table.delimiter, "|" if table.delimiter != "|" else ";")


def quote_in_the_middle(table: Written, cells: list[str]) -> str:
    return table.line(cells[:4]) + table.delimiter + 'Ann "The Boss" Lee'


def text_after_a_quote(table: Written, cells: list[str]) -> str:
    return table.line(cells[:4]) + table.delimiter + '"Ann" Lee'


def quotes_not_doubled(table: Written, cells: list[str]) -> str:
    return table.line(cells[:4]) + table.delimiter + '"Ann "The Boss" Lee"'


def blank(table: Written, cells: list[str]) -> str:
    return ""


Damage = Callable[[Written, list[str]], str]
REJECTED: dict[Damage, str] = {too_many: "too_many_cells", bad_byte: "bad_encoding", nul: "bad_encoding"}
ANY: list[Damage] = [*REJECTED, too_few, other_delimiter, quote_in_the_middle, text_after_a_quote]
ANY += [quotes_not_doubled, blank]
OPEN: list[Damage] = [unclosed, unclosed_at_the_end]

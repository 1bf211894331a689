"""The grammar of delimited files: cut UTF-8 text into records and cells, repairing stray quotes.

Arrow cuts well-formed records, which are nearly all, exactly as this grammar does. Only the others are cut here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

LINE_ENDINGS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}

_EVERY_LINE_ENDING = rb"\r\n|\r|\n"
_NEVER = b"\xff"
"""A byte that never occurs in UTF-8."""

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file separates cells and records.

    ``quote`` is empty if there are no quotes. ``escape`` is a backslash if that escapes quotes, delimiters and
    backslashes, and empty if quotes are doubled. ``line_ending`` is a key of LINE_ENDINGS if only that one ends a
    record, and empty if any of them does.
    """

    delimiter: str
    quote: str
    escape: str = ""
    line_ending: str = ""


class Record(NamedTuple):
    """A record: its ``cells``, and ``end``, the offset at which the next record starts.

    ``is_well_formed`` is False if quotes were repaired. ``is_open`` says that a quote is never closed; the record is
    then a single line in a single cell.
    """

    cells: list[bytes]
    end: int
    is_well_formed: bool = True
    is_open: bool = False


class Grammar:
    """The grammar of a dialect.

    A cell that starts with a quote ends at the next quote before a delimiter or line end; a doubled quote inside stands
    for one. Blanks outside the quotes are ignored. If a quote inside is not doubled, the cell ends at the first quote
    before a delimiter on the same line. Text after the closing quote belongs to the cell. A quote anywhere else is an
    ordinary character.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.delimiter = dialect.delimiter.encode()
        self.quote = dialect.quote.encode()
        self.escape = dialect.escape.encode()
        self.strict_end = LINE_ENDINGS.get(dialect.line_ending, b"")
        names = self._fragments()
        self._cell = re.compile(
            rb"(?:%(blanks)s%(q)s(%(inside)s)%(q)s%(blanks)s|(?!%(q)s)(%(bare)s))(%(d)s|%(end)s|\Z)" % names, re.S
        )
        self._open = re.compile(rb"%(blanks)s%(q)s%(inside)s\Z" % names, re.S)
        self._stray = re.compile(
            rb"%(blanks)s%(q)s((?:(?!%(q)s%(blanks)s%(d)s|%(d)s%(q)s)[^\r\n])*)%(q)s%(blanks)s(?=%(d)s|%(end)s|\Z)"
            % names
        )
        self._followed = re.compile(
            rb"%(q)s((?>(?:[^%(q)s\r\n]++|%(q)s%(q)s)*))(?<!%(d)s)%(q)s((?>(?:(?!%(end)s|%(d)s).)*))" % names, re.S
        )
        self._end = re.compile(rb"%(d)s|%(end)s|\Z" % names)
        self._escaped = re.compile(rb"\\([%(d)s%(q)s\\])" % names) if self.escape else None

    def well_formed_records(self, most: int) -> re.Pattern[bytes]:
        """Return a pattern for up to ``most`` consecutive well-formed records, each with its line end."""
        names = self._fragments()
        record = rb"%(cell)s(?>(?:%(d)s%(cell)s)*)(?:%(record_end)s)" % {**names, b"cell": _well_formed_cell(names)}
        return re.compile(rb"(?:%s){0,%d}" % (record, most))

    def _fragments(self) -> dict[bytes, bytes]:
        """The named parts that the patterns are built from."""
        d, q = re.escape(self.delimiter), re.escape(self.quote or _NEVER)
        end = re.escape(self.strict_end) if self.strict_end else _EVERY_LINE_ENDING
        inside = rb"[^%(q)s]*+(?>(?:%(q)s%(q)s[^%(q)s]*+)*)" % {b"q": q}
        bare = rb"[^%s\r\n]*+" % d
        if self.escape:
            inside = rb"(?>(?:[^%(q)s\\]++|\\.|%(q)s%(q)s|\\)*)" % {b"q": q}
            bare = rb"(?>(?:[^\\%s\r\n]++|\\[%s%s\\]|(?!%s|%s).)*)" % (d, d, q, end, d)
        elif self.strict_end:
            bare = rb"(?>(?:[^%s\r\n]++|(?!%s|%s).)*)" % (d, end, d)
        return {
            b"d": d,
            b"q": q,
            b"blanks": rb"[%s]*+" % re.escape(b" \t".replace(self.delimiter, b"")),
            b"inside": inside,
            b"bare": bare,
            b"end": end,
            b"record_end": end if self.strict_end else rb"\r\n|\n|\r(?!\Z)",
            b"no_escape": rb"\\" if self.escape else b"",
        }

    def parse(self, data: bytes, start: int, width: int = 0, *, is_all: bool = True) -> Record | None:
        """Return the record at offset ``start`` of ``data``, or None if it may continue after ``data``.

        If stray quotes can be repaired in two ways, the one that yields ``width`` cells is used. ``is_all`` says that
        nothing follows ``data``.
        """
        record = self._cut(data, start, is_all=is_all, keeps_to_closing_quote=False)
        if record is not None and not record.is_well_formed and width and len(record.cells) != width:
            other = self._cut(data, start, is_all=is_all, keeps_to_closing_quote=True)
            if other is not None and not other.is_open and len(other.cells) == width:
                record = other
        return None if record is not None and record.end == len(data) and not is_all else record

    def cut(self, record: bytes) -> Record:
        """Return the cells of ``record``, a single record without its line end."""
        if self.quote and self.quote not in record and not self.escape:
            return Record(record.split(self.delimiter), len(record))
        return self.parse(record, 0) or Record([b""], 0)

    def records(self, data: bytes, *, is_all: bool) -> Iterator[Record]:
        """Yield all records of ``data``, without a last one that may continue after ``data`` (unless ``is_all``)."""
        start = 0
        while start < len(data):
            record = self.parse(data, start, is_all=is_all)
            if record is None:
                return
            yield record
            start = record.end

    def _cut(self, data: bytes, start: int, *, is_all: bool, keeps_to_closing_quote: bool) -> Record | None:
        cells: list[bytes] = []
        place, is_well_formed = start, True
        while True:
            match = self._cell.match(data, place)
            if (match is None or match[1] is None) and not is_all and self._open.match(data, place):
                return None
            if match is not None:
                place, end = match.end(), match[3]
                if match[1] is not None:
                    cells.append(self._plain(match[1]))
                else:
                    cells.append(self._escaped.sub(rb"\1", match[2]) if self._escaped else match[2])
            else:
                repaired = self._repaired(data, place, keeps_to_closing_quote)
                if repaired is None:
                    line = line_at(data, start)
                    return Record([line.rstrip(b"\r\n")], start + len(line), is_well_formed=False, is_open=True)
                is_well_formed = False
                cells.append(repaired[0])
                rest = self._end.match(data, repaired[1])
                assert rest is not None  # a repaired cell ends where a cell may end
                place, end = rest.end(), rest[0]
            if end != self.delimiter:
                return Record(cells, place, is_well_formed)

    def _repaired(self, data: bytes, start: int, keeps_to_closing_quote: bool) -> tuple[bytes, int] | None:
        """Return the quoted cell with stray quotes at ``start`` and the offset of its end; None if it is not closed."""
        match = None if keeps_to_closing_quote else self._stray.match(data, start)
        if match is not None:
            return self._plain(match[1]), match.end()
        match = self._followed.match(data, start)
        return None if match is None else (self._plain(match[1]) + match[2], match.end())

    def _plain(self, quoted: bytes) -> bytes:
        """Return the text of a quoted cell, with its quotes removed and its escapes resolved."""
        if self._escaped is not None and b"\\" in quoted:
            quoted = self._escaped.sub(rb"\1", quoted)
        return quoted.replace(self.quote * 2, self.quote)


def _well_formed_cell(names: dict[bytes, bytes]) -> bytes:
    quoted = rb"%(q)s[^%(q)s%(no_escape)s]*+(?>(?:%(q)s%(q)s[^%(q)s%(no_escape)s]*+)*)%(q)s(?=%(d)s|[\r\n])"
    bare = rb"(?!%(blanks)s%(q)s)[^%(d)s\r\n%(no_escape)s]*+"
    return (rb"(?:" + quoted + rb"|" + bare + rb")") % names


def line_at(data: bytes, start: int) -> bytes:
    """Return the line at offset ``start`` of ``data``, including its line end."""
    line = _LINE.match(data, start)
    assert line is not None
    return line[0]

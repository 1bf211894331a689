"""Find the dialect of a file: the one that scores best on a sample (docs/rules.md, section 2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from client_import.fields.headers import field_of_header
from client_import.reading.grammar import LINE_ENDINGS, Dialect, Grammar, Record
from client_import.reading.header_repair import repaired
from client_import.reading.header_row import known_fields

DELIMITERS = (",", ";", "\t", "|")
QUOTES = ('"', "'")

_LINE_END = re.compile(rb"\r\n|\r|\n")
_MOST = 0.8
_HAS_MARK = re.compile(rb"[\d@]")
_EXAMINED_RECORDS = 100
_HEADER_WITHIN = 40
"""The header row is expected among this many records."""


class _Score(NamedTuple):
    """How well a dialect fits a sample; scores are compared as tuples, and the greatest wins.

    ``known_labels`` is the greatest number of fields that one record names. ``takes_quotes`` is False if many cells
    are enclosed in the other quote. ``regularity`` is the share of records with the most frequent number of cells, or 0
    if that is one. ``not_repaired`` is minus the number of records with stray or unclosed quotes. ``width`` is the most
    frequent number of cells.
    """

    known_labels: int
    takes_quotes: bool
    regularity: float
    not_repaired: int
    width: int


def find_dialect(
    sample: bytes,
    *,
    is_all: bool,
    delimiters: Sequence[str] = DELIMITERS,
    quotes: Sequence[str] = QUOTES,
    escapes: Sequence[str] = ("", "\\"),
    line_ending: str = "",
) -> Dialect:
    """Return the dialect of the UTF-8 ``sample`` among all combinations of the given parts; on a tie, the first.

    ``is_all`` says that the sample is the whole file. ``line_ending`` is as in
    :class:`client_import.reading.grammar.Dialect`.
    """
    best: tuple[Dialect, _Score] | None = None
    for dialect in _candidates(sample, delimiters, quotes, escapes, line_ending):
        records = [*islice(Grammar(dialect).records(sample, is_all=is_all), _EXAMINED_RECORDS)]
        score = _score(records, dialect)
        if dialect.line_ending and not line_ending and best and score[:-1] <= best[1][:-1]:
            continue  # records that run together are wider, but not more likely for that
        if best is None or score > best[1]:
            best = dialect, score
    assert best is not None
    dialect, score = best
    if delimiters == DELIMITERS and score.known_labels < 2:
        spaced = replace(dialect, delimiter=" ")
        if _are_separated_by_blanks([*islice(Grammar(spaced).records(sample, is_all=is_all), _EXAMINED_RECORDS)]):
            return spaced
    return dialect


def _are_separated_by_blanks(records: Sequence[Record]) -> bool:
    """Return whether records cut at every blank are a table, rather than names or titles of several words.

    Every header must name a field, though the header row as a whole must not. No record may be wider than the header
    row, and most must be as wide. Also, either every cell of some column has a digit or an ``@``, or most records have
    quoted cells with blanks.
    """
    header, *rows = [record.cells for record in records if any(cell.strip() for cell in record.cells)] or [[]]
    labels = [label for label in header if label]
    whole = [cells for cells in rows if len(cells) == len(header)]
    if len(labels) < 2 or not whole or len(whole) < len(rows) * _MOST or max(map(len, rows)) > len(header):
        return False
    if known_fields(_texts(labels)) < len(labels) or field_of_header(b" ".join(labels).decode()):
        return False
    columns = [*zip(*whole, strict=True)]
    if any(any(column) for label, column in zip(header, columns, strict=True) if not label):
        return False
    has_quotes = sum(any(b" " in cell for cell in cells) for cells in whole) * 2 > len(whole)
    return has_quotes or any(all(map(_HAS_MARK.search, column)) for column in columns)


def _candidates(
    sample: bytes, delimiters: Sequence[str], quotes: Sequence[str], escapes: Sequence[str], line_ending: str
) -> Iterator[Dialect]:
    """Yield the dialects that could cut the sample differently from a simpler one, the simplest first."""
    ends = [line_ending]
    if not line_ending and _has_other_ends(sample) and sample.count(b"\r\n") * 2 > len(_LINE_END.findall(sample)):
        ends.append("CRLF")
    for end in ends:
        for escape in escapes:
            if escape and len(escapes) > 1 and escape.encode() not in sample:
                continue
            for place, quote in enumerate(quotes):
                for delimiter in delimiters:
                    if not place or _quotes_a_cell(quote, delimiter, sample):
                        yield Dialect(delimiter, quote, escape, end)


def _quotes_a_cell(quote: str, delimiter: str, sample: bytes) -> bool:
    around = rb"(?:\A|\Z|[%s\r\n])" % re.escape(delimiter.encode())
    pattern = rb"%(around)s%(q)s[^%(q)s]*%(q)s%(around)s" % {b"around": around, b"q": re.escape(quote.encode())}
    return quote.encode() in sample and re.search(pattern, sample) is not None


def _has_other_ends(sample: bytes) -> bool:
    crlf = sample.count(b"\r\n")
    return sample.count(b"\n") > crlf or sample.count(b"\r") > crlf


def line_ending_of(sample: bytes, dialect: Dialect) -> str:
    """Return the line ending of the records in the sample: LF, CRLF, CR or ``mixed``; empty for a single line."""
    seen = [name for name in ("CRLF", "LF", "CR") if LINE_ENDINGS[name] in sample]
    if len(seen) < 2 or (seen == ["CRLF", "LF", "CR"] and not _has_other_ends(sample)):
        return seen[0] if seen else ""
    ends = set()
    for record in Grammar(dialect).records(sample, is_all=True):
        last = sample[max(record.end - 2, 0) : record.end]
        ends.add(next((name for name in ("CRLF", "LF", "CR") if last.endswith(LINE_ENDINGS[name])), ""))
    ends.discard("")
    return ends.pop() if len(ends) == 1 else "mixed" * bool(ends)


def _score(records: Sequence[Record], dialect: Dialect) -> _Score:
    filled = [record for record in records if any(cell.strip() for cell in record.cells)]
    widths = Counter(len(record.cells) for record in filled)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    if width == 1 and len(widths) > 1:
        width, count = max(((w, c) for w, c in widths.items() if w > 1), key=lambda item: (item[1], item[0]))
    first = filled[:_HEADER_WITHIN]
    wide = [record.cells for record in first if len(record.cells) * 2 > width]  # wide enough for a header row
    known = max((known_fields(_texts(cells)) for cells in wide), default=0)
    if known < 2 and width > 1:
        known = max(known, *(_known_when_repaired(record, width, dialect) for record in first))
    other = b"'" if dialect.quote == '"' else b'"'
    wrapped = sum(any(_is_between(cell, other) for cell in record.cells) for record in filled)
    return _Score(
        known_labels=known,
        regularity=round(count / len(filled), 2) if width > 1 else 0,
        not_repaired=-sum(not record.is_well_formed for record in filled),
        takes_quotes=not (wrapped > 1 and wrapped * 3 > len(filled)),
        width=width,
    )


def _texts(cells: Sequence[bytes]) -> list[str]:
    return [cell.decode() for cell in cells]


def _known_when_repaired(record: Record, width: int, dialect: Dialect) -> int:
    """Return how many fields the record names if it is repaired as a header row; 0 if it cannot be."""
    ways = repaired(_texts(record.cells), width, dialect.delimiter)
    return max((known_fields(labels) for labels, _ in ways), default=0)


def _is_between(cell: bytes, quote: bytes) -> bool:
    text = cell.strip()
    return len(text) > 1 and text.startswith(quote) and text.endswith(quote)

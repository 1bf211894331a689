"""Find the dialect of a file: the one in which a sample of it makes most sense (docs/rules.md, section 2)."""

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
"""A header is expected among this many records."""


class _Score(NamedTuple):
    """How much sense a sample makes in a dialect; the greater tuple makes more.

    ``known_labels`` are the fields that one record names. ``takes_quotes`` is False when the other quote stands around
    many cells. ``regularity`` is the share of records with the commonest number of cells, 0 when that is one.
    ``not_repaired`` is less by one for each record with stray or open quotes. ``width`` is the commonest number of
    cells.
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
    """Return the dialect of the UTF-8 ``sample`` among those of the given parts; in doubt, the first.

    ``line_ending`` is that of :class:`client_import.reading.grammar.Dialect`.
    """
    best: tuple[Dialect, _Score] | None = None
    for dialect in _candidates(sample, delimiters, quotes, escapes, line_ending):
        records = [*islice(Grammar(dialect).records(sample, is_all=is_all), _EXAMINED_RECORDS)]
        score = _score(records, dialect)
        if dialect.line_ending and not line_ending and best and score[:-1] <= best[1][:-1]:
            continue  # records run together are wider, and make no more sense for that
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
    """Whether records that were cut at each blank are a table, and no names or titles of several words.

    None is wider than the header, which names fields with all its labels, though not as a whole, and most are as wide;
    and one column has no cell without a digit or an ``@``, or cells have quotes, as those with blanks in them need.
    """
    header, *rows = [record.cells for record in records if any(cell.strip() for cell in record.cells)] or [[]]
    labels = [label for label in header if label]
    whole = [cells for cells in rows if len(cells) == len(header)]
    if len(labels) < 2 or not whole or len(whole) < len(rows) * _MOST or max(map(len, rows)) > len(header):
        return False
    if known_labels(labels) < len(labels) or field_of_header(b" ".join(labels).decode()):
        return False
    columns = [*zip(*whole, strict=True)]
    if any(any(column) for label, column in zip(header, columns, strict=True) if not label):
        return False
    has_quotes = sum(any(b" " in cell for cell in cells) for cells in whole) * 2 > len(whole)
    return has_quotes or any(all(map(_HAS_MARK.search, column)) for column in columns)


def _candidates(
    sample: bytes, delimiters: Sequence[str], quotes: Sequence[str], escapes: Sequence[str], line_ending: str
) -> Iterator[Dialect]:
    """All dialects that could differ from a simpler one in the sample, the simplest first."""
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
    """Return what the records of the sample end with: LF, CRLF, CR, ``mixed``, or nothing for a single line."""
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
    known = max((known_labels(record.cells) for record in _wide(filled, width)), default=0)
    if known < 2 and width > 1:
        known = max(known, *(_known_when_repaired(record, width, dialect) for record in filled[:_HEADER_WITHIN]))
    other = b"'" if dialect.quote == '"' else b'"'
    wrapped = sum(any(_is_between(cell, other) for cell in record.cells) for record in filled)
    return _Score(
        known_labels=known,
        regularity=round(count / len(filled), 2) if width > 1 else 0,
        not_repaired=-sum(not record.is_well_formed for record in filled),
        takes_quotes=not (wrapped > 1 and wrapped * 3 > len(filled)),
        width=width,
    )


def _wide(records: Sequence[Record], width: int) -> list[Record]:
    """Those of the first records that are wide enough for a header."""
    return [record for record in records[:_HEADER_WITHIN] if len(record.cells) * 2 > width]


def known_labels(cells: Sequence[bytes]) -> int:
    """Return how many fields the cells of a record certainly name."""
    fields = {field_of_header(cell.decode()) for cell in cells if len(cell) <= 100}
    return len(fields - {None})


def _known_when_repaired(record: Record, width: int, dialect: Dialect) -> int:
    """Return how many fields the record names when it is read as a header with an error; 0 when it cannot be."""
    ways = repaired([cell.decode() for cell in record.cells], width, dialect.delimiter)
    return max((known_fields(labels) for labels, _ in ways), default=0)


def _is_between(cell: bytes, quote: bytes) -> bool:
    text = cell.strip()
    return len(text) > 1 and text.startswith(quote) and text.endswith(quote)

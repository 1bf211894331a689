"""Repair a header row that has more or fewer labels than the rows have cells (docs/rules.md, section 2).

The error is a stray quote, another delimiter than the rows have, or delimiters that are missing. The labels must name
fields: any other line may be a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from client_import.fields.headers import LONGEST_LABEL, field_of_header
from client_import.reading.header_row import WITHIN, Cells, has_values, known_fields, names_fields, table_width

Labels = tuple[str, ...]

_DELIMITERS = ",;\t|"
_QUOTES = re.compile('["“”]')
_BETWEEN_LABELS = re.compile(r"[\s/_.:-]+|(?<=[a-z])(?=[A-Z])")
_MOST_WORDS = 60
_MOST_WORDS_OF_A_LABEL = 6
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class RepairedHeader:
    """The repaired ``labels`` of the record at index ``place``, and a note that says what was wrong."""

    place: int
    labels: Labels
    note: str


def repair_header(records: Sequence[Cells], delimiter: str) -> RepairedHeader | None:
    """Return the repaired header row among ``records``; None if it needs no repair or cannot be repaired."""
    width = table_width(records)
    within = records[:WITHIN]
    has_intact_one = any(len(cells) == width and names_fields(cells, width) for cells in within)
    for place, cells in enumerate(within):
        ways = chain(repaired(cells, width, delimiter, _HALF * has_intact_one), _split_by_names(cells, width))
        for labels, damage in ways:
            return RepairedHeader(place, labels, f"The header in row {place + 1} {damage}.")
        if names_fields(cells, width):
            return None
    return None


def repaired(cells: Cells, width: int, delimiter: str, least_known: float = 0) -> Iterator[tuple[Labels, str]]:
    """Yield possible repairs of ``cells`` into ``width`` labels, each with what was wrong, the likeliest first.

    At least two of the labels, and at least the share ``least_known`` of them, name fields.
    """
    text = delimiter.join(cells)
    if width < 2 or len(text) > width * LONGEST_LABEL:
        return
    if len(cells) >= width:
        labels = tuple(map(_without_stray_quote, cells))
        if names_fields(cells, width) and labels != tuple(cells):
            yield labels, "has a quote too many; it is read without it"
        return
    plain = _QUOTES.sub("", text)
    damage = "has a quote too many" if plain != text else "has quotes around several labels"
    same = plain
    for other in _DELIMITERS:
        same = same.replace(other, delimiter)
    ways = (
        (plain, delimiter, f"{damage}; it is read without quotes"),
        *(
            (plain, other, f"has {_name(other)} between its labels, where the rows have {_name(delimiter)}")
            for other in _DELIMITERS.replace(delimiter, "")
        ),
        (same, delimiter, "has several delimiters; it is split at each of them"),
    )
    for line, separator, sentence in ways:
        labels = _without_blank_end(line.split(separator))
        is_cut = len(cells) < len(labels) <= width <= len(labels) + 1
        if is_cut and not has_values(labels) and known_fields(labels) >= max(2, least_known * len(labels)):
            yield (*labels, *[""] * (width - len(labels))), sentence


def _name(delimiter: str) -> str:
    return {"\t": "tabs", " ": "blanks", ",": "commas", ";": "semicolons"}.get(delimiter, delimiter)


def _without_blank_end(parts: Sequence[str]) -> Labels:
    """Return the parts, trimmed and without blank ones at the end: delimiters at the end of a line make no cells."""
    labels = [part.strip() for part in parts]
    while labels and not labels[-1]:
        labels.pop()
    return tuple(labels)


def _split_by_names(cells: Cells, width: int) -> Iterator[tuple[Labels, str]]:
    """Yield the labels with one of them split into several that all name fields, if there is only one way to do so."""
    missing = width - len(cells)
    if missing < 1:
        return
    found = [
        (*cells[:at], *labels, *cells[at + 1 :]) for at in range(len(cells)) for labels in _cut(cells[at], missing + 1)
    ]
    known = [field for field in map(field_of_header, found[0]) if field] if len(found) == 1 else []
    if known and len(known) == len(set(known)) and len(known) * 2 >= width and not has_values(found[0]):
        damage = "lacks a delimiter" if missing == 1 else "lacks delimiters"
        yield tuple(label.strip() for label in found[0]), f"{damage}; it is split into the labels that name fields"


def _cut(cell: str, count: int) -> list[Labels]:
    """Return up to two ways to split ``cell`` into ``count`` labels that name fields; none if it names one itself."""
    text = _QUOTES.sub(" ", cell).strip()
    gaps = [(0, 0), *(gap.span() for gap in _BETWEEN_LABELS.finditer(text)), (len(text), len(text))]
    if len(text) > count * LONGEST_LABEL or not count < len(gaps) <= _MOST_WORDS or field_of_header(text):
        return []
    ways: dict[int, list[Labels]] = {0: [()]}
    for _ in range(count):
        longer: dict[int, list[Labels]] = {}
        for first, begun in ways.items():
            for last in range(first + 1, min(first + _MOST_WORDS_OF_A_LABEL, len(gaps) - 1) + 1):
                label = text[gaps[first][1] : gaps[last][0]]
                if field_of_header(label):
                    longer[last] = [*longer.get(last, []), *((*labels, label) for labels in begun)][:2]
        ways = longer
    return ways.get(len(gaps) - 1, [])


def _without_stray_quote(label: str) -> str:
    """Return the label without quotes if it names a field then, and unchanged otherwise."""
    bare = _QUOTES.sub("", label).strip()
    return bare if _QUOTES.search(label) and field_of_header(bare) else label

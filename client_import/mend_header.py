"""Find a header that one fault keeps from being cut into as many labels as the rows have cells (semantics.md, 2).

The fault is a stray quote, another delimiter than the rows have, or one delimiter that is missing. The labels must name
fields: any other line may be a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from client_import.find_header import WITHIN, Cells, known_fields, names_fields, table_width
from client_import.headers import LONGEST_LABEL, field_of_header

_DELIMITERS = ",;\t|"
_QUOTES = re.compile('["“”]')
_BETWEEN_LABELS = re.compile(r"[\s/_.:-]+|(?<=[a-z])(?=[A-Z])")
_NAMES = {"\t": "tabs", " ": "blanks"}


@dataclass(frozen=True, slots=True)
class MendedHeader:
    """The labels that the record at ``place`` (from 0) is read as, and a sentence that says what it has wrong."""

    place: int
    labels: tuple[str, ...]
    note: str


def mend_header(records: Sequence[Cells], delimiter: str) -> MendedHeader | None:
    """Return the header of the table in ``records``, when it has a fault and can be read all the same."""
    width = table_width(records)
    for place, cells in enumerate(records[:WITHIN]):
        for labels, fault in mended(cells, width, delimiter):
            return MendedHeader(place, labels, f"The header in row {place + 1} {fault}.")
        if names_fields(cells, width):
            return None
    return None


def mended(cells: Cells, width: int, delimiter: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the ``width`` labels that the cells may be meant as, and what is wrong with them, the likeliest first."""
    text = delimiter.join(cells)
    if width < 2 or len(text) > width * LONGEST_LABEL:
        return
    if len(cells) >= width:
        if names_fields(cells, width) and any(map(_has_stray_quote, cells)):
            yield tuple(map(_without_stray_quote, cells)), "has a quote too many; it is read without it"
        return
    plain = _QUOTES.sub("", text)
    if _are_labels(plain.split(delimiter), width):
        fault = "has a quote too many" if plain != text else "has quotes around several labels"
        yield _trimmed(plain.split(delimiter)), f"{fault}; it is read without quotes"
    for other in _DELIMITERS.replace(delimiter, ""):
        if _are_labels(plain.split(other), width):
            written, meant = _NAMES.get(other, other), _NAMES.get(delimiter, delimiter)
            yield _trimmed(plain.split(other)), f"has {written} between its labels, where the rows have {meant}"
    for other in _DELIMITERS:
        plain = plain.replace(other, delimiter)
    if _are_labels(plain.split(delimiter), width):
        yield _trimmed(plain.split(delimiter)), "has several delimiters; each of them is taken for one"
    if len(cells) == width - 1:
        apart = [labels for at in range(len(cells)) for labels in _split_at(cells, at)]
        if len(apart) == 1:
            yield apart[0], "lacks a delimiter; two labels are read where it has one"


def _split_at(cells: Cells, at: int) -> Iterator[tuple[str, ...]]:
    """Yield the labels with the one ``at`` a place cut in two, each way in which both parts name a field."""
    glued = _QUOTES.sub(" ", cells[at]).strip()
    if len(glued) > LONGEST_LABEL or field_of_header(glued):
        return
    for gap in _BETWEEN_LABELS.finditer(glued):
        parts = glued[: gap.start()], glued[gap.end() :]
        labels = _trimmed([*cells[:at], *parts, *cells[at + 1 :]])
        if all(map(field_of_header, parts)) and _are_labels(labels, len(cells) + 1):
            yield labels


def _has_stray_quote(label: str) -> bool:
    return _without_stray_quote(label) != label


def _without_stray_quote(label: str) -> str:
    """Return the label without a quote at one of its ends, when it names a field."""
    bare = _QUOTES.sub("", label).strip()
    return bare if _QUOTES.search(label) and field_of_header(bare) else label


def _are_labels(labels: Sequence[str], width: int) -> bool:
    filled = [label for label in labels if label.strip()]
    known = known_fields(labels)
    return len(labels) == width and known > 1 and known * 2 >= len(filled) and names_fields(labels, width)


def _trimmed(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(label.strip() for label in labels)

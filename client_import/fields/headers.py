"""Find the field that a header names, by the field's name or a known synonym (docs/rules.md, section 3).

``header_synonyms.csv`` lists the synonyms of each field, the closest first. A synonym of several fields means the first
by default; the values of the column may decide for another. A line with ``beside`` applies only to files that also have
one of those headers, and takes precedence there: Xero calls its client ``ContactName``. A line without a field lists
headers that belong to no field, so that none is suggested for them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from pathlib import Path

from client_import.fields.catalogue import FIELDS

SYNONYMS_CSV = Path(__file__).with_name("header_synonyms.csv")

LONGEST_LABEL = 300
"""The most characters of a header; a longer cell names no field and is not part of a header row."""

_NOTE_BACKWARDS = re.compile(r"(?=\W*+\w)\W*?[)\]}](?P<note>[^()\[\]{}]*+)[(\[{](?P<head>.*\w.*)", re.DOTALL)
_FIRST_BACKWARDS = re.compile(r"\W*+1[\s._#-]++(?P<head>.*[^\W\d].*)", re.DOTALL)
"""These match reversed headers, because they look for a suffix: forwards they would try every earlier position."""

_BRACKETS = frozenset("([{")
_GENERATED_LABEL = re.compile(r"Column\d+(?: \(\d+\))?")
_NEUTRAL_WORD = re.compile(
    "any|applicable|available|char(acter)?s|date|digits|eg|format|gb|hmrc|if|known|main|mandatory|max|no?|optional|or|"
    "please|primary|recommended|required|text|uk|y(es)?|dd|mm|yy(yy)?"
)
"""The words of a note in brackets that do not distinguish the column from another."""
_NO_WORDS = frozenset(("n", "no"))
_YES_WORDS = frozenset(("y", "yes"))
"""``(yes/no)`` describes the cells, while ``(no)`` negates the header."""


def fold(header: str) -> str:
    """Return ``header`` in lower case, without spacing and punctuation."""
    return re.sub(r"[\W_]+", "", header).casefold()


def is_generated_header(label: str) -> bool:
    """Return whether ``label`` is one that was generated for a column without a header, such as ``Column3``."""
    return _GENERATED_LABEL.fullmatch(label) is not None


def _forms(header: str) -> list[str]:
    """Return the folded spellings of ``header`` that mean the same, the longest first; none if it is too long.

    A final note in brackets is left out if it does not distinguish columns, as in ``E-mail (main)``, and so is a
    final ``1``.
    """
    if len(header) > LONGEST_LABEL:
        return []
    forms = [fold(header)]
    noted = _NOTE_BACKWARDS.fullmatch(header[::-1]) if _BRACKETS.intersection(header) else None
    if noted and _is_neutral(noted["note"][::-1]):
        header = noted["head"][::-1]
        forms.append(fold(header))
    first = _FIRST_BACKWARDS.fullmatch(header[::-1]) if "1" in header else None
    return [*forms, fold(first["head"][::-1])] if first else forms


def _is_neutral(note: str) -> bool:
    words = re.findall(r"[^\W\d_]+", note.casefold())
    if _NO_WORDS.intersection(words) and not _YES_WORDS.intersection(words):
        return False
    return all(map(_NEUTRAL_WORD.fullmatch, words)) if words else not re.search(r"\d", note)


class _Synonyms:
    """The known headers, from the catalogue and header_synonyms.csv."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}
        self.closeness: dict[tuple[str, str], int] = {}
        self.beside: dict[str, list[tuple[str, frozenset[str]]]] = {}
        self.without_field: set[str] = set()
        for field in FIELDS:
            self._add(field.name, field.name, 0)
        names = set(self.fields)
        with SYNONYMS_CSV.open(encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines, restval=""):
                others = frozenset(fold(other) for other in line["beside"].split("|") if other)
                for place, synonym in enumerate(line["synonyms"].split("|"), 1):
                    if not line["field"]:
                        self.without_field.add(fold(synonym))
                    elif others:
                        self.beside.setdefault(fold(synonym), []).append((line["field"], others))
                    elif fold(synonym) not in names:
                        self._add(synonym, line["field"], place)

    def _add(self, spelling: str, field: str, place: int) -> None:
        fields = self.fields.setdefault(fold(spelling), [])
        if field not in fields:
            fields.append(field)
            self.closeness[fold(spelling), field] = place


_SYNONYMS = _Synonyms()


def fields_of_header(header: str, others: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names of the fields that ``header`` may name, the default first; empty if it is unknown.

    ``others`` are the folded headers of the file.
    """
    for form in _forms(header):
        for field, beside in _SYNONYMS.beside.get(form, ()):
            if not beside.isdisjoint(others):
                return (field,)
        if form in _SYNONYMS.fields:
            return tuple(_SYNONYMS.fields[form])
    return ()


def field_of_header(header: str) -> str | None:
    """Return the name of the field that ``header`` names by default, or None."""
    return next(iter(fields_of_header(header)), None)


def belongs_to_no_field(header: str) -> bool:
    """Return whether ``header`` is known to belong to no field."""
    return any(form in _SYNONYMS.without_field for form in _forms(header))


def distance(header: str, field: str) -> int:
    """Return the distance of ``header`` from ``field``: 0 for its name, else its position among the synonyms, from 1.

    A synonym that depends on other headers of the file has the distance 0.
    """
    return next(
        (_SYNONYMS.closeness[form, field] for form in _forms(header) if (form, field) in _SYNONYMS.closeness), 0
    )


def known_headers() -> dict[str, str]:
    """Return the name of the default field by folded header, for every known header of a field."""
    return {spelling: fields[0] for spelling, fields in _SYNONYMS.fields.items()}


def known_spellings() -> frozenset[str]:
    """Return every known folded header, including those that belong to no field."""
    return frozenset((*_SYNONYMS.fields, *_SYNONYMS.beside, *_SYNONYMS.without_field))

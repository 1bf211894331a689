"""Which field a header names: by the field's name, then by known synonyms (docs/rules.md, section 3).

``header_synonyms.csv`` has them, a line for each field and the closest synonym first. A synonym of several fields
means the first of them by default, and the content of the column may say which of the others it is. A line with
``beside`` counts only in a file that has one of those headers too, and then before all others: Xero calls its
client ``ContactName``. A line without a field lists headers that are of none, so that nobody guesses at them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from client_import.fields.catalogue import FIELDS

SYNONYMS_CSV = Path(__file__).with_name("header_synonyms.csv")

LONGEST_LABEL = 300
"""So many characters a label has at most; a longer cell names no field, and is no label of a header."""

_NOTE_BACKWARDS = re.compile(r"(?=\W*+\w)\W*?[)\]}](?P<note>[^()\[\]{}]*+)[(\[{](?P<head>.*\w.*)", re.DOTALL)
_FIRST_BACKWARDS = re.compile(r"\W*+1[\s._#-]++(?P<head>.*[^\W\d].*)", re.DOTALL)
"""These read a label from its end, where what they are for stands: forwards they would try every place before it."""

_BRACKETS = frozenset("([{")
_SILENT_LABEL = re.compile(r"Column\d+(?: \(\d+\))?")
_NEUTRAL_WORD = re.compile(
    "any|applicable|available|char(acter)?s|date|digits|eg|format|gb|hmrc|if|known|main|mandatory|max|no?|optional|or|"
    "please|primary|recommended|required|text|uk|y(es)?|dd|mm|yy(yy)?"
)
"""What a note may say without telling the column from another one."""
_SAYS_NO = frozenset(("n", "no"))
_SAYS_YES = frozenset(("y", "yes"))
"""``(yes/no)`` says how the cells are written, ``(no)`` what the column is not."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """A field that a header names in a file that has one of ``others`` too."""

    field: str
    others: frozenset[str]


def fold(header: str) -> str:
    """Return ``header`` without case, spacing and punctuation."""
    return re.sub(r"[\W_]+", "", header).casefold()


def says_nothing(label: str) -> bool:
    """Whether ``label`` is one that a column without a header gets."""
    return _SILENT_LABEL.fullmatch(label) is not None


def _forms(header: str) -> list[str]:
    """The folded spellings of ``header`` that mean the same, the fullest first.

    A note in brackets at the end counts as punctuation where it tells no column from another, as in ``E-mail
    (main)``, and so does a last ``1``. None for what is too long to be a label.
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
    if _SAYS_NO.intersection(words) and not _SAYS_YES.intersection(words):
        return False
    return all(map(_NEUTRAL_WORD.fullmatch, words)) if words else not re.search(r"\d", note)


class _Synonyms:
    """What header_synonyms.csv and the catalogue say."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}
        self.closeness: dict[tuple[str, str], int] = {}
        self.beside: dict[str, list[_Beside]] = {}
        self.of_none: set[str] = set()
        for field in FIELDS:
            self._add(field.name, field.name, 0)
        names = set(self.fields)
        with SYNONYMS_CSV.open(encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines, restval=""):
                others = frozenset(fold(other) for other in line["beside"].split("|") if other)
                for place, synonym in enumerate(line["synonyms"].split("|"), 1):
                    if not line["field"]:
                        self.of_none.add(fold(synonym))
                    elif others:
                        self.beside.setdefault(fold(synonym), []).append(_Beside(line["field"], others))
                    elif fold(synonym) not in names:
                        self._add(synonym, line["field"], place)

    def _add(self, spelling: str, field: str, place: int) -> None:
        fields = self.fields.setdefault(fold(spelling), [])
        if field not in fields:
            fields.append(field)
            self.closeness[fold(spelling), field] = place


_SYNONYMS = _Synonyms()


def fields_of_header(header: str, others: Collection[str] = ()) -> tuple[str, ...]:
    """Return the names of the fields that ``header`` may name, the default first; none when it is not known.

    ``others`` are the other headers of the file, folded.
    """
    for form in _forms(header):
        for beside in _SYNONYMS.beside.get(form, ()):
            if not beside.others.isdisjoint(others):
                return (beside.field,)
        if form in _SYNONYMS.fields:
            return tuple(_SYNONYMS.fields[form])
    return ()


def field_of_header(header: str) -> str | None:
    """Return the name of the field that ``header`` certainly names, or None."""
    return next(iter(fields_of_header(header)), None)


def is_of_no_field(header: str) -> bool:
    """Whether ``header`` is known to name something that a client has no field for."""
    return any(form in _SYNONYMS.of_none for form in _forms(header))


def distance(header: str, field: str) -> int:
    """Return how far ``header`` is from ``field``: 0 for its own name, then the place among its synonyms.

    A spelling that names the field only beside others counts as its name.
    """
    return next(
        (_SYNONYMS.closeness[form, field] for form in _forms(header) if (form, field) in _SYNONYMS.closeness), 0
    )


def known_headers() -> dict[str, str]:
    """Return every folded header that is known, with its default field's name."""
    return {spelling: fields[0] for spelling, fields in _SYNONYMS.fields.items()}


def known_spellings() -> frozenset[str]:
    """Return every folded header that is known, also those that name no field."""
    return frozenset((*_SYNONYMS.fields, *_SYNONYMS.beside, *_SYNONYMS.of_none))

"""Suggest a field for each column, by its header and its values (docs/rules.md, section 3).

A header that is a field's name or a synonym is certain. Another column is used without asking if its values are numbers
of one register, if its header is a known one with a slip and its values agree, or if it has no header and is the only
column of its kind. All other suggestions are only offered, and so are columns whose header is about somebody or
something else. A column whose header means the opposite is offered with value mappings, or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from client_import.fields.catalogue import BY_NAME
from client_import.fields.headers import belongs_to_no_field, distance, fields_of_header, fold, is_generated_header
from client_import.mapping.content import (
    FIRST_OF_KIND,
    IDENTIFIERS,
    KIND,
    LEAST_SHARE,
    SHAPELESS,
    Evidence,
    gather_evidence,
    looks_like_codes,
    looks_like_names,
)
from client_import.mapping.likeness import is_misspelled, likeness
from client_import.mapping.other_meaning import is_about_another, is_negated
from client_import.mapping.profile import ColumnProfile
from client_import.mapping.yes_no_columns import Words, assign_readings, readings_for_values

USED_FROM = 0.9
"""Suggestions with a lower score are only offered, never used without asking."""

_WEAK_AT_MOST = 0.89
_HALF_ALIKE = 0.5
_ALIKE_FROM = 0.7
_ALIKE_BUT_FOR_A_SLIP = 0.8
_CLEARLY_BETTER = 0.1
_UNLIKELY = 0.6
"""The factor on the score from a header if the cells are of another kind."""

_ABOUT_ANOTHER_AT_MOST = 0.5
"""The greatest score of a column whose header is about somebody or something else."""

_READING_SCORE = 0.6
"""The score of a column that can be used only with value mappings."""

_LEAST_VALUES = 3
_FIELD_OF_KIND_BY_CONTENT = {"yes_no": "VatRegistered"}
_KNOWN_WITHOUT_HEADER = frozenset({"email", "phone", "post_code", "url", "Type", "Status"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The suggestion to map the column under ``csv_header`` to ``target_field``, with a ``score`` from 0 to 1.

    ``words`` are pairs of word and member that have to be mapped as well.
    """

    csv_header: str
    target_field: str
    score: float
    words: Words = ()


@dataclass(frozen=True, slots=True)
class _Guess:
    """A possible field of the column at index ``place``; ``likeness`` is that of its header, from 0 to 1."""

    place: int
    field: str
    score: float
    likeness: float

    def weak(self) -> _Guess:
        return replace(self, score=min(self.score, _WEAK_AT_MOST - 0.04))


def suggest(columns: Sequence[ColumnProfile], *, is_returned: bool = False) -> list[Suggestion]:
    """Return suggestions in the order of ``columns``: at most one for each column, and at most one for each field.

    A header that is the name or a synonym of a field scores 1 whatever the cells contain; case, spacing and punctuation
    make no difference. The order of the rows does not matter. ``is_returned`` says that the rows were rejected by an
    earlier import; there may be few of them, so one valid value is enough then.
    """
    least = 1 if is_returned else _LEAST_VALUES
    headers = [column.header for column in columns]
    folded = frozenset(map(fold, headers))
    named = [fields_of_header(header, folded) for header in headers]
    open_places = _open_places(named)
    evidence = dict(zip(open_places, gather_evidence([columns[place] for place in open_places], least), strict=True))
    found = _certain(columns, named, evidence, least)
    readable = {
        place: readings_for_values(
            headers[place],
            columns[place].first_values,
            is_yes_no=evidence[place].valid_share.get("yes_no", 0) >= LEAST_SHARE,
        )
        for place in open_places
        if place not in found
    }
    free = [
        place
        for place, as_yes_no in readable.items()
        if not (as_yes_no or belongs_to_no_field(headers[place]) or is_negated(headers[place]))
    ]
    unlike = {place for place in free if named[place]}
    guesses = _best_guesses(_guesses(columns, free, unlike, evidence, found, least))
    strong = [guess.field for guess in guesses if guess.score >= USED_FROM]
    assigned = assign_readings(readable, {*found.values(), *strong})
    taken = {reading.field for reading in assigned.values()}
    scores: dict[int, tuple[str, float, Words]] = {place: (name, 1.0, ()) for place, name in found.items()}
    scores |= {each.place: (each.field, round(each.score, 2), ()) for each in guesses if each.field not in taken}
    scores |= {place: (reading.field, _READING_SCORE, reading.words) for place, reading in assigned.items()}
    return [Suggestion(headers[place], *scores[place]) for place in sorted(scores)]


def _open_places(named: Sequence[tuple[str, ...]]) -> list[int]:
    """Return the indices of the columns whose values are needed: all but those that alone name a single field."""
    claims = Counter(name for fields in named for name in fields)
    return [place for place, fields in enumerate(named) if len(fields) != 1 or claims[fields[0]] > 1]


def _certain(
    columns: Sequence[ColumnProfile],
    named: Sequence[tuple[str, ...]],
    evidence: Mapping[int, Evidence],
    least: int,
) -> dict[int, str]:
    """Return the name of the certain field by the index of its column.

    ``named`` has the fields that the header of each column may name. Each field goes to the column with the closest
    header; a column with values precedes an empty one.
    """
    claims = {
        place: fields[0] if len(fields) == 1 else _intended_field(fields, evidence[place], least)
        for place, fields in enumerate(named)
        if fields
    }

    def closeness(place: int) -> tuple[bool, bool, int, int]:
        far = distance(columns[place].header, claims[place])
        return far > 0, columns[place].filled == 0, far, place

    found: dict[int, str] = {}
    beaten = []
    for place in sorted(claims, key=closeness):
        if claims[place] in found.values():
            beaten.append(place)
        else:
            found[place] = claims[place]
    for place in beaten:
        for other in named[place]:
            if other not in found.values() and evidence[place].is_of(KIND[other], least):
                found[place] = other
                break
    return found


def _intended_field(fields: tuple[str, ...], evidence: Evidence, least: int) -> str:
    """Return the field that a header naming several means: the first, unless the cells clearly match another."""
    default, *others = fields
    has_a_shape = KIND[default] not in SHAPELESS
    if evidence.cells and not (has_a_shape and evidence.valid_share.get(KIND[default], 0) >= 0.5):
        for other in others:
            kind = KIND[other]
            if evidence.is_of(kind, least) or (has_a_shape and evidence.valid_share.get(kind, 0) >= LEAST_SHARE):
                return other
    return default


def _guesses(
    columns: Sequence[ColumnProfile],
    free: Sequence[int],
    unlike: Collection[int],
    evidence: Mapping[int, Evidence],
    found: Mapping[int, str],
    least: int,
) -> list[_Guess]:
    """Return all guesses for the columns at the indices ``free``.

    The headers of those that are also in ``unlike`` are ignored, because they name a field that another column has.
    """
    fields = [name for name in BY_NAME if name not in found.values()]
    if not free or not fields:
        return []
    headers = [columns[place].header for place in free]
    alike_by_place = likeness(headers, fields)
    alike_by_place[[place in unlike for place in free]] = 0
    kinds = {place: [kind for kind in FIRST_OF_KIND if evidence[place].is_of(kind, least)] for place in free}
    defaults = {_field_of_kind(kind) for kind in FIRST_OF_KIND if kind not in {KIND[name] for name in found.values()}}
    others = {
        place
        for place, header in zip(free, headers, strict=True)
        if not is_generated_header(header) and is_about_another(header)
    }
    met = Counter(kind for place, seen in kinds.items() if place not in others for kind in seen)
    guesses = []
    for row, place in enumerate(free):
        column = columns[place]
        for alike, name in zip(alike_by_place[row].tolist(), fields, strict=True):
            kind = KIND[name]
            if kind in kinds[place]:
                score = _score_of_agreeing(column.header, name, alike, name in defaults, met[kind] == 1)
            elif alike >= _ALIKE_FROM:
                score = _score_of_likeness(alike, evidence[place], kind) * (_UNLIKELY if kinds[place] else 1)
            elif not kinds[place]:
                score = _score_of_text(column, name)
            else:
                continue
            if score:
                guess = _Guess(place, name, score, alike)
                guesses.append(replace(guess, score=min(score, _ABOUT_ANOTHER_AT_MOST)) if place in others else guess)
    return guesses


def _field_of_kind(kind: str) -> str:
    """Return the default field for a column of the kind."""
    return _FIELD_OF_KIND_BY_CONTENT.get(kind, FIRST_OF_KIND[kind].name)


def _score_of_agreeing(header: str, name: str, alike: float, is_default: bool, is_only: bool) -> float:
    """Return the score of a field whose kind matches the cells; 0 if the column may as well be another of that kind.

    ``is_default`` says that the field is the default of its kind and no column is certain for any field of the kind;
    ``is_only`` says that no other column is of that kind.
    """
    kind = KIND[name]
    is_known = kind in IDENTIFIERS or (is_generated_header(header) and is_only and kind in _KNOWN_WITHOUT_HEADER)
    if (is_default and is_known) or (alike >= _ALIKE_BUT_FOR_A_SLIP and is_misspelled(header, name)):
        return USED_FROM + 0.09 * alike
    if alike >= _ALIKE_FROM:
        return min(_WEAK_AT_MOST, alike * _WEAK_AT_MOST + 0.05)
    if is_default or alike >= _HALF_ALIKE:
        return 0.5 + 0.3 * alike
    return 0.4 if kind in _KNOWN_WITHOUT_HEADER else 0


def _score_of_likeness(alike: float, evidence: Evidence, kind: str) -> float:
    """Return the score of a field that only the header resembles; 0 if the cells contradict it."""
    has_a_shape = kind not in SHAPELESS
    if has_a_shape and evidence.cells >= _LEAST_VALUES and evidence.valid_share.get(kind, 0) < 0.5:
        return alike * _WEAK_AT_MOST * 0.8 if alike >= _ALIKE_BUT_FOR_A_SLIP else 0
    return alike * _WEAK_AT_MOST


def _score_of_text(column: ColumnProfile, name: str) -> float:
    if not column.filled or name not in ("Name", "Code"):
        return 0
    is_silent = is_generated_header(column.header)
    if name == "Name":
        return 0.6 if looks_like_names(column, of_people=is_silent) else 0
    return 0.5 if is_silent and looks_like_codes(column) else 0


def _best_guesses(guesses: Sequence[_Guess]) -> list[_Guess]:
    """Return the best guess for each column and field. Of equally strong guesses for one field, none stays strong."""
    strong: dict[str, list[_Guess]] = {}
    for guess in guesses:
        if guess.score >= USED_FROM:
            strong.setdefault(guess.field, []).append(guess)
    weakened = []
    for guess in guesses:
        rivals = [other.likeness for other in strong.get(guess.field, ()) if other.place != guess.place]
        is_better = guess.likeness >= _ALIKE_FROM and guess.likeness >= max(rivals, default=0) + _CLEARLY_BETTER
        weakened.append(guess.weak() if guess.score >= USED_FROM and rivals and not is_better else guess)
    best: dict[int, _Guess] = {}
    for guess in sorted(weakened, key=lambda each: (-each.score, each.place)):
        if guess.place not in best and guess.field not in {other.field for other in best.values()}:
            best[guess.place] = guess
    return list(best.values())

"""Suggest which column goes to which field: by its header, and by what its cells say (docs/rules.md, section 3).

A header that a field's name or a synonym spells is certain. Of the other columns, those are strong enough to be
used whose values are numbers of one register, whose header is a field's but for a slip and whose values agree, or
that have no header and are the only one of their kind. Everything else is offered; so is a column whose header speaks
of somebody or something else. One whose header says the opposite is offered with its words mapped, or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from client_import.fields.catalogue import BY_NAME
from client_import.fields.headers import distance, fields_of_header, fold, is_of_no_field, says_nothing
from client_import.mapping.content import (
    FIRST_OF_KIND,
    FITS_FROM,
    IDENTIFIERS,
    KIND,
    WITHOUT_A_SHAPE,
    Evidence,
    gather_evidence,
    looks_like_codes,
    looks_like_names,
)
from client_import.mapping.likeness import is_a_slip, likeness
from client_import.mapping.other_meaning import says_the_opposite, speaks_of_another
from client_import.mapping.profile import ColumnProfile
from client_import.mapping.turned_round import Words, allotted, readings_of

USED_FROM = 0.9
"""Suggestions with a lower score are offered, and never used on their own."""

_WEAK_AT_MOST = 0.89
_HALF_ALIKE = 0.5
_ALIKE_FROM = 0.7
_ALIKE_BUT_FOR_A_SLIP = 0.8
_CLEARLY_BETTER = 0.1
_UNLIKELY = 0.6
"""What remains of a score that the header gives, when the cells are of another kind."""

_OF_ANOTHER_AT_MOST = 0.5
"""The score of a column that speaks of somebody or something else."""

_TURNED_SCORE = 0.6
"""The score of a column that has to be turned round, or mapped word by word, to be used."""

_LEAST_VALUES = 3
_FIELD_OF_KIND_BY_CONTENT = {"yes_no": "VatRegistered"}
_KNOWN_WITHOUT_HEADER = frozenset({"email", "phone", "post_code", "url", "Type", "Status"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A guess that the column under ``csv_header`` is ``target_field``; ``score`` from 0 to 1.

    ``words`` are to be mapped then: pairs of word and member.
    """

    csv_header: str
    target_field: str
    score: float
    words: Words = ()


@dataclass(frozen=True, slots=True)
class _Guess:
    """A field that the column at ``place`` may be, and how much its header is like it, from 0 to 1."""

    place: int
    field: str
    score: float
    likeness: float

    def weak(self) -> _Guess:
        return replace(self, score=min(self.score, _WEAK_AT_MOST - 0.04))


@dataclass(frozen=True, slots=True)
class _Found:
    """The field of each place that has one for certain."""

    fields: dict[int, str] = field(default_factory=dict)

    @property
    def kinds(self) -> set[str]:
        return {KIND[name] for name in self.fields.values()}

    def free(self, fields: Iterable[str] = BY_NAME) -> list[str]:
        taken = set(self.fields.values())
        return [name for name in fields if name not in taken]


def suggest(columns: Sequence[ColumnProfile], *, is_returned: bool = False) -> list[Suggestion]:
    """Return at most one suggestion for a column, each field at most once, in the order of ``columns``.

    A header that a field or a synonym spells, case, spacing and punctuation aside, scores 1, whatever its cells
    are. The order of the rows does not matter. ``is_returned`` says that the rows are those that were not
    imported before: they may be too few to judge, so that one good value is enough then.
    """
    least = 1 if is_returned else _LEAST_VALUES
    headers = [column.header for column in columns]
    folded = frozenset(map(fold, headers))
    named = [fields_of_header(header, folded) for header in headers]
    open_places = _open_places(named)
    evidence = dict(zip(open_places, gather_evidence([columns[place] for place in open_places], least), strict=True))
    found = _certain(columns, named, evidence, least)
    free = [place for place in open_places if place not in found.fields and _may_be_guessed(headers[place])]
    readable = {
        place: readings_of(
            headers[place],
            columns[place].first_values,
            is_yes_no=evidence[place].fits.get("yes_no", 0) >= FITS_FROM,
        )
        for place in open_places
        if place not in found.fields
    }
    free = [place for place in free if not readable.get(place)]
    unlike = {place for place in free if named[place]}
    guesses = _settled(_guesses(columns, free, unlike, evidence, found, least))
    strong = [guess.field for guess in guesses if guess.score >= USED_FROM]
    turned = allotted(readable, {*found.fields.values(), *strong})
    taken = {reading.field for reading in turned.values()}
    scores: dict[int, tuple[str, float, Words]] = {place: (name, 1.0, ()) for place, name in found.fields.items()}
    scores |= {each.place: (each.field, round(each.score, 2), ()) for each in guesses if each.field not in taken}
    scores |= {place: (reading.field, _TURNED_SCORE, reading.words) for place, reading in turned.items()}
    return [Suggestion(headers[place], *scores[place]) for place in sorted(scores)]


def _may_be_guessed(header: str) -> bool:
    return not is_of_no_field(header) and not says_the_opposite(header)


def _is_of_another(header: str) -> bool:
    return not says_nothing(header) and speaks_of_another(header)


def _open_places(named: Sequence[tuple[str, ...]]) -> list[int]:
    """The places of the columns whose cells have a say: all but those that alone name one field."""
    claims: dict[str, int] = {}
    for fields in named:
        for name in fields:
            claims[name] = claims.get(name, 0) + 1
    return [place for place, fields in enumerate(named) if len(fields) != 1 or claims[fields[0]] > 1]


def _certain(
    columns: Sequence[ColumnProfile],
    named: Sequence[tuple[str, ...]],
    evidence: Mapping[int, Evidence],
    least: int,
) -> _Found:
    """Give each field to the header that is closest to it; one that has cells goes before one that has none."""
    claims = {
        place: fields[0] if len(fields) == 1 else _meant(fields, evidence[place], least)
        for place, fields in enumerate(named)
        if fields
    }

    def closeness(place: int) -> tuple[bool, bool, int, int]:
        far = distance(columns[place].header, claims[place])
        return far > 0, columns[place].filled == 0, far, place

    found = _Found()
    beaten = []
    for place in sorted(claims, key=closeness):
        if claims[place] in found.fields.values():
            beaten.append(place)
        else:
            found.fields[place] = claims[place]
    for place in beaten:
        for other in found.free(named[place]):
            if evidence[place].is_of(KIND[other], least):
                found.fields[place] = other
                break
    return found


def _meant(fields: tuple[str, ...], evidence: Evidence, least: int) -> str:
    """Which of the fields that a header names it means: the first, unless the cells clearly fit another better."""
    default, *others = fields
    has_a_shape = KIND[default] not in WITHOUT_A_SHAPE
    if evidence.cells and not (has_a_shape and evidence.fits.get(KIND[default], 0) >= 0.5):
        for other in others:
            kind = KIND[other]
            if evidence.is_of(kind, least) or (has_a_shape and evidence.fits.get(kind, 0) >= FITS_FROM):
                return other
    return default


def _guesses(
    columns: Sequence[ColumnProfile],
    free: Sequence[int],
    unlike: Collection[int],
    evidence: Mapping[int, Evidence],
    found: _Found,
    least: int,
) -> list[_Guess]:
    """Every field that each of the ``free`` columns may be; the headers of the ``unlike`` ones do not count.

    Those name a field that another column has.
    """
    fields = found.free()
    if not free or not fields:
        return []
    alike_by_place = likeness([columns[place].header for place in free], fields)
    alike_by_place[[place in unlike for place in free]] = 0
    kinds = {place: [kind for kind in FIRST_OF_KIND if evidence[place].is_of(kind, least)] for place in free}
    defaults = {_field_of_kind(kind) for kind in FIRST_OF_KIND if kind not in found.kinds}
    others = {place for place in free if _is_of_another(columns[place].header)}
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
                guesses.append(replace(guess, score=min(score, _OF_ANOTHER_AT_MOST)) if place in others else guess)
    return guesses


def _field_of_kind(kind: str) -> str:
    """The field that a column of the kind is when its header does not say which."""
    return _FIELD_OF_KIND_BY_CONTENT.get(kind, FIRST_OF_KIND[kind].name)


def _score_of_agreeing(header: str, name: str, alike: float, is_default: bool, is_only: bool) -> float:
    """The score of a column whose cells are of the field's kind; 0 when nothing tells it from the kind's others.

    ``is_default`` says that the field stands for its kind and no column is certain for one of the kind, ``is_only``
    that no other column is of it.
    """
    kind = KIND[name]
    is_known = kind in IDENTIFIERS or (says_nothing(header) and is_only and kind in _KNOWN_WITHOUT_HEADER)
    if (is_default and is_known) or (alike >= _ALIKE_BUT_FOR_A_SLIP and is_a_slip(header, name)):
        return USED_FROM + 0.09 * alike
    if alike >= _ALIKE_FROM:
        return min(_WEAK_AT_MOST, alike * _WEAK_AT_MOST + 0.05)
    if is_default or alike >= _HALF_ALIKE:
        return 0.5 + 0.3 * alike
    return 0.4 if kind in _KNOWN_WITHOUT_HEADER else 0


def _score_of_likeness(alike: float, evidence: Evidence, kind: str) -> float:
    """The score of a column whose header alone is like the field's; 0 when its cells say otherwise."""
    has_a_shape = kind not in WITHOUT_A_SHAPE
    if has_a_shape and evidence.cells >= _LEAST_VALUES and evidence.fits.get(kind, 0) < 0.5:
        return alike * _WEAK_AT_MOST * 0.8 if alike >= _ALIKE_BUT_FOR_A_SLIP else 0
    return alike * _WEAK_AT_MOST


def _score_of_text(column: ColumnProfile, name: str) -> float:
    if not column.filled or name not in ("Name", "Code"):
        return 0
    is_silent = says_nothing(column.header)
    if name == "Name":
        return 0.6 if looks_like_names(column, of_people=is_silent) else 0
    return 0.5 if is_silent and looks_like_codes(column) else 0


def _settled(guesses: Sequence[_Guess]) -> list[_Guess]:
    """Take the best guess for each column and field; of several strong ones for a field, none that is not better."""
    strong: dict[str, list[_Guess]] = {}
    for guess in guesses:
        if guess.score >= USED_FROM:
            strong.setdefault(guess.field, []).append(guess)
    settled = []
    for guess in guesses:
        rivals = [other.likeness for other in strong.get(guess.field, ()) if other.place != guess.place]
        is_better = guess.likeness >= _ALIKE_FROM and guess.likeness >= max(rivals, default=0) + _CLEARLY_BETTER
        settled.append(guess.weak() if guess.score >= USED_FROM and rivals and not is_better else guess)
    best: dict[int, _Guess] = {}
    for guess in sorted(settled, key=lambda each: (-each.score, each.place)):
        if guess.place not in best and guess.field not in {other.field for other in best.values()}:
            best[guess.place] = guess
    return list(best.values())

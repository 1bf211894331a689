"""Map columns to fields: as the user says, else as suggested (semantics.md, section 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from client_import.catalogue import BY_NAME, Field
from client_import.errors import OptionsError
from client_import.headers import field_of_header, fold, known_headers
from client_import.layout import Layout
from client_import.options import ColumnMapping, ImportOptions, MatchField
from client_import.saved_mappings import SavedMapping

USED_FROM = 0.9
"""Suggestions with a lower score are offered, and never used on their own."""

_OFFERED_FROM = 0.7


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A guess that the column under ``csv_header`` is ``target_field``; ``score`` from 0 to 1."""

    csv_header: str
    target_field: str
    score: float


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """The column at ``position`` of the file's own columns (from 0), with its header and its field's name."""

    position: int
    header: str
    field_name: str

    @property
    def field(self) -> Field:
        """The field of the catalogue."""
        return BY_NAME[self.field_name]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which columns of a file go to which fields, and the field its rows find their clients by."""

    columns: tuple[MappedColumn, ...]
    ignored_headers: tuple[str, ...]
    match_field: str

    def column_of(self, field_name: str) -> MappedColumn | None:
        """Return the column mapped to the field, or None."""
        return next((column for column in self.columns if column.field_name == field_name), None)

    @property
    def match_column(self) -> MappedColumn:
        """The column of the match field."""
        column = self.column_of(self.match_field)
        assert column is not None  # resolve() saw to it
        return column


def suggest(headers: Sequence[str]) -> list[Suggestion]:
    """Return at most one suggestion a header, each field at most once, in the order of ``headers``.

    A header that a field or a synonym spells, case, spacing and punctuation aside, scores 1; one that is merely
    like it less than ``USED_FROM``.
    """
    certain: dict[str, str] = {}
    for header in headers:
        field = field_of_header(header)
        if field is not None and field not in certain.values():
            certain[header] = field
    free = [header for header in headers if header not in certain]
    guesses = _weak_guesses(free, set(certain.values())) if free else {}
    found = {header: Suggestion(header, field, 1.0) for header, field in certain.items()} | guesses
    return [found[header] for header in headers if header in found]


def _weak_guesses(headers: Sequence[str], taken: set[str]) -> dict[str, Suggestion]:
    from rapidfuzz import fuzz, process  # 20 ms that only unknown headers cost

    known = {spelling: field for spelling, field in known_headers().items() if field not in taken}
    ranked = []
    for header in headers:
        best = process.extractOne(fold(header), list(known), scorer=fuzz.ratio, score_cutoff=_OFFERED_FROM * 100)
        if best is not None:
            spelling, score, _ = best
            ranked.append(Suggestion(header, known[spelling], round(min(score / 100, 1) * (USED_FROM - 0.01), 2)))
    guesses: dict[str, Suggestion] = {}
    for guess in sorted(ranked, key=lambda suggestion: -suggestion.score):
        if guess.target_field not in {other.target_field for other in guesses.values()}:
            guesses[guess.csv_header] = guess
    return guesses


def resolve(layout: Layout, options: ImportOptions, saved: SavedMapping | None) -> Mapping:
    """Return the mapping for a file with ``layout``: the inline one, else ``saved``, else the strong suggestions.

    Raises OptionsError for two columns to one field, a header the file does not have, a match field that no
    column is mapped to, and both a saved and an inline mapping.
    """
    if options.column_mappings is not None and options.mapping_code is not None:
        raise OptionsError(
            f"Both the saved mapping {options.mapping_code} and a mapping of its own were given; give one of them."
        )
    wanted: Sequence[ColumnMapping]
    if options.column_mappings is not None:
        wanted = options.column_mappings
    elif saved is not None:
        wanted = saved.column_mappings
    else:
        wanted = [
            ColumnMapping(csv_header=suggestion.csv_header, target_field=suggestion.target_field)
            for suggestion in suggest(layout.headers)
            if suggestion.score >= USED_FROM
        ]
    columns = _columns(layout, wanted)
    fields = [column.field_name for column in columns]
    for field, count in Counter(fields).items():
        if count > 1:
            headers = " and ".join(f'"{column.header}"' for column in columns if column.field_name == field)
            raise OptionsError(f"{headers} are mapped to one field, {field}; map one of them to it.")
    match_field = options.match_field or (saved.match_field if saved else None) or _default_match_field(fields)
    if match_field.value not in fields and layout.labels:
        raise OptionsError(_no_match_column(match_field, layout))
    mapped = {column.header for column in columns}
    return Mapping(
        columns=tuple(sorted(columns, key=lambda column: column.position)),
        ignored_headers=tuple(header for header in layout.headers if header not in mapped),
        match_field=match_field.value,
    )


def _columns(layout: Layout, wanted: Sequence[ColumnMapping]) -> list[MappedColumn]:
    by_fold = {header.strip().casefold(): position for position, header in reversed([*enumerate(layout.headers)])}
    columns = []
    for mapping in wanted:
        header = mapping.csv_header.strip()
        exact = layout.headers.index(header) if header in layout.headers else by_fold.get(header.casefold())
        if exact is None:
            raise OptionsError(
                f'The mapping names the header "{mapping.csv_header}", which the file does not have. '
                f"Its headers are: {', '.join(layout.headers) or 'none'}."
            )
        columns.append(MappedColumn(exact, layout.headers[exact], mapping.target_field))
    positions = Counter(column.position for column in columns)
    for column in columns:
        if positions[column.position] > 1:
            raise OptionsError(f'The header "{column.header}" is mapped twice; map it to one field.')
    return columns


def _default_match_field(fields: Sequence[str]) -> MatchField:
    return MatchField.CODE if MatchField.CODE.value in fields else MatchField.NAME


def _no_match_column(match_field: MatchField, layout: Layout) -> str:
    headers = ", ".join(layout.headers) or "none"
    return (
        f"No column is mapped to {match_field.value}, the field rows find their client by. "
        f'Map one to it (--map "HEADER={match_field.value}") or match on another field (--match-on). '
        f"The file's headers are: {headers}."
    )

"""Map columns to fields: as the user says, else as suggested (semantics.md, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from client_import.catalogue import BY_NAME, Field
from client_import.errors import OptionsError
from client_import.headers import fields_of_header
from client_import.layout import IMPORT_COLUMNS, Layout
from client_import.near import did_you_mean, listed
from client_import.options import ColumnMapping, ImportOptions, MatchField, Mode
from client_import.saved_mappings import SavedMapping, conflict
from client_import.suggestions import USED_FROM, Suggestion

_NEEDED = ("Name", "Type")
"""The fields that a row cannot do without where it creates a client (semantics.md, section 4)."""


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

    def notes(self, options: ImportOptions) -> list[str]:
        """Return the sentences about columns that are not imported, and needed fields that no column goes to."""
        notes = []
        if self.ignored_headers:
            notes.append(f"Columns that are not imported: {listed(self.ignored_headers)}.")
        needed = [name for name in _NEEDED if self.columns and self.column_of(name) is None]
        if options.default_client_type is not None and "Type" in needed:
            needed.remove("Type")
        if needed and options.import_mode is not Mode.UPDATE_ONLY:
            advice = "Map one, or give a default type." if needed == ["Type"] else "Map one."
            notes.append(
                f"No column goes to {' and '.join(needed)}, which every new client needs: rows of new clients are "
                f"rejected. {advice}"
            )
        return notes

    @property
    def match_column(self) -> MappedColumn:
        """The column of the match field."""
        column = self.column_of(self.match_field)
        assert column is not None  # resolve() saw to it
        return column


def suggested_mapping(suggestions: Sequence[Suggestion]) -> list[ColumnMapping]:
    """Return what is used of ``suggestions`` when nobody says otherwise: the strong ones."""
    return [
        ColumnMapping(csv_header=suggestion.csv_header, target_field=suggestion.target_field)
        for suggestion in suggestions
        if suggestion.score >= USED_FROM
    ]


def resolve(
    layout: Layout, options: ImportOptions, saved: SavedMapping | None, suggestions: Sequence[Suggestion]
) -> Mapping:
    """Return the mapping for a file with ``layout``: the inline one, else ``saved``, else the strong ``suggestions``.

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
        wanted = suggested_mapping(suggestions)
    columns = _columns(layout, wanted, f"The mapping {saved.code}" if saved else "The mapping")
    fields = [column.field_name for column in columns]
    match_field = options.match_field or (saved.match_field if saved else None) or _default_match_field(fields)
    if match_field.value not in fields and layout.labels:
        raise OptionsError(_no_match_column(match_field, layout, suggestions))
    mapped = {column.header for column in columns}
    return Mapping(
        columns=tuple(sorted(columns, key=lambda column: column.position)),
        ignored_headers=tuple(header for header in layout.headers if header not in mapped),
        match_field=match_field.value,
    )


def _columns(layout: Layout, wanted: Sequence[ColumnMapping], whose: str) -> list[MappedColumn]:
    by_fold = {header.strip().casefold(): position for position, header in reversed([*enumerate(layout.headers)])}
    columns = []
    for mapping in wanted:
        header = mapping.csv_header.strip()
        exact = layout.headers.index(header) if header in layout.headers else by_fold.get(header.casefold())
        if exact is None:
            is_known = _is_table_of_clients(layout, [each.csv_header for each in wanted])
            near = did_you_mean(header, layout.headers) if is_known else ""
            raise OptionsError(
                f'{whose} names the header "{mapping.csv_header}", which the file does not have. '
                f"{near}{_its_headers(layout, is_known)}"
            )
        columns.append(MappedColumn(exact, layout.headers[exact], mapping.target_field))
    fault = conflict([(column.header, column.field_name) for column in columns])
    if fault:
        raise OptionsError(fault)
    return columns


def _default_match_field(fields: Sequence[str]) -> MatchField:
    return MatchField.CODE if MatchField.CODE.value in fields else MatchField.NAME


def _no_match_column(match_field: MatchField, layout: Layout, suggestions: Sequence[Suggestion]) -> str:
    is_known = _is_table_of_clients(layout)
    found = [each.csv_header for each in suggestions if each.target_field == match_field.value]
    if found and is_known:
        advice = (
            f'Perhaps it is "{found[0]}": --map "{found[0]}={match_field.value}". With --map, map every other column '
            f"you want as well, or keep the suggestion and add to it: client-import mappings save CODE --from FILE "
            f'--map "{found[0]}={match_field.value}", then --mapping CODE. '
        )
    else:
        advice = f'Map one to it (--map "HEADER={match_field.value}") or match on another field (--match-on). '
    return (
        f"No column is mapped to {match_field.value}, the field rows find their client by. {advice}"
        f"{_its_headers(layout, is_known)}"
    )


def _is_table_of_clients(layout: Layout, named: Sequence[str] = ()) -> bool:
    """Whether the labels may be told: they are not the file's, or one of them is known, or was ``named`` by the user.

    A file that is something else has a secret in its first line as likely as a header.
    """
    folded = {header.strip().casefold() for header in named}
    return not layout.has_header_row or any(
        label in IMPORT_COLUMNS or label.casefold() in folded or fields_of_header(label) for label in layout.labels
    )


def _its_headers(layout: Layout, is_known: bool) -> str:
    if is_known:
        return f"The file's headers are: {listed(layout.headers)}."
    return "None of its headers is a known one; `client-import preview FILE` shows them."

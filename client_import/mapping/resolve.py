"""Decide which column goes to which field: the given mapping, else the saved one, else the suggestions.

See docs/rules.md, section 3.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from client_import.did_you_mean import did_you_mean, listed
from client_import.errors import OptionsError
from client_import.field_types.characters import trim_text
from client_import.field_types.value_mappings import MappedWords, ValueMapping, of_field, together
from client_import.fields.catalogue import BY_NAME, Field
from client_import.fields.headers import fields_of_header, fold
from client_import.mapping.meaning_notes import notes_on_meaning
from client_import.mapping.saved import SavedMapping, conflict
from client_import.mapping.suggest import USED_FROM, Suggestion
from client_import.options import ColumnMapping, ImportOptions, MatchField, Mode
from client_import.reading.layout import IMPORT_COLUMNS, Layout

_NEEDED = ("Name", "Type")
"""The fields that a row needs to create a client (docs/rules.md, section 4)."""

_CONTACTS = {
    "Name": {"organizationname", "organization1name", "company"},
    "ContactFirstName": {"firstname", "givenname"},
    "ContactLastName": {"lastname", "familyname"},
}
"""The folded headers of names in contact lists exported by Google and Outlook, by field."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column and its field; ``position`` is its index among ``Layout.headers``."""

    position: int
    header: str
    field_name: str

    @property
    def field(self) -> Field:
        """The field in the catalogue."""
        return BY_NAME[self.field_name]


@dataclass(frozen=True, slots=True)
class Mapping:
    """The mapping of a file: which column goes to which field, and the match field.

    ``values`` are the value mappings of each field that has any. ``offers`` are columns that are not used, each with
    the value mappings that would make it usable.
    """

    columns: tuple[MappedColumn, ...]
    ignored_headers: tuple[str, ...]
    match_field: str
    values: tuple[MappedWords, ...] = ()
    offers: tuple[MappedWords, ...] = ()

    def column_of(self, field_name: str) -> MappedColumn | None:
        """Return the column mapped to the field, or None."""
        return next((column for column in self.columns if column.field_name == field_name), None)

    @property
    def gives_codes(self) -> bool:
        """Whether rows that match a client, or create one, by another value may give it a Code."""
        return self.match_field != MatchField.CODE and self.column_of("Code") is not None

    def pairs_of(self, field_name: str) -> tuple[tuple[str, str], ...]:
        """Return the value mappings of the field, as pairs of word and member."""
        return next((words.pairs for words in self.values if words.field_name == field_name), ())

    @property
    def people(self) -> tuple[MappedColumn, ...]:
        """The columns of first and last names that name a client without an organisation; empty for most files.

        That applies to contact lists exported by Google or Outlook that are matched by name (docs/rules.md, section 3).
        """
        names = [self.column_of(field) for field in ("Name", "ContactFirstName", "ContactLastName")]
        found = [
            column for column in names if column is not None and fold(column.header) in _CONTACTS[column.field_name]
        ]
        return tuple(found[1:]) if len(found) == len(names) and self.match_field == "Name" else ()

    def notes(self, options: ImportOptions) -> list[str]:
        """Return notes on columns that are not imported and required fields without a column, in sentences."""
        used = {column.header: column.field for column in self.columns}
        creates = options.import_mode is not Mode.UPDATE_ONLY
        notes = notes_on_meaning(used, self.ignored_headers, self.values, self.offers, creates=creates)
        if self.people:
            first, last = self.people
            notes.append(
                f"Where {self.match_column.header} is blank, the client is named by {first.header} and {last.header}."
            )
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
        """The column that is mapped to the match field."""
        column = self.column_of(self.match_field)
        assert column is not None  # resolve() checks this
        return column


def suggested_mapping(suggestions: Sequence[Suggestion]) -> list[ColumnMapping]:
    """Return the column mappings for those ``suggestions`` that are used by default, with a score from 0.9."""
    return [
        ColumnMapping(csv_header=suggestion.csv_header, target_field=suggestion.target_field)
        for suggestion in suggestions
        if suggestion.score >= USED_FROM
    ]


def chosen_mapping(
    options: ImportOptions, saved: SavedMapping | None, suggestions: Sequence[Suggestion]
) -> Sequence[ColumnMapping]:
    """Return the column mappings that count: those of ``options``, else of ``saved``, else the strong suggestions."""
    if options.column_mappings is not None:
        return options.column_mappings
    return saved.column_mappings if saved is not None else suggested_mapping(suggestions)


def chosen_match_field(options: ImportOptions, saved: SavedMapping | None, fields: Collection[str]) -> MatchField:
    """Return the match field: that of ``options``, else of ``saved``, else Code if it is in ``fields``, else Name."""
    if options.match_field is not None:
        return options.match_field
    if saved is not None and saved.match_field is not None:
        return saved.match_field
    return MatchField.CODE if MatchField.CODE.value in fields else MatchField.NAME


def resolve(
    layout: Layout, options: ImportOptions, saved: SavedMapping | None, suggestions: Sequence[Suggestion]
) -> Mapping:
    """Return the mapping for a file with ``layout``: the one in ``options``, else ``saved``, else ``suggestions``.

    Of the suggestions only those with a score from 0.9 are used. Raises OptionsError if two columns go to one field or
    one column to two, if the file lacks a header, if no column goes to the match field, or if the options both contain
    a mapping and name a saved one (docs/rules.md, section 3).
    """
    if options.column_mappings is not None and options.mapping_code is not None:
        raise OptionsError(
            f"Both the saved mapping {options.mapping_code} and a mapping of its own were given; give one of them.",
            "column_mappings",
        )
    columns = _columns(layout, chosen_mapping(options, saved, suggestions), saved)
    values = together(options.value_mappings or (), saved.value_mappings if saved else ())
    fields = [column.field_name for column in columns]
    match_field = chosen_match_field(options, saved, fields)
    if match_field.value not in fields and layout.labels:
        raise _no_match_column(match_field, layout, suggestions)
    mapped = {column.header for column in columns}
    return Mapping(
        columns=tuple(sorted(columns, key=lambda column: column.position)),
        ignored_headers=tuple(header for header in layout.headers if header not in mapped),
        match_field=match_field.value,
        values=_words(values, columns),
        offers=tuple(
            MappedWords(each.target_field, each.words, each.csv_header)
            for each in suggestions
            if each.words and each.csv_header not in mapped and each.target_field not in fields
        ),
    )


def _words(values: Sequence[ValueMapping], columns: Sequence[MappedColumn]) -> tuple[MappedWords, ...]:
    headers = {column.field_name: column.header for column in columns}
    return tuple(
        MappedWords(field, tuple(of_field(values, field)), headers.get(field))
        for field in dict.fromkeys(each.target_field for each in values)
    )


def _columns(layout: Layout, wanted: Sequence[ColumnMapping], saved: SavedMapping | None) -> list[MappedColumn]:
    whose, option = (f"The mapping {saved.code}", "mapping_code") if saved else ("The mapping", "column_mappings")
    by_fold = {header.strip().casefold(): position for position, header in reversed([*enumerate(layout.headers)])}
    columns = []
    for mapping in wanted:
        header = trim_text(mapping.csv_header)
        exact = layout.headers.index(header) if header in layout.headers else by_fold.get(header.casefold())
        if exact is None:
            is_known = _is_table_of_clients(layout, [each.csv_header for each in wanted])
            near = did_you_mean(header, layout.headers) if is_known else ""
            raise OptionsError(
                f'{whose} names the header "{mapping.csv_header}", which the file does not have. '
                f"{near}{_its_headers(layout, is_known)}",
                option,
                _no_header(layout, is_known).rstrip(),
                _no_header(layout, is_known, " (--no-header)").rstrip(),
            )
        columns.append(MappedColumn(exact, layout.headers[exact], mapping.target_field))
    wrong = conflict([(column.header, column.field_name) for column in columns])
    if wrong:
        raise OptionsError(wrong, option)
    return columns


def _no_match_column(match_field: MatchField, layout: Layout, suggestions: Sequence[Suggestion]) -> OptionsError:
    is_known = _is_table_of_clients(layout)
    wrong = f"No column is mapped to {match_field.value}, the field rows find their client by"
    found = [each.csv_header for each in suggestions if each.target_field == match_field.value]
    if found and is_known:
        return OptionsError(
            f'{wrong}; perhaps it is "{found[0]}".',
            "match_field",
            f"Map that to {match_field.value} in the {{column_mappings}}, and every other column you want as well; or "
            "choose another {match_field}.",
            f'Map it with --map "{found[0]}={match_field.value}", and every other column you want as well, or keep the '
            "suggestion and add to it: client-import mappings save CODE --from FILE "
            f'--map "{found[0]}={match_field.value}", then --mapping CODE.',
        )
    return OptionsError(
        f"{wrong}. {_its_headers(layout, is_known)}",
        "match_field",
        f"{_no_header(layout, is_known)}Map one to {match_field.value} in the {{column_mappings}}, or choose another "
        "{match_field}.",
        f'{_no_header(layout, is_known, " (--no-header)")}Map one to it (--map "HEADER={match_field.value}") or match '
        "on another field (--match-on).",
    )


def _is_table_of_clients(layout: Layout, named: Sequence[str] = ()) -> bool:
    """Return whether the labels may be quoted: they are generated, or one of them is known or in ``named``.

    The first line of a file that is no table of clients may be a secret rather than a header row. ``named`` are the
    headers given by the user.
    """
    folded = {trim_text(header).casefold() for header in named}
    return not layout.has_header_row or any(
        label in IMPORT_COLUMNS or label.casefold() in folded or fields_of_header(label) for label in layout.labels
    )


def _its_headers(layout: Layout, is_known: bool) -> str:
    if is_known:
        return f"The file's headers are: {listed(layout.headers)}."
    return "None of its headers is a known one; the preview shows them."


def _no_header(layout: Layout, is_known: bool, option: str = "") -> str:
    """Return the advice for a file that may have no header row; ``option`` names the option."""
    if is_known:
        return ""
    return f"If row {layout.header_row} is no header but a client, say that the file has no header{option}. "

"""The table of the page that shows the field of each column."""

from __future__ import annotations

from dataclasses import dataclass

from client_import.fields.catalogue import BY_NAME
from client_import.mapping.resolve import chosen_mapping, chosen_match_field
from client_import.mapping.saved import SavedMapping, conflict
from client_import.mapping.yes_no_columns import INVERTED, Words
from client_import.options import ImportOptions
from client_import.preview import Preview
from client_import.validation.validate import MASK
from service.page.labels import label_of

CHOSEN_FROM_LISTS = 80
"""Files with more columns share one list of fields to search in, instead of one for each column."""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column: ``field`` is the field it is mapped to, or empty if it is not imported.

    ``offered`` is a suggested field that is not used, and ``score`` the score of the suggestion, if the field is the
    suggested one. ``words`` are the value mappings that a suggestion needs, as pairs of word and member.
    """

    header: str
    samples: tuple[str, ...]
    fill_rate: float
    field: str
    offered: str
    score: float | None
    words: Words = ()

    @property
    def how(self) -> str:
        """How the words of an offered column are mapped: reversed, or to which members; mostly empty."""
        if self.words == INVERTED:
            return ", reversed"
        return f": {', '.join(f'{word.lower()} = {member}' for word, member in self.words)}" if self.words else ""


def column_rows(preview: Preview, options: ImportOptions, saved: SavedMapping | None) -> list[ColumnRow]:
    """Return the columns in the order of the file, even if the preview has no mapping because it does not fit."""
    fields = dict(_wanted(preview, options, saved))
    suggested = {each.csv_header: each for each in preview.suggestions}
    taken = set(fields.values())
    rows = []
    for profile in preview.profiles:
        field, guess = fields.get(profile.header, ""), suggested.get(profile.header)
        target = guess.target_field if guess else ""
        is_sensitive = any(name in BY_NAME and BY_NAME[name].sensitive for name in (field, target))
        is_offered = guess is not None and not field and target not in taken
        rows.append(
            ColumnRow(
                header=profile.header,
                samples=tuple(MASK if is_sensitive else value for value in profile.first_values),
                fill_rate=profile.fill_rate,
                field=field,
                offered=target if is_offered else "",
                score=guess.score if guess and (is_offered or target == field) else None,
                words=guess.words if guess and is_offered else (),
            )
        )
    return rows


def _wanted(preview: Preview, options: ImportOptions, saved: SavedMapping | None) -> list[tuple[str, str]]:
    """Return pairs of header and field as they would be mapped, whether they fit the file or not."""
    if preview.mapping is not None:
        return [(column.header, column.field_name) for column in preview.mapping.columns]
    wanted = chosen_mapping(options, saved, preview.suggestions)
    by_fold = {header.casefold(): header for header in preview.layout.headers}
    return [(by_fold.get(each.csv_header.casefold(), each.csv_header), each.target_field) for each in wanted]


def objection_to(preview: Preview, options: ImportOptions, saved: SavedMapping | None) -> str | None:
    """Return why the import cannot start like this, and what to do about it on the page; None if it can."""
    if preview.mapping is not None:
        return None
    pairs = _wanted(preview, options, saved)
    there = [(header, field) for header, field in pairs if header in preview.layout.headers]
    clash = conflict(pairs)
    if len(there) < len(pairs) or clash:
        return clash or preview.objection
    fields = {field for _, field in pairs}
    wanted = chosen_match_field(options, saved, fields).value
    if wanted in fields:
        return preview.objection
    likely = [each.csv_header for each in preview.suggestions if each.target_field == wanted]
    advice = f' Perhaps it is the column "{likely[0]}".' if likely else ""
    return (
        f"No column goes to {label_of(wanted)}, by which rows find their client.{advice} "
        f"Choose {label_of(wanted)} for one of the columns below, or recognise clients by another field."
    )

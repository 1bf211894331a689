"""The table of the page that shows words of columns whose fields have a list: choose what each one means."""

from __future__ import annotations

from dataclasses import dataclass

from client_import.field_types.mapped_words import choices, key_of
from client_import.fields.catalogue import BY_NAME
from client_import.mapping.saved import SavedMapping
from client_import.preview import Preview


@dataclass(frozen=True, slots=True)
class WordRow:
    """A word in the column ``header``, and the ``member`` it is mapped to, or empty.

    ``count`` is how many cells of the file have it, or None where that is not known: without a plan, and for words that
    are mapped. ``saved`` is the member that the chosen saved mapping has for it, or empty. ``place`` names its fields
    in the form, and stays the same when the plan comes.
    """

    place: int
    header: str
    field: str
    word: str
    member: str
    count: int | None
    saved: str
    choices: tuple[str, ...]


def word_rows(preview: Preview, saved: SavedMapping | None) -> list[WordRow]:
    """Return the words that are mapped, and those that are not known, column by column.

    Without a plan, these are words in the first rows, and with it words in the whole file.
    """
    theirs = {each.key: each.member for each in saved.value_mappings} if saved else {}
    headers = {each.target_field: each.header for each in preview.columns if each.is_used and each.target_field}
    words = [
        (field, word, member)
        for field, column in zip(headers, (each for each in preview.columns if each.is_used), strict=True)
        for word, member in (*column.words, *((word, "") for word in column.unknown_words))
    ]
    counted = _counted(preview)
    seen = {(field, key_of(word)) for field, word, _ in words}
    words += [(field, word, "") for (field, key), (word, _) in counted.items() if (field, key) not in seen]
    rows = [
        WordRow(
            place=place,
            header=headers[field],
            field=field,
            word=word,
            member=member,
            count=counted.get((field, key_of(word)), ("", None))[1],
            saved=theirs.get((field, key_of(word)), ""),
            choices=choices(BY_NAME[field]),
        )
        for place, (field, word, member) in enumerate(words)
    ]
    at = {field: number for number, field in enumerate(headers)}
    return sorted(rows, key=lambda row: (at[row.field], not row.member, -(row.count or 0), row.place))


def other_words(preview: Preview) -> list[tuple[str, int]]:
    """Return the columns of which not all unknown words are named, with how many cells have another one."""
    return [(each.header, each.others) for each in preview.run.unknown if each.others] if preview.run else []


def _counted(preview: Preview) -> dict[tuple[str, str | None], tuple[str, int]]:
    """Return the words of the plan that mean no member, with their number, by field and key."""
    unknown = preview.run.unknown if preview.run else ()
    return {(each.field, key_of(word)): (word, count) for each in unknown for word, count in each.words}

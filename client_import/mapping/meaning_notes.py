"""Notes on columns whose meaning is lost or may be reversed by the mapping (docs/rules.md, section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from client_import.did_you_mean import listed
from client_import.field_types.value_mappings import MappedWords
from client_import.fields.catalogue import Field
from client_import.fields.headers import fields_of_header
from client_import.mapping.other_meaning import is_negated
from client_import.mapping.yes_no_columns import INVERTED, is_about_consent, is_about_status


def notes_on_meaning(
    used: Mapping[str, Field],
    ignored: Sequence[str],
    values: Sequence[MappedWords],
    offers: Sequence[MappedWords],
    *,
    creates: bool,
) -> list[str]:
    """Return notes on the meaning of columns, in sentences.

    ``used`` maps the header of each imported column to its field; ``ignored`` are the other headers. ``values`` are the
    value mappings in use; ``offers`` are those that would make an ignored column usable. ``creates`` says whether the
    import can create clients.
    """
    notes = []
    consents = [header for header in ignored if is_about_consent(header)]
    if consents:
        notes.append(
            f"Columns that say who may be contacted, or may not, are not imported: {listed(consents)}. "
            f"Nothing of that is stored.{_could_be([each for each in offers if each.header in consents])}"
        )
    has_status = any(field.name == "Status" for field in used.values())
    statuses = [header for header in ignored if not has_status and header not in consents and is_about_status(header)]
    if statuses:
        others = " New clients become Active, whatever these columns say." if creates else ""
        notes.append(
            f"Columns that say which clients are active are not imported: {listed(statuses)}."
            f"{others}{_could_be([each for each in offers if each.header in statuses])}"
        )
    rest = [each for each in offers if each.header not in (*consents, *statuses)]
    if rest:
        headers = [each.header or "" for each in rest]
        notes.append(f"Columns that say the opposite of a field are not imported: {listed(headers)}.{_could_be(rest)}")
    mapped = {words.field_name for words in values}
    for header, field in used.items():
        is_opposite = is_negated(header) and not fields_of_header(header)
        if field.type == "yes_no" and field.name not in mapped and is_opposite:
            notes.append(
                f"The name of the column {header} says the opposite of {field.name}, but its Yes is read as Yes. "
                f"If that is wrong, map its values: {_in_words(INVERTED)}."
            )
    fields = {field.name for field in used.values()}
    unused = [words.field_name for words in values if words.field_name not in fields]
    if unused:
        notes.append(f"Values are mapped for {listed(unused)}, but no column is mapped to it, so they change nothing.")
    return notes


def _could_be(offers: Sequence[MappedWords]) -> str:
    if not offers:
        return ""
    uses = listed([f"{each.header} as {each.field_name} with {_in_words(each.pairs)}" for each in offers])
    return f" They can be used with their values mapped: {uses}."


def _in_words(pairs: Sequence[tuple[str, str]]) -> str:
    return " and ".join(f"{word} = {member}" for word, member in pairs)

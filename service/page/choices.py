"""What can be chosen on the page: each option of an import, as it is declared, with what was detected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from client_import.options import NO_QUOTE, OFFERED, Concern, ImportOptions, Section, members_of
from client_import.reading.layout import Layout
from service.page.labels import label_of

_HEADER_ROWS = 15


@dataclass(frozen=True, slots=True)
class Choice:
    """One option: a list to choose from, or a text where ``choices`` is empty.

    ``choices`` are values with their words; ``unset`` is what holds where a text is empty, and ``hint`` says in a line
    what the option does.
    """

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    value: str
    hint: str
    unset: str = ""


def choices_of(
    section: Section, options: ImportOptions, layout: Layout | None, match_field: str | None
) -> tuple[Choice, ...]:
    """Return the options that a section of the page offers; ``match_field`` is the one that is used."""
    used = {"match_field": f"{label_of(match_field)} (usual)"} if match_field and not options.match_field else {}
    offered = [name for name, each in OFFERED.items() if each.section is section and name != "has_header_row"]
    return tuple(
        _header(options, layout) if name == "header_row" else _choice(name, options, layout, used) for name in offered
    )


def _choice(name: str, options: ImportOptions, layout: Layout | None, used: Mapping[str, str]) -> Choice:
    offered, declared = OFFERED[name], ImportOptions.model_fields[name]
    words = {_text(value): told for value, told in offered.words.items()}
    words = words or {member.value: label_of(member.value) for member in members_of(name)}
    value = _text(getattr(options, name))
    if name == "sheet" and layout is not None:
        words = {sheet: sheet for sheet in layout.sheets}
    if words and declared.default is None:
        unset = used.get(name) or offered.unset
        if offered.concern is Concern.LAYOUT:
            found = _text(getattr(layout, name) or NO_QUOTE) if layout else ""
            unset = f"{words.get(found, found)} (detected)" if found and not value else "detect it"
        words = {"": unset, **words}
        words.setdefault(value, value)
    return Choice(name, offered.label, tuple(words.items()), value, declared.description or "", offered.unset)


def _text(value: object) -> str:
    """The value as a form has it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _header(options: ImportOptions, layout: Layout | None) -> Choice:
    """Whether there is a header, and in which row, which are two options: one list."""
    found = "detect it"
    if layout is not None and options.header_row is None and options.has_header_row is None:
        found = f"in row {layout.header_row} (detected)" if layout.header_row else "none (detected)"
    rows = [(str(row), f"in row {row}") for row in range(1, _HEADER_ROWS + 1)]
    rows += [(f"{row}-{row + 1}", f"in rows {row} and {row + 1}") for row in range(1, 6)]
    value = options.header_row or ("none" if options.has_header_row is False else "")
    if value and value not in dict(rows) and value != "none":
        rows.append((value, f"in row {value}"))
    told = ImportOptions.model_fields["header_row"].description or ""
    return Choice("header", OFFERED["header_row"].label, (("", found), ("none", "there are none"), *rows), value, told)

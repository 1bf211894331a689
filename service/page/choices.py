"""What can be chosen on the page: each option of an import, in words."""

from __future__ import annotations

from dataclasses import dataclass

from client_import.options import (
    NO_QUOTE,
    BlankCells,
    ClientType,
    Duplicates,
    Escape,
    ImportOptions,
    LineEnding,
    MatchField,
    Mode,
)
from client_import.reading.layout import Layout
from service.page.labels import label_of

_HEADER_ROWS = 15
_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (with a mark)",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "windows-1252": "Windows-1252 (Western)",
    "latin-1": "Latin-1 (Western)",
}
_DELIMITERS = {",": "comma ,", ";": "semicolon ;", "\t": "tab", "|": "bar |", ":": "colon :", "^": "caret ^"}
_QUOTES = {'"': 'double quote "', "'": "single quote '", NO_QUOTE: "nothing is in quotes"}
_ESCAPES: dict[str, str] = {Escape.DOUBLED: "written twice", Escape.BACKSLASH: "behind a backslash"}
_LINE_ENDINGS: dict[str, str] = {
    LineEnding.CRLF: "Windows (CRLF)",
    LineEnding.LF: "Unix and Mac (LF)",
    LineEnding.CR: "old Mac (CR)",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as a list to choose from: ``choices`` are values with their words, the empty value comes first.

    ``hint`` says in a line what the option does.
    """

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    value: str
    hint: str = ""


def file_choices(options: ImportOptions, layout: Layout | None) -> tuple[Choice, ...]:
    """Return how the file is read, what most people may have to change: encoding, delimiter, header, date order."""
    found = layout or Layout("", "", "", (), 0)
    return (
        _detected(
            "encoding",
            "Text encoding",
            _ENCODINGS,
            options.encoding,
            found.encoding,
            "Change it when é or £ looks wrong",
        ),
        _detected("delimiter", "Column separator", _DELIMITERS, options.delimiter, found.delimiter),
        _header(options, layout),
        Choice(
            "day_first",
            "Dates",
            (("true", "day first: 31/12/2024"), ("false", "month first: 12/31/2024")),
            str(options.day_first).lower(),
            "Never guessed; 2024-12-31 is read either way",
        ),
    )


def rare_file_choices(options: ImportOptions, layout: Layout | None) -> tuple[Choice, ...]:
    """Return how the file is read, what hardly anybody changes: quote, escape, line ending."""
    found = layout or Layout("", "", "", (), 0)
    return (
        _detected("quote", "Around cells", _QUOTES, options.quote, found.quote or NO_QUOTE),
        _detected("escape", "A quote inside quotes is", _ESCAPES, options.escape, found.escape),
        _detected("line_ending", "Ends a row", _LINE_ENDINGS, options.line_ending, found.line_ending),
    )


def import_choices(options: ImportOptions, match_field: str | None) -> tuple[Choice, ...]:
    """Return what decides which clients change: match field and mode; ``match_field`` is the one that is used."""
    default = label_of(match_field) if match_field and options.match_field is None else "Code if mapped, else Name"
    return (
        Choice(
            "match_field",
            "Recognise a client by",
            (("", f"{default} (usual)"), *((field.value, label_of(field.value)) for field in MatchField)),
            options.match_field or "",
            "A row with the same value belongs to that client",
        ),
        Choice(
            "import_mode",
            "Change",
            (
                (Mode.CREATE_AND_UPDATE, "create new clients and update known ones"),
                (Mode.CREATE_ONLY, "only create new clients"),
                (Mode.UPDATE_ONLY, "only update known clients"),
            ),
            options.import_mode,
            "Rows for the other clients are skipped",
        ),
    )


def rare_import_choices(options: ImportOptions) -> tuple[Choice, ...]:
    """Return what most imports leave as it is: default type, blank cells, duplicates."""
    return (
        Choice(
            "default_client_type",
            "Type of new clients without one",
            (("", "none: such rows are rejected"), *((kind.value, label_of(kind.value)) for kind in ClientType)),
            options.default_client_type or "",
            "A new client needs a type",
        ),
        Choice(
            "blank_cells",
            "A blank cell",
            ((BlankCells.KEEP, "keeps what is stored"), (BlankCells.CLEAR, "empties what is stored")),
            options.blank_cells,
            "A cell that says #N/A always empties it",
        ),
        Choice(
            "duplicates",
            "The same client in several rows",
            (
                (Duplicates.REJECT, "reject them when they differ"),
                (Duplicates.FIRST, "use the first row"),
                (Duplicates.LAST, "use the last row"),
            ),
            options.duplicates,
            "Rows that say the same are used once, and not rejected",
        ),
    )


def _detected(name: str, label: str, known: dict[str, str], chosen: str | None, found: str, hint: str = "") -> Choice:
    """The choice of what was detected: it is the empty value, and the first."""
    words = f"{known.get(found, found)} (detected)" if found and chosen is None else "detect it"
    choices = [("", words), *((str(value), word) for value, word in known.items())]
    if chosen is not None and chosen not in known:
        choices.append((chosen, chosen))
    return Choice(name, label, tuple(choices), chosen or "", hint)


def _header(options: ImportOptions, layout: Layout | None) -> Choice:
    found = "detect it"
    if layout is not None and options.header_row is None and options.has_header_row is None:
        found = f"in row {layout.header_row} (detected)" if layout.header_row else "none (detected)"
    rows = [(str(row), f"in row {row}") for row in range(1, _HEADER_ROWS + 1)]
    rows += [(f"{row}-{row + 1}", f"in rows {row} and {row + 1}") for row in range(1, 6)]
    value = options.header_row or ("none" if options.has_header_row is False else "")
    if value and value not in dict(rows) and value != "none":
        rows.append((value, f"in row {value}"))
    return Choice("header", "Header", (("", found), ("none", "there are none"), *rows), value)

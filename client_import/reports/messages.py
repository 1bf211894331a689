"""The message for each reason: what is wrong, and what to do (docs/rules.md, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from client_import.field_types.hints import Hint
from client_import.field_types.registry import VALUE_TYPES
from client_import.field_types.sentences import possible_hints, sentence
from client_import.fields.catalogue import BY_NAME, Field
from client_import.mapping.resolve import Mapping
from client_import.row_errors import RECORD_REASONS, Reason, SkipReason, StopReason

LONGEST_SHOWN = 80
"""A message quotes at most this many characters of a value or header."""

SKIP_SENTENCES = {
    SkipReason.UNCHANGED: "The client is already as this row says; there was nothing to change.",
    SkipReason.NO_MATCH: "No client has this {match}, and the mode UpdateOnly creates none.",
    SkipReason.ALREADY_EXISTS: "A client with this {match} exists, and the mode CreateOnly changes none.",
    SkipReason.DUPLICATE_OF_ROW: "The same client as in row {row}, which was used instead.",
}

_STOPPED = (
    "Nothing is wrong with this row. It was not imported because more rows of the file were rejected than max errors "
    "allows; put those right, and send all of them again."
)

_PUT_RIGHT = "In the file of rejected rows, put its cells right and then empty import_record."

_ROW_SENTENCES = {
    Reason.TOO_MANY_CELLS: 'The row has more cells than the header. Left over: "{value}". '
    f"A cell that has the delimiter in it needs quotes around it. {_PUT_RIGHT}",
    Reason.UNCLOSED_QUOTE: f"A quote is opened in this row and never closed. {_PUT_RIGHT}",
    Reason.BAD_ENCODING: "The row has bytes that are not valid in the file's encoding, or NUL. "
    f"Type the damaged words again. {_PUT_RIGHT}",
    Reason.ANOTHER_TABLE: "The row belongs to another table of the file, whose header is row {value}. "
    "Save that table as a file of its own; here, remove the row.",
    Reason.FOOTER: 'The row is a line of the report, such as a total or a date, and no client: "{value}". Remove it.',
    Reason.TOO_LONG: "The row has a cell of more than {value} bytes. Shorten it, or raise "
    "CLIENT_IMPORT_MAX_CELL_BYTES.",
    Reason.REPEATED_HEADER: "The row repeats the header; it is not a client. Remove it.",
}

_RECORD_KEPT = (
    'The row was rejected before for what its record is, and import_record still has that: "{value}". Put the cells '
    "of the row right and then empty import_record."
)

_UNTOUCHED = {
    Reason.MISSING_REQUIRED: "a value that it needed was blank",
    Reason.AMBIGUOUS_MATCH: "it fitted several clients",
    Reason.CODE_TAKEN: "another client had its Code",
    Reason.CODE_MISMATCH: "the client that it matched had another Code",
}
_COMES_BACK = (
    "The row was rejected before, because {why}, and comes back as it was. Correct it, or, if it is right now, empty "
    "import_reason."
)

_MATCH_SENTENCES = {
    Reason.DUPLICATE_IN_FILE: '{column} "{value}" is also in {detail}, with other content. '
    "Keep one of the rows, or say which one counts (duplicates: first or last).",
    Reason.AMBIGUOUS_MATCH: '{column} "{value}" fits several clients: {detail}. Match on another field, such as Code.',
}
_NEEDED_TO_MATCH = "{column} is blank, and without it the row finds no client. Fill it in."
_NEEDED_TO_CREATE = {
    "Name": "{column} is blank, and a new client needs a name. Fill it in.",
    "Type": "{column} is blank, and a new client needs a type. Fill it in, or give a default type.",
}
_NO_COLUMN = {
    "Name": "No column goes to Name, and a new client needs a name. Map a column to it.",
    "Type": "No column goes to Type, and a new client needs a type. Map a column to it, or give a default type.",
}
_CODE_TAKEN = 'Code "{value}" already belongs to {detail}. Give the client another code, or leave the cell blank.'
_CODE_MISMATCH = 'The row says Code "{value}", but the client it matches has Code {detail}. Correct one of the two.'


@dataclass(frozen=True, slots=True)
class SentenceParts:
    """The template of a message, cut at its placeholders: head, the value, middle, the detail, tail.

    It is for errors with this ``field``, ``reason`` and ``hint`` (:class:`client_import.field_types.hints.Hint`).
    """

    field: str | None
    reason: Reason | SkipReason | StopReason
    hint: Hint | None
    head: str
    names_value: bool
    middle: str
    names_detail: bool
    tail: str

    def message(self, value: str, detail: str) -> str:
        """Return the message about ``value``, shortened; as those of many rows are made in row_outcomes."""
        shown = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"
        said = (self.head, shown if self.names_value else "", self.middle, detail if self.names_detail else "")
        return "".join((*said, self.tail))


def sentence_parts(mapping: Mapping) -> list[SentenceParts]:
    """Return the message of every reason for which a row can be rejected under ``mapping``."""
    parts = [_cut(None, reason, template, "") for reason, template in _ROW_SENTENCES.items()]
    parts += [_cut(None, reason, _RECORD_KEPT, "", Hint.RECORD_KEPT) for reason in RECORD_REASONS]
    for column in mapping.columns:
        parts += [
            _cut(column.field, reason, sentence(reason, column.field, hint), column.header, hint)
            for reason in cell_reasons(column.field)
            for hint in (None, *possible_hints(reason, VALUE_TYPES[column.field.type]))
        ]
    parts += [_cut(None, reason, _COMES_BACK.replace("{why}", why), "") for reason, why in _UNTOUCHED.items()]
    match = mapping.match_column
    parts.append(_cut(match.field, Reason.MISSING_REQUIRED, _NEEDED_TO_MATCH, match.header))
    parts += [_cut(match.field, reason, template, match.header) for reason, template in _MATCH_SENTENCES.items()]
    for name, template in _NEEDED_TO_CREATE.items():
        needed = mapping.column_of(name)
        if needed is None:
            parts.append(_cut(BY_NAME[name], Reason.MISSING_REQUIRED, _NO_COLUMN[name], ""))
        elif name != mapping.match_field:
            parts.append(_cut(BY_NAME[name], Reason.MISSING_REQUIRED, template, needed.header))
    parts.append(_cut(BY_NAME["Code"], Reason.CODE_TAKEN, _CODE_TAKEN, ""))
    parts.append(_cut(BY_NAME["Code"], Reason.CODE_MISMATCH, _CODE_MISMATCH, ""))
    return parts


_USED_WAS_REJECTED = "The same client as in row {detail}, which was rejected itself. Put that one right."
_USED_BEFORE = (
    "The same client as in another row of the file it comes back from, which was used instead. If this row is to be "
    "used, empty import_reason."
)


def skip_parts(mapping: Mapping) -> list[SentenceParts]:
    """Return the message of every reason not to apply a valid row.

    The detail of a duplicate is the row used in its place.
    """
    skipped = [
        _cut(None, reason, template.replace("{match}", mapping.match_field).replace("{row}", "{detail}"), "")
        for reason, template in SKIP_SENTENCES.items()
    ]
    skipped.append(_cut(None, SkipReason.DUPLICATE_OF_ROW, _USED_WAS_REJECTED, "", Hint.USED_WAS_REJECTED))
    skipped.append(_cut(None, SkipReason.DUPLICATE_OF_ROW, _USED_BEFORE, "", Hint.USED_BEFORE))
    return [*skipped, _cut(None, StopReason.MAX_ERRORS, _STOPPED, "")]


def cell_reasons(field: Field) -> list[Reason]:
    """Return the reasons for which a cell of the field can be rejected on its own."""
    reasons = {Reason(reason) for reason in VALUE_TYPES[field.type].checks} | {Reason.BAD_ENCODING}
    return sorted(reasons | {Reason.BAD_FORMAT} if field.type == "post_code" else reasons)


def _cut(
    field: Field | None, reason: Reason | SkipReason | StopReason, template: str, header: str, hint: Hint | None = None
) -> SentenceParts:
    head, names_value, rest = template.partition("{value}")
    if field is not None and field.sensitive and names_value:
        head, names_value, rest = head.removesuffix('"').rstrip() + rest.removeprefix('"'), "", ""
    if names_value:
        middle, names_detail, tail = rest.partition("{detail}")
    else:
        head, names_detail, tail = head.partition("{detail}")
        middle = ""
    label = header if len(header) <= LONGEST_SHOWN else f"{header[:LONGEST_SHOWN]}…"
    head, middle, tail = (part.replace("{column}", label) for part in (head, middle, tail))
    return SentenceParts(
        field.name if field else None, reason, hint, head, bool(names_value), middle, bool(names_detail), tail
    )

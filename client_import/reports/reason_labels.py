"""Reasons in a few words, for summaries; the full messages are in :mod:`client_import.reports.messages`."""

from __future__ import annotations

from client_import.field_types.sentences import sentence
from client_import.fields.catalogue import BY_NAME
from client_import.row_errors import Reason, SkipReason

_LABELS: dict[str, str] = {
    Reason.TOO_MANY_CELLS: "More cells than there are headers",
    Reason.UNCLOSED_QUOTE: "A quote is opened and never closed",
    Reason.BAD_ENCODING: "Damaged letters",
    Reason.REPEATED_HEADER: "The header once more",
    Reason.ANOTHER_TABLE: "Another table below the clients",
    Reason.FOOTER: "A line that the report wrote below the clients",
    Reason.MISSING_REQUIRED: "A value that is needed is blank",
    Reason.NOT_IN_LIST: "Not one of the words allowed here",
    Reason.BAD_FORMAT: "Not written the way this field needs",
    Reason.BAD_CHECK_DIGIT: "A digit must be wrong: the number's own check fails",
    Reason.TOO_LONG: "Too long",
    Reason.DUPLICATE_IN_FILE: "The same client twice, with different content",
    Reason.AMBIGUOUS_MATCH: "Fits more than one client",
    Reason.CODE_TAKEN: "The code belongs to another client",
    Reason.CODE_MISMATCH: "The code is not the one of the client it matches",
    SkipReason.UNCHANGED: "Already up to date",
    SkipReason.NO_MATCH: "No such client, and none are to be created",
    SkipReason.ALREADY_EXISTS: "The client exists, and none are to be changed",
    SkipReason.DUPLICATE_OF_ROW: "The same client as in another row",
}

_NO_COLUMN = "No column goes to it, and a new client needs one"
_CLAUSE_ENDS = ("; ", ". ")


def error_label(reason: str, field: str | None, hint: str | None, *, has_column: bool) -> str:
    """Return a label for errors of ``field``, or of whole rows without one, more precise than that of the reason.

    It is the first clause of their message, such as "Not an email address". ``hint`` is the hint that all of them
    share, or None. Without a column, ``field`` is one that a new client needs.
    """
    if reason == Reason.MISSING_REQUIRED and not has_column:
        return _NO_COLUMN
    label = _LABELS.get(reason, reason)
    if field is None:
        return label
    try:
        whole = sentence(reason, BY_NAME[field], hint)
    except (KeyError, ValueError):
        return label
    clause = whole.partition('"{value}" ')[2] or whole.partition("{column} ")[2]
    for end in _CLAUSE_ENDS:
        clause = clause.partition(end)[0]
    clause = clause.rstrip(".").removeprefix("is ")
    return clause[:1].upper() + clause[1:]

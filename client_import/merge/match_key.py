"""The match key as an SQL expression: values with equal keys are one client's (docs/rules.md, section 5).

Letter case is ignored by Unicode case folding (STRASSE and straße, ΣΟΦΟΣ and σοφος), and so are invisible characters,
in the file and in the table alike: both sides of every comparison use this expression.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from client_import.field_types.characters import NEVER_SEEN, WHITE_SPACE
from client_import.fields.catalogue import Field

_BLANKS = "".join(rf"\x{{{ord(blank):x}}}" for blank in WHITE_SPACE)
_ASCII_BLANKS = r"\t-\r "
_NEVER_SEEN = "".join(character if character == "-" else rf"\x{{{ord(character):x}}}" for character in NEVER_SEEN)

_CASED = range(0x80, 0x20000)
"""Where letters have a case: what follows in Unicode is ideographs, tags, and room for private use."""

_BLOCK = 4096


def match_key(column: str, field: Field, *, are_plain: bool = False) -> str:
    """Return the match key of a match field's ``column``: inner blanks collapsed, letter case ignored.

    It is a short expression where all values ``are_plain``, as :func:`is_plain` has it: to plan a query with the other
    one can take DuckDB longer than everything else that it does to import a small file.
    """
    plain = f"lower({column})"
    if not _has_no_blanks(field):
        plain = f"lower(trim(regexp_replace({column}, '[{_ASCII_BLANKS}]+', ' ', 'g')))"
    return plain if are_plain else _compared(column, is_plain(column, field), plain)


def is_plain(column: str, field: Field | None = None) -> str:
    """Return the condition that a value of a match field, or a Code, is plain, as nearly all are; NULL for none.

    It is ASCII, and has no blanks at its ends if none belong inside.
    """
    is_ascii = f"strlen({column}) = length({column})"
    # Only another program leaves blanks at the ends; to trim each value takes eight times as long as to look for them.
    return f"{is_ascii} AND {column} >= '!' AND {column}[-1] >= '!'" if _has_no_blanks(field) else is_ascii


def folded(column: str, *, are_plain: bool = False) -> str:
    """Return the key of a ``column`` whose values have no blanks inside, such as codes: letter case ignored.

    Where all values ``are_plain`` it is short, as that of :func:`match_key`.
    """
    plain = f"lower({column})"
    return plain if are_plain else _compared(column, is_plain(column), plain)


def _has_no_blanks(field: Field | None) -> bool:
    return field is None or field.type != "text" or "no blanks" in field.rule


def is_blank(column: str) -> str:
    """Return the condition that nothing can be seen in a ``column``, in which other programs may have left blanks."""
    return f"NOT coalesce(regexp_matches({column}, '[^{_BLANKS}{_NEVER_SEEN}]'), false)"


def _compared(column: str, condition: str, plain: str) -> str:
    """Return ``plain`` for values that fulfil the ``condition``, and else full case folding."""
    seen = f"regexp_replace({column}, '[{_NEVER_SEEN}]', '', 'g')"
    text = f"trim(regexp_replace({seen}, '[{_BLANKS}]+', ' ', 'g'))"
    # A list of one text has a name for it: each time it was written out instead, DuckDB would bind it again.
    others = f"list_transform([{text}], lambda seen_text : {_folded('seen_text')})[1]"
    return f"CASE WHEN {condition} THEN {plain} ELSE {others} END"


def _folded(text: str) -> str:
    """Return the case folding of ``text``, whose letters are looked up one by one only if it has any to look up.

    One ``replace`` for each letter would take as long, but for a hundred of them DuckDB needs longer to read the query
    than to import a small file.
    """
    folds = _beyond_lower_case()
    letters, replacements = "".join(folds), ",".join(folds.values())
    its_fold = f"string_split('{replacements}', ',')[instr('{letters}', seen_letter)]"
    each = f"list_transform(string_split({text}, ''), lambda seen_letter : coalesce({its_fold}, seen_letter))"
    some = f"regexp_matches({text}, '[{letters}]')"
    return f"nfc_normalize(lower(CASE WHEN {some} THEN array_to_string({each}, '') ELSE {text} END))"


@lru_cache(maxsize=1)
def _beyond_lower_case() -> dict[str, str]:
    """Return the letters whose case folding differs from their lower case, each with its folding: one or more letters.

    DuckDB's ``lower`` always returns one letter, so İ, whose lower case is two letters, is among them.
    """
    folds = dict[str, str]()
    for start in range(0, len(_CASED), _BLOCK):
        block = "".join(map(chr, _CASED[start : start + _BLOCK]))
        if _folds_otherwise(block):  # few do, and to ask of each letter takes five times as long
            folds |= {each: each.casefold() for each in block if _folds_otherwise(each)}
    return {each: fold for each, fold in folds.items() if unicodedata.is_normalized("NFC", each)}


def _folds_otherwise(text: str) -> bool:
    """Return whether ``text`` has a letter whose case folding differs from its lower case, or that has several."""
    lower = text.lower()
    return len(lower) > len(text) or text.casefold().lower() != lower

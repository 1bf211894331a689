"""Show a number as a spreadsheet does, by the code of its number format, such as ``00000000`` or ``dd/mm/yyyy``.

Three things are shown otherwise, because a client's data would be lost: dates and times are ISO, numbers that a
spreadsheet abbreviates (``4.47701E+11``) have all their digits, and so have those that a format hides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache

from client_import.reading.workbook.dates import DateParts, shown_date

GENERAL = "General"

_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "£#,##0", 6: "£#,##0", 7: "£#,##0.00", 8: "£#,##0.00", 9: "0%",
    10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm",
    37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 41: "#,##0",
    42: "£#,##0", 43: "#,##0.00", 44: "£#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"),
}  # fmt: skip
"""The formats that a workbook names by number only; those of money are in the currency of the computer."""

_LONGEST_CODE = 1_000
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\[\]\-]*)(?:-[^\[\]]*)?\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<condition>[<>=]{1,2}-?[\d.]+)\]|\[[^\[\]]*\]"
    r"|(?P<general>general)|(?P<half>am/pm|a/p)|(?P<exponent>e[+-])|(?P<date>[ymdhseb]+)|(?P<digit>[0#?])"
    r"|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_SEPARATOR = re.compile(r'"[^"]*"?|\\.|\[[^\[\]]*\]|(?P<end>;)', re.DOTALL)
_POINT = ("other", ".")
_SIGNIFICANT = 15
"""Digits that a spreadsheet keeps of a number."""


def built_in(number: int) -> str:
    """Return the code of the format that a workbook only names by ``number``."""
    return _BUILT_IN.get(number, GENERAL)


@lru_cache(1 << 16)
def shown_number(value: str, code: str, *, since_1904: bool) -> str:
    """Return how the number that ``value`` writes is shown in the format ``code``; ``value`` itself if it is none.

    ``since_1904`` says that dates are days since 1 January 1904, and not since 1900.
    """
    kind = _format(code[:_LONGEST_CODE])
    if value.isdecimal() and (kind is None or not code.strip("0")):
        return value.zfill(len(code)) if kind else value
    try:
        exact = Decimal(value)
        number = Decimal(f"{float(value):.{_SIGNIFICANT}g}") if len(value) > _SIGNIFICANT else exact
    except (InvalidOperation, ValueError, OverflowError):
        return value
    if not number.is_finite() or abs(number.adjusted()) > 400:
        return value
    return _plain(number) if kind is None else kind(number, since_1904)


def is_general(code: str) -> bool:
    """Return whether numbers in the format ``code`` are shown as they are."""
    return _format(code[:_LONGEST_CODE]) is None


def _plain(number: Decimal) -> str:
    """Return all digits of the number, without zeros behind the point."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


@dataclass(frozen=True, slots=True)
class _Section:
    """A section of a format: its tokens as pairs of kind and text, their kinds, and the condition on the number."""

    tokens: tuple[tuple[str, str], ...]
    kinds: frozenset[str]
    condition: str


@lru_cache(4096)
def _format(code: str) -> Callable[[Decimal, bool], str] | None:
    """Return the function that shows numbers in the format, or None if they are shown as they are."""
    ends = [match.start() for match in _SEPARATOR.finditer(code) if match["end"]]
    starts = [0, *(end + 1 for end in ends)]
    sections = [_section(code[start:end]) for start, end in zip(starts, [*ends, len(code)], strict=True)]
    if not code.strip() or _is_as_it_is(sections[0]):
        return None
    return lambda number, since_1904: _shown(number, sections, since_1904=since_1904)


def _is_as_it_is(section: _Section) -> bool:
    return all(kind == "general" or text in ("@", " ") for kind, text in section.tokens)


def _section(code: str) -> _Section:
    tokens, condition = [], ""
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or ""
        if kind == "condition":
            condition = match[kind]
        elif kind in ("quoted", "escaped", "currency"):
            tokens.append(("literal", match[kind]))
        elif kind:
            tokens.append((kind, match[kind].lower() if kind != "other" else match[kind]))
    return _Section(tuple(tokens), frozenset(kind for kind, _ in tokens), condition)


def _shown(number: Decimal, sections: list[_Section], *, since_1904: bool) -> str:
    section, number_there = _chosen(number, sections)
    if section.kinds & {"date", "elapsed"}:
        letters = "".join(text for kind, text in section.tokens if kind == "date")
        elapsed = next((text[0] for kind, text in section.tokens if kind == "elapsed"), "")
        shown = shown_date(number, DateParts.of(letters, elapsed), since_1904=since_1904)
        return _plain(number) if shown is None else shown
    if section.kinds & {"exponent", "general"} or "/" in (text for _, text in section.tokens):
        return _plain(number)
    if "digit" not in section.kinds:
        words = "".join(text for kind, text in section.tokens if kind in ("literal", "other")).strip()
        return words if any(letter.isalnum() for letter in words) else _plain(number)
    return _in_digits(number_there, section)


def _chosen(number: Decimal, sections: list[_Section]) -> tuple[_Section, Decimal]:
    """Return the section that ``number`` is shown by, and what is shown there: in one for negative ones, no sign."""
    if any(section.condition for section in sections):
        for section in sections:
            if not section.condition or _holds(number, section.condition):
                return section, number
        return sections[-1], number
    numeric = sections[:3]
    if number < 0 and len(numeric) > 1:
        return numeric[1], -number
    if number == 0 and len(numeric) > 2:
        return numeric[2], number
    return numeric[0], number


def _holds(number: Decimal, condition: str) -> bool:
    sign = condition.rstrip("-.0123456789")
    try:
        other = Decimal(condition[len(sign) :])
    except InvalidOperation:
        return False
    return {
        "<": number < other, ">": number > other, "=": number == other,
        "<=": number <= other, ">=": number >= other, "<>": number != other,
    }.get(sign, False)  # fmt: skip


def _in_digits(number: Decimal, section: _Section) -> str:
    tokens = [("comma", ",") if (kind, text) == ("other", ",") else (kind, text) for kind, text in section.tokens]
    point = tokens.index(_POINT) if _POINT in tokens else len(tokens)
    whole, decimals = tokens[:point], tokens[point + 1 :]
    last = max((place for place, (kind, _) in enumerate(whole) if kind == "digit"), default=-1)
    thousands = sum(_commas_behind_digits(part) for part in (whole, decimals))
    grouped = ("comma", ",") in whole[: last + 1]
    percents = tokens.count(("other", "%"))
    places = sum(1 for kind, _ in decimals if kind == "digit")
    with localcontext(prec=1_000):
        scaled = number.scaleb(2 * percents - 3 * thousands)
        rounded = abs(scaled).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    before, _, behind = f"{rounded:f}".partition(".")
    shown = _whole_part("" if before == "0" else before, whole, grouped=grouped)
    shown += _decimal_part(behind, decimals, has_point=point < len(tokens))
    if not any(letter.isdigit() for letter in shown):
        return _plain(number)
    return ("-" if scaled < 0 and rounded else "") + shown.strip()


def _commas_behind_digits(tokens: list[tuple[str, str]]) -> int:
    """Return how many commas follow the last place of a digit; each means that thousands are shown."""
    count = 0
    for kind, _ in reversed(tokens):
        if kind == "digit":
            return count
        count += kind == "comma"
    return 0


def _whole_part(digits: str, tokens: list[tuple[str, str]], *, grouped: bool) -> str:
    """Put the ``digits`` into the places of the ``tokens``, from the right; the first place takes all that are left."""
    first = next((place for place, (kind, _) in enumerate(tokens) if kind == "digit"), -1)
    parts, rest, count = [], digits, 0
    for place in range(len(tokens) - 1, -1, -1):
        kind, text = tokens[place]
        if kind != "digit":
            parts.append("" if kind == "comma" else text)
            continue
        taken = rest[-1:] or ("0" if text == "0" else "")
        rest = rest[:-1]
        for digit in (taken, *reversed(rest if place == first else "")):
            if digit and grouped and count and count % 3 == 0:
                parts.append(",")
            parts.append(digit)
            count += bool(digit)
    return "".join(reversed(parts))


def _decimal_part(digits: str, tokens: list[tuple[str, str]], *, has_point: bool) -> str:
    optional = 0
    for _, text in reversed([token for token in tokens if token[0] == "digit"]):
        if text == "0" or not digits[: len(digits) - optional].endswith("0"):
            break
        optional += 1
    kept = iter(digits[: len(digits) - optional])
    shown = "".join(next(kept, "") if kind == "digit" else text for kind, text in tokens if kind != "comma")
    return ("." if has_point and len(digits) > optional else "") + shown

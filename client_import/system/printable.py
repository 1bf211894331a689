"""Escape untrusted text for printing, so that it cannot move the cursor, colour the terminal or start a new line."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Control characters, line and paragraph separators, direction marks, invisible characters and lone surrogates."""


def printable(text: str) -> str:
    r"""Return ``text`` as one line, with an escape such as ``\x1b`` for each character that is not visible.

    Line breaks and tabs are escaped as well.
    """
    return _HIDDEN.sub(_escape, text)


def printable_lines(text: str) -> str:
    """Return ``text`` escaped like :func:`printable`, but with its line breaks and tabs kept."""
    return _HIDDEN.sub(lambda match: match[0] if match[0] in "\n\t" else _escape(match), text)


def printable_json(text: str) -> str:
    """Return the JSON ``text`` with these characters as JSON escapes, so that its values stay the same.

    Line breaks are kept, because in JSON they occur only between values.
    """
    return _HIDDEN.sub(_json_escape, text)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _json_escape(match: re.Match[str]) -> str:
    if match[0] == "\n":
        return "\n"
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))

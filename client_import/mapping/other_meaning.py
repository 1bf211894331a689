"""Recognise headers that are about somebody or something else, or mean the opposite (docs/rules.md, section 3).

``Director UTR`` is not the client's UTR, and ``VAT Dereg Date`` is no date of registration. Such a column is never used
without asking, whatever its cells contain. Known headers, such as ``Partner name``, are not tested here. The tests err
on the side of caution: a column that is wrongly left out costs a click, but one that is wrongly used costs data.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

from client_import.fields.headers import LONGEST_LABEL

_APOSTROPHE = re.compile("(?<=[a-z])['’‘ʼ`´](?=[a-z])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_NEGATED_WORD = re.compile(
    "(?:un|de|dis|in|non|not|dont|cant|no)(?:regist|regd?$|contact|subscri|activ|valid|verif|incorp|confirm|approv|"
    "e?mail|allow|enrol|authori|consent|list|sen[dt]|eligib|available|call|phone|sms|texts?$|post$|market|agree|permit|"
    "deliver|reach|wanted)"
)
"""A word with a prefix that reverses its meaning."""

_NO_IN_BRACKETS = re.compile(r"[(\[]\s*no?\s*[)\]]", re.IGNORECASE)

_BEFORE_NO = "has have had is are was were be with says said say wants want accepts gets please but"
_NO_AFTER = frozenset(_BEFORE_NO.split())
"""After these words ``no`` is a negation; after others it means number, as in ``Company no``."""


def _read_words() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            found.setdefault((line["meaning"], line["found"]), []).extend(line["words"].split())
    return found


_WORDS = _read_words()
"""The words of other_meaning.csv, by what they mean and whether they are found anywhere or only as a whole word."""

_ANOTHER = re.compile("|".join(_WORDS["another", "anywhere"]))
_OPPOSITE = re.compile("|".join(_WORDS["opposite", "anywhere"]))
_WORDS_FOR_ANOTHER = frozenset(_WORDS["another", "as a word"])
_WORDS_FOR_THE_OPPOSITE = frozenset(_WORDS["opposite", "as a word"])


def words_of(header: str) -> list[str]:
    """Return the words of ``header`` in lower case; ``VATDeregDate`` has three, ``can't`` is one."""
    return [word.casefold() for word in _WORD.findall(_HUMP.sub(" ", _APOSTROPHE.sub("", header)))]


@lru_cache(maxsize=4096)
def is_about_another(header: str) -> bool:
    """Return whether ``header`` is about anything but the client as it is now, such as a director or a former name.

    Long words are found anywhere, as in ``directorutr``, and short ones only as words. True for a text that is too long
    to be a header.
    """
    if len(header) > LONGEST_LABEL:
        return True
    words = words_of(header)
    return (
        not _WORDS_FOR_ANOTHER.isdisjoint(words)
        or _ANOTHER.search("".join(words)) is not None
        or _is_a_later_one(header)
    )


def _is_a_later_one(header: str) -> bool:
    """Return whether ``header`` is numbered and not the first, such as ``UTR 2``."""
    end = max((place for place, letter in enumerate(header, 1) if letter.isalnum() or letter == "_"), default=0)
    name = header[:end].rstrip("0123456789")
    number = header[len(name) : end]
    return bool(number) and number.lstrip("0") != "1" and _WORD.search(name) is not None


@lru_cache(maxsize=4096)
def is_negated(header: str) -> bool:
    """Return whether ``header`` is negative, such as ``Can't contact email``, ``VAT dereg date`` or ``No post``.

    True for a text that is too long to be a header.
    """
    if len(header) > LONGEST_LABEL:
        return True
    words = words_of(header)
    return (
        not _WORDS_FOR_THE_OPPOSITE.isdisjoint(words)
        or _OPPOSITE.search("".join(words)) is not None
        or any(map(_NEGATED_WORD.match, words))
        or _NO_IN_BRACKETS.search(header) is not None
        or any(
            word == "no" and len(words) > 1 and (at == 0 or words[at - 1] in _NO_AFTER) for at, word in enumerate(words)
        )
    )

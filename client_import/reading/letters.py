"""Score how plausible letters beyond ASCII are within their words, to choose between 8-bit encodings.

``Caf`` and the byte 0x8E are ``Café`` in Mac Roman and ``CafŽ`` in Windows-1252; the second is implausible, because
a capital does not follow small letters. The texts are mostly names, which are short and in many languages, so detectors
made for prose (chardet, charset-normalizer) only guess. A plausibility is a log-likelihood: it combines how frequent a
letter is in the languages that have it with how well it fits the letters beside it. It is 0 for ASCII, and greater is
more plausible.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from math import log
from pathlib import Path
from string import digits

import numpy as np
import numpy.typing as npt

from client_import.reading.encoding import UNDECODABLE

_ANY_LATIN = (0.002, 0.003)
"""The frequency of words in any other language with Latin letters, and of each letter in them."""

_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "HIRAGANA", "KATAKANA", "CJK", "HANGUL")
_JAPANESE = frozenset(("HIRAGANA", "KATAKANA", "CJK"))
_OTHER_SCRIPT = 0.01
_LETTER_OF_OTHER_SCRIPT = -1.5
_SMALL_AT_START = -2.0
_SYLLABLE = -2.5
_COMMON_IDEOGRAM = -3.5
_DAILY_USE = (("gb2312", 0xB0, 0xD7), ("shift_jis", 0x88, 0x97), ("big5", 0xA4, 0xC6))
"""The ranges of the first of two bytes in which Chinese, Japanese and Taiwanese standards have common ideograms."""

_WORTH_OF_PRIORS = 3.0
"""The weight of the prior frequencies of languages, as a number of words."""

_ROUNDS = 3
_IMPOSSIBLE = -60.0
_FOREIGN_LETTER = -14.0
_CAPITAL_WITHIN = -8.0
_SMALL_AMONG_CAPITALS = -6.0
_UNLIKELY_NEIGHBOURS = -3.5
_NO_TEXT = -12.0
_ODD = -10.0
_RARE = -5.0
_FITTING = -1.0

_BEFORE = {
    "ã": "oe$",
    "õ": "e",
    "ñ": "aeiouáéíóú",
    "œ": "uif",
    "è": "bcdfghjklmnpqrstvxz$",
    "ê": "bcdfghjklmnpqrstvxz",
    "æ": "bcdfghjklmnpqrstvxz",
    "à": "$",
    "ì": "$",
    "ò": "$",
    "ù": "$",
}
"""What usually follows letters that often result from a wrong encoding; ``$`` is the end of the word."""

_WORD = re.compile(r"[^\W\d_]+")
_OPENING = {"“": "”", "‘": "’", "«": "»", "„": "“”", "‹": "›", "¿": "?", "¡": "!"}
_CLOSING = {closing: opening for opening, closings in _OPENING.items() for closing in closings}
_BEHIND_APOSTROPHE = frozenset(("s", "t", "d", "m", "n", "ll", "re", "ve", "S"))
_AROUND_NUMBERS = frozenset("°²³¹¼½¾ºª±×÷µ§‰")
_MONEY = frozenset("£€¥")
_MARKS = frozenset("®™©")
_BETWEEN_WORDS = frozenset("–—•·…")


def _read_languages() -> list[tuple[float, dict[str, float]]]:
    """Return the frequency of each language among words beyond ASCII, and of each letter in it as a logarithm."""
    languages = []
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            letters = {word: word.rstrip(digits) for word in line["letters"].split(" ")}
            counts = {letter: int(word.removeprefix(letter)) for word, letter in letters.items()}
            whole = sum(counts.values())
            languages.append((float(line["share"]), {letter: log(count / whole) for letter, count in counts.items()}))
    return languages


_LANGUAGES = _read_languages()
_PRIORS = np.array([*(share for share, _ in _LANGUAGES), _ANY_LATIN[0], _OTHER_SCRIPT])
_PRIORS /= _PRIORS.sum()


def plausibilities(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the plausibility of each of ``texts``, which are cells of one file.

    A language that fits many words of the file is likelier for each of them.
    """
    found = [[word for word in _WORD.findall(text) if not word.isascii()] for text in texts]
    words = list(dict.fromkeys(word for each in found for word in each))
    word_scores = dict(zip(words, _word_scores(words).tolist(), strict=True))
    return np.array(
        [
            sum(word_scores[word] for word in each) + _punctuation_score(text)
            for text, each in zip(texts, found, strict=True)
        ]
    )


def _word_scores(words: Sequence[str]) -> npt.NDArray[np.float64]:
    if not words:
        return np.zeros(0)
    shares = _PRIORS
    fits = np.array([_language_fits(word) for word in words])
    for _ in range(_ROUNDS):
        likelihoods = np.exp(fits) * shares
        belongs = likelihoods / likelihoods.sum(axis=1, keepdims=True)
        shares = _PRIORS * _WORTH_OF_PRIORS + belongs.sum(axis=0)
        shares /= shares.sum()
    others = np.array([_case_score(word) + _neighbour_score(word) for word in words])
    return np.asarray(np.log((np.exp(fits) * shares).sum(axis=1)) + others)


@lru_cache(4096)
def _language_fits(word: str) -> tuple[float, ...]:
    """Return the log-likelihood of the letters of ``word`` in each language, in any other, and in other scripts."""
    scripts = {_script(character) for character in word}
    if scripts != {"LATIN"}:
        is_one = len(scripts) == 1 or scripts <= _JAPANESE
        foreign = (
            (0.0 if is_one else _ODD) + sum(map(_foreign_letter_score, word)) + _SMALL_AT_START * word[0].islower()
        )
        return (*[_IMPOSSIBLE] * len(_LANGUAGES), _IMPOSSIBLE, foreign)
    letters = [character for character in word.lower() if not character.isascii()]
    fits = [sum(profile.get(letter, _FOREIGN_LETTER) for letter in letters) for _, profile in _LANGUAGES]
    return (*fits, log(_ANY_LATIN[1]) * len(letters), _IMPOSSIBLE)


def _punctuation_score(text: str) -> float:
    return sum(
        _mark_score(text, place, character)
        for place, character in enumerate(text)
        if not character.isascii() and not (character.isalpha() and character not in _AROUND_NUMBERS)
    )


def _case_score(word: str) -> float:
    score = 0.0
    capitals = sum(character.isupper() for character in word)
    smalls = sum(character.islower() for character in word)
    for place, character in enumerate(word):
        if character.isascii():
            continue
        if place and character.isupper() and (smalls > 1 or word[place - 1].islower()):
            score += _CAPITAL_WITHIN
        elif place and character.islower() and capitals > 1 and capitals > len(word) / 2:
            score += _SMALL_AMONG_CAPITALS
    return score


def _neighbour_score(word: str) -> float:
    """Return a penalty for unlikely neighbours: consonants among consonants, and letters before unusual ones."""
    letters = word.lower()
    score = 0.0
    for place, letter in enumerate(letters):
        if letter.isascii() or _script(letter) != "LATIN":
            continue
        around = letters[max(place - 1, 0) : place] + letters[place + 1 : place + 2]
        if len(around) == 2 and len({_is_vowel(each) for each in (letter, *around)}) == 1:
            score += _UNLIKELY_NEIGHBOURS
        behind = letters[place + 1 : place + 2] or "$"
        if letter in _BEFORE and behind not in _BEFORE[letter]:
            score += _UNLIKELY_NEIGHBOURS
    return score


@lru_cache(4096)
def _is_vowel(letter: str) -> bool:
    return unicodedata.normalize("NFD", letter)[0] in "aeiouyæøœı"


@lru_cache(4096)
def _foreign_letter_score(character: str) -> float:
    """Return the log-frequency of a letter in its script: alphabets have about thirty letters, Chinese thousands."""
    script = _script(character)
    if script == "HANGUL":
        return _SYLLABLE
    if script != "CJK":
        return _LETTER_OF_OTHER_SCRIPT
    return _COMMON_IDEOGRAM if any(_is_in(character, *daily) for daily in _DAILY_USE) else _ODD


def _is_in(character: str, encoding: str, first: int, last: int) -> bool:
    encoded = character.encode(encoding, "ignore")
    return len(encoded) == 2 and first <= encoded[0] <= last


@lru_cache(4096)
def _script(character: str) -> str:
    name = unicodedata.name(character, "")
    return next((script for script in _SCRIPTS if name.startswith(script)), "")


def _mark_score(text: str, place: int, character: str) -> float:
    """Return the plausibility of a character other than a letter at index ``place`` of ``text``."""
    before = text[place - 1] if place else " "
    behind = text[place + 1] if place + 1 < len(text) else " "
    if character == UNDECODABLE or unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs"):
        return _NO_TEXT
    if unicodedata.category(character) in ("Mn", "Mc"):
        return _FITTING if before.isalpha() and _script(character) in ("", _script(before)) else _ODD
    if character == "\xa0":
        return _FITTING if before not in " \xa0" or behind not in " \xa0" else _FITTING * 2
    if before.isalpha() and behind.isalpha():
        return _mark_in_word_score(text, place, character)
    if character in _OPENING and not before.isalnum() and not behind.isspace():
        return _FITTING if any(closing in text[place:] for closing in _OPENING[character]) else _FITTING * 3
    if character in _CLOSING and not before.isspace() and not behind.isalnum():
        has_opened = _CLOSING[character] in text[:place]
        return _FITTING if has_opened else _FITTING * 2 if text[place - 1 : place + 1] == "s’" else _RARE
    if character in _MONEY:
        return _FITTING / 2 if text[place + 1 : place + 3].strip()[:1].isdigit() or before.isdigit() else _RARE
    if character in _AROUND_NUMBERS:
        return _FITTING if before.isdigit() or (character == "±" and behind.isdigit()) else _RARE
    if character in _MARKS:
        return _ODD if behind.isalpha() else _FITTING
    if character in _BETWEEN_WORDS:
        is_apart = not before.isalpha() and not behind.isalpha()
        return _FITTING if is_apart else _FITTING * 3 if character == "…" and behind.isspace() else _RARE
    return _ODD if before.isalpha() or behind.isalpha() else _RARE


def _mark_in_word_score(text: str, place: int, character: str) -> float:
    head = re.split(r"[^\w]", text[:place])[-1]
    tail = re.split(r"[^\w]", text[place + 1 :])[0]
    if character in "’ʼ":
        return _FITTING if len(head) <= 2 or tail in _BEHIND_APOSTROPHE else _ODD
    if character in "–—":
        return _FITTING if tail[:1].isupper() else _ODD
    return _FITTING if character == "‐" or (character == "·" and head[-1:] == tail[:1] == "l") else _ODD

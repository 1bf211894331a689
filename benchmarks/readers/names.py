"""Detectors of encodings on files of names, which have few words beyond ASCII and those of many languages.

A file has ``BESIDE`` English names, and 1 to 20 names of people of one language. It is made in each of the encodings
that the program tells apart and that can write it; the names are Faker's, the same in each run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import charset_normalizer

from benchmarks.readers.corpus import decoded
from benchmarks.readers.detectors import ENCODINGS

FAKER = "faker"
"""The package that the names are from."""

_WESTERN = ("de_DE", "fr_FR", "es_ES", "pt_PT", "it_IT", "nl_NL", "sv_SE", "da_DK", "no_NO", "fi_FI", "et_EE")
_CENTRAL = ("pl_PL", "cs_CZ", "sk_SK", "hu_HU", "sl_SI", "hr_HR", "ro_RO", "de_DE")
WRITTEN = {"windows-1252": _WESTERN, "mac-roman": _WESTERN, "cp850": _WESTERN, "windows-1250": _CENTRAL}
"""The encodings that a file is written in, each with the languages that it is used for."""

COUNTS = (1, 2, 3, 5, 10, 20)
BESIDE = 20
_TRIES = 200


@dataclass(frozen=True, slots=True)
class NamesFile:
    """A file of names: how many are beyond ASCII, what it is written in, and its text."""

    count: int
    encoding: str
    text: str

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.text.encode(self.encoding)


def files() -> Iterator[NamesFile]:
    """Yield the files of names, the same ones each time."""
    for encoding, locales in WRITTEN.items():
        for locale in locales:
            for count in COUNTS:
                names = _names(locale, count, encoding)
                if names:
                    yield NamesFile(count, encoding, _table(names))


def _names(locale: str, count: int, encoding: str) -> list[str]:
    """Return ``count`` names of a language that are beyond ASCII, fewer when it has so few."""
    source = _source(locale, count)
    found: list[str] = []
    for _ in range(_TRIES * count):
        name = source.name()
        if len(found) < count and not name.isascii() and _can_write(name, encoding):
            found.append(name)
    return found if len(found) == count else []


def _can_write(name: str, encoding: str) -> bool:
    try:
        name.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _source(locale: str, seed: int) -> Any:
    source = import_module(FAKER).Faker(locale)
    source.seed_instance(seed)
    return source


def _table(names: list[str]) -> str:
    """Return a table of clients with ``names`` among English ones."""
    english = _source("en_GB", len(names))
    everybody = [english.name() for _ in range(BESIDE)]
    for number, name in enumerate(names):
        everybody.insert(number * (BESIDE + len(names)) // len(names), name)
    rows = [f"C{number:04},{name},Individual" for number, name in enumerate(everybody, 1)]
    return "\n".join(["Code,Name,Type", *rows, ""])


def _told_by_charset_normalizer(data: bytes) -> str:
    best = charset_normalizer.from_bytes(data, cp_isolation=["utf_8", *WRITTEN]).best()
    return best.encoding if best else ""


DETECTORS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    **ENCODINGS,
    "charset-normalizer, told the four": ("charset_normalizer", _told_by_charset_normalizer),
}


def is_right(file: NamesFile, ask: Callable[[bytes], str]) -> bool:
    """Whether the encoding found decodes ``file`` to the text that was written."""
    return decoded(file.data, ask(file.data)) == file.text

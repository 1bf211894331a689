"""The texts of a workbook that are kept apart from its cells, which name them by number."""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Iterator

from client_import.reading.workbook.sheet import broken
from client_import.reading.workbook.xml_events import Attributes, XmlReader

_MOST_IN_MEMORY = 48 << 20
"""Bytes of texts in memory; those that follow are put into a temporary file."""

_PIECE = 1 << 20
_EACH_TAKES = 64
"""About what a text takes in memory besides its letters."""

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class SharedStrings:
    """The texts of the XML in ``pieces``, which is read only as far as texts are asked for.

    They are nearly always in the order in which cells name them, so the first rows need only the first texts. One that
    is longer than ``longest`` is cut behind the next character.
    """

    def __init__(self, pieces: Iterator[bytes], longest: int) -> None:
        self._pieces = pieces
        self._found = _Texts(longest)
        self._reader = XmlReader(self._found)
        self._texts: list[str] = []
        self._room = _MOST_IN_MEMORY
        self._ends = array("Q", [0])
        self._file = tempfile.SpooledTemporaryFile(_PIECE)  # noqa: SIM115 - it is closed in close

    def __getitem__(self, number: int) -> str:
        """Return the text of that number, from 0; raises SourceError if there is none."""
        while number >= len(self._texts) + len(self._ends) - 1 and self._read_on():
            continue
        if 0 <= number < len(self._texts):
            return self._texts[number]
        place = number - len(self._texts)
        if not 0 <= place < len(self._ends) - 1:
            raise broken("a cell names a text that is not there")
        self._file.seek(self._ends[place])
        return self._file.read(self._ends[place + 1] - self._ends[place]).decode()

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()

    def _read_on(self) -> bool:
        piece = next(self._pieces, b"")
        self._reader.feed(piece, is_last=not piece)
        self._file.seek(0, 2)
        for text in self._found.taken():
            if self._room > 0:
                self._texts.append(text)
                self._room -= len(text) + _EACH_TAKES
            else:
                self._ends.append(self._ends[-1] + self._file.write(text.encode(errors="replace")))
        return bool(piece)


class _Texts:
    """Collects the texts of the elements ``si``: all that is in ``t``, but not how it is pronounced."""

    def __init__(self, longest: int) -> None:
        self._found: list[str] = []
        self._parts: list[str] = []
        self._room = self._longest = longest + 1
        self._is_text = False
        self._inside_phonetic = 0
        self.starts = {"si": self._start_string, "t": self._start_text, "rPh": self._start_phonetic}
        self.ends = {"si": self._end_string, "t": self._end_text, "rPh": self._end_phonetic}

    def text(self, text: str) -> None:
        if self._is_text and self._room > 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)

    def _start_string(self, _attributes: Attributes) -> None:
        self._parts, self._room = [], self._longest

    def _end_string(self) -> None:
        self._found.append(unescaped("".join(self._parts)))

    def _start_text(self, _attributes: Attributes) -> None:
        self._is_text = not self._inside_phonetic

    def _end_text(self) -> None:
        self._is_text = False

    def _start_phonetic(self, _attributes: Attributes) -> None:
        self._inside_phonetic += 1

    def _end_phonetic(self) -> None:
        self._inside_phonetic -= 1

    def taken(self) -> list[str]:
        found, self._found = self._found, []
        return found


def unescaped(text: str) -> str:
    """Return ``text`` with the characters in place of ``_x000D_`` and the like, by which workbooks write them."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if not 0xD800 <= ord(character) <= 0xDFFF else match[0]

"""The number formats of a workbook of Office Open XML: the code of each style that cells have."""

from __future__ import annotations

from collections.abc import Iterator

from client_import.reading.workbook.number_format import GENERAL, built_in
from client_import.reading.workbook.xml_events import Attributes, ignore, read_all

_MOST = 100_000
"""A spreadsheet has at most 65,490 styles."""


def read_styles(pieces: Iterator[bytes]) -> list[str]:
    """Return the codes of the number formats, by the numbers of the styles. Raises SourceError if they are broken."""
    found = _Styles()
    read_all(pieces, found)
    return [found.codes.get(number) or built_in(number) for number in found.styles]


class _Styles:
    text = staticmethod(ignore)

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.styles: list[int] = []
        self._is_inside = False
        self.starts = {"numFmt": self._format, "cellXfs": self._begin, "xf": self._style}
        self.ends = {"cellXfs": self._end}

    def _format(self, attributes: Attributes) -> None:
        if len(self.codes) < _MOST:
            self.codes[number(attributes.get("numFmtId"))] = attributes.get("formatCode", GENERAL)

    def _begin(self, _attributes: Attributes) -> None:
        self._is_inside = True

    def _style(self, attributes: Attributes) -> None:
        if self._is_inside and len(self.styles) < _MOST:
            self.styles.append(number(attributes.get("numFmtId")))

    def _end(self) -> None:
        self._is_inside = False


def number(text: str | None) -> int:
    """Return the whole number that an attribute has; 0 if it has none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0

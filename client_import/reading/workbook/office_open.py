"""Read .xlsx and .xlsm: Office Open XML (ECMA-376, part 1, 18.2 to 18.4)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from client_import.errors import SourceError
from client_import.reading.limits import Limits
from client_import.reading.workbook.archive import Archive
from client_import.reading.workbook.cells import SheetCells
from client_import.reading.workbook.shared_strings import SharedStrings
from client_import.reading.workbook.sheet import Sheet, SheetRow, broken
from client_import.reading.workbook.styles import read_styles
from client_import.reading.workbook.xml_events import Attributes, collected, ignore, local, read_all

_PACKAGE = "_rels/.rels"
_BINARY = (
    "The file is a binary workbook (.xlsb), which is not read here. Open it in Excel, save it as an Excel workbook "
    "(.xlsx) and import that."
)
_TRUE = ("1", "true", "on")
_MOST_SHEETS = 1_000


def is_office_open(archive: Archive) -> bool:
    """Return whether the archive is a workbook of this kind, or would be one if it were not broken."""
    return archive.has("xl/workbook.xml") or archive.has("xl/workbook.bin") or _is_workbook_elsewhere(archive)


def _is_workbook_elsewhere(archive: Archive) -> bool:
    if not archive.has("[Content_Types].xml"):
        return False
    content = b"".join(archive.pieces("[Content_Types].xml"))
    return b"spreadsheetml.sheet.main+xml" in content or b"sheet.macroEnabled.main+xml" in content


class OfficeOpenWorkbook:
    """The workbook in ``archive``; see :class:`.sheet.Workbook`. Raises SourceError if it is broken."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        if archive.has("xl/workbook.bin"):
            raise SourceError(_BINARY)
        main = next((each.target for each in self._relations("") if each.kind == "officeDocument"), "xl/workbook.xml")
        self._contents = _Contents()
        read_all(archive.pieces(main), self._contents)
        relations = self._relations(main)
        self._sheets = {each.id: each.target for each in relations if each.kind == "worksheet"}
        parts = {each.kind: each.target for each in relations}
        self._styles = read_styles(archive.pieces(parts["styles"])) if "styles" in parts else []
        self._strings = SharedStrings(self._part(parts.get("sharedStrings")), limits.cell_bytes)

    def sheets(self) -> list[Sheet]:
        """Return the sheets with cells."""
        return [Sheet(each.name, each.is_hidden) for each in self._contents.sheets if each.relation in self._sheets]

    def rows(self, name: str) -> Iterator[SheetRow]:
        """Yield the rows of the sheet ``name``."""
        relation = next((each.relation for each in self._contents.sheets if each.name == name), "")
        if relation in self._sheets:
            since_1904 = self._contents.since_1904
            cells = SheetCells(self._strings, self._styles, self._limits, since_1904=since_1904)
            yield from collected(self._archive.pieces(self._sheets[relation]), cells)

    def close(self) -> None:
        """Close the archive."""
        self._strings.close()
        self._archive.close()

    def _part(self, name: str | None) -> Iterator[bytes]:
        return self._archive.pieces(name) if name else iter([b"<sst/>"])

    def _relations(self, part: str) -> list[_Relation]:
        folder, name = posixpath.split(part)
        place = posixpath.join(folder, "_rels", f"{name}.rels") if part else _PACKAGE
        if not self._archive.has(place):
            return []
        found = _Relations(folder)
        read_all(self._archive.pieces(place), found)
        return found.found


class _Relation(NamedTuple):
    id: str
    kind: str
    target: str


class _Relations:
    """Collects to which parts a part refers; ``folder`` is the one that it is in."""

    text = staticmethod(ignore)
    ends: Mapping[str, Callable[[], None]] = {}

    def __init__(self, folder: str) -> None:
        self.found: list[_Relation] = []
        self._folder = folder
        self.starts = {"Relationship": self._add}

    def _add(self, attributes: Attributes) -> None:
        if attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", self._folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found.append(_Relation(attributes.get("Id", ""), kind, target.lstrip("/")))


class _Entry(NamedTuple):
    name: str
    relation: str
    is_hidden: bool


class _Contents:
    """Collects the sheets that a workbook says it has, and from when it counts days."""

    text = staticmethod(ignore)
    ends: Mapping[str, Callable[[], None]] = {}

    def __init__(self) -> None:
        self.sheets: list[_Entry] = []
        self.since_1904 = False
        self.starts = {"sheet": self._add, "workbookPr": self._properties}

    def _add(self, attributes: Attributes) -> None:
        if len(self.sheets) == _MOST_SHEETS:
            raise broken(f"it has more than {_MOST_SHEETS:,} sheets")
        is_hidden = attributes.get("state", "visible") != "visible"
        self.sheets.append(_Entry(attributes.get("name", ""), local(attributes).get("id", ""), is_hidden))

    def _properties(self, attributes: Attributes) -> None:
        self.since_1904 = attributes.get("date1904") in _TRUE

"""Workbooks for tests: made by XlsxWriter, or from XML of our own where no library writes such a thing."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
import xlsxwriter

from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.reader import read_rows
from tests.support.limits import LIMITS

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE, _TABLE, _TEXT, _STYLE = (
    f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text", "style")
)


def made(fill: Callable[[xlsxwriter.Workbook], object], **options: Any) -> bytes:
    """Return the .xlsx that ``fill`` fills."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "remove_timezone": True, **options}) as workbook:
        fill(workbook)
    return file.getvalue()


def table(rows: Sequence[Sequence[object]], name: str = "Clients") -> bytes:
    """Return an .xlsx with a sheet that has ``rows``."""

    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return made(fill, strings_to_formulas=False, strings_to_urls=False)


def packed(**parts: str | bytes) -> bytes:
    """Return a zip archive with ``parts``."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def office_open(
    rows: str, *, strings: str = "", formats: Sequence[str] = (), head: str = "", more: Any = None
) -> bytes:
    """Return an .xlsx whose sheet has the XML ``rows``; style 1 and so on have the ``formats``.

    ``strings`` are the elements of its shared strings, ``head`` is XML before its sheets, and ``more`` are other parts.
    """
    codes = "".join(
        f'<numFmt numFmtId="{164 + place}" formatCode={quoteattr(code)}/>' for place, code in enumerate(formats)
    )
    styles = "".join(f'<xf numFmtId="{164 + place}"/>' for place in range(len(formats)))
    related = f'Type="{_RELATIONS}'
    return packed(
        **{
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" {related}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{head}<sheets>'
            '<sheet name="Clients" sheetId="1" r:id="b"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
            f'<Relationship Id="b" {related}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="c" {related}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
            f'<Relationship Id="d" {related}/styles" Target="styles.xml"/></Relationships>',
            "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts>{codes}</numFmts><cellStyleXfs><xf numFmtId="9"/>'
            f'</cellStyleXfs><cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>',
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{strings}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
            **(more or {}),
        }
    )


def open_document(tables: str, *, styles: str = "", manifest: str = "<manifest/>") -> bytes:
    """Return an .ods with the XML ``tables``, and ``styles`` before them."""
    spaces = f'xmlns:office="{_OFFICE}" xmlns:table="{_TABLE}" xmlns:text="{_TEXT}" xmlns:style="{_STYLE}"'
    return packed(
        **{
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": f"<office:document-content {spaces}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
            "</office:document-content>",
        }
    )


def layout_of(path: Path, data: bytes, limits: Limits = LIMITS, **options: Any) -> Layout:
    """Return the layout of the workbook ``data``, which is put at ``path``."""
    path.write_bytes(data)
    return detect_layout(path, ImportOptions.parse(options), limits)


def read(path: Path, data: bytes, limits: Limits = LIMITS, **options: Any) -> dict[int, list[str]]:
    """Return the cells of each row, by its number, of the workbook ``data``, which is put at ``path``."""
    layout = layout_of(path, data, limits, **options)
    found = {}
    for batch in limits.applied(read_rows(path, layout, limits)):
        for number, row in zip(batch.rows.tolist(), batch.cells.to_pylist(), strict=True):
            found[number] = list(row.values())
    return found


def saved_by_libreoffice(path: Path, kind: str, opened_by: str = "") -> Path:
    """Have LibreOffice save the file at ``path`` as another ``kind``, and return where.

    It is opened by the filter ``opened_by``. The test is skipped where there is no LibreOffice.
    """
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc-nogui")
    folder = path.parent / f"saved as {kind}"
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(path)]
    command += [f"--infilter={opened_by}"] if opened_by else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    saved = folder / f"{path.stem}.{kind}"
    assert saved.exists(), done.stdout + done.stderr
    return saved

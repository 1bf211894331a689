"""Covers what is read of workbooks: which sheet, and what a person sees in its cells (docs/rules.md, section 12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from client_import.errors import OptionsError, SourceError
from tests.support.program import Program
from tests.support.workbooks import layout_of, made, office_open, open_document, read, table

HEADER = ["Code", "Name", "Type"]
ROWS = [HEADER, ["A1", "Acme", "Ltd"], ["B2", 'Bob, "B" & Sons\nof York', "Ltd"]]
DAY_AND_TIME = datetime(2024, 12, 31, 10, 30, tzinfo=UTC)
FIRST = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Code</t></is></c><c r="B1" t="inlineStr"><is><t>Name</t></is></c></row>'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "source"


def cells(path: Path, xml: str, **parts: Any) -> list[str]:
    """The cells of the second row of an .xlsx, whose XML is given, below a header."""
    (row,) = read(path, office_open(f'{FIRST}<row r="2">{xml}</row>', **parts)).values()
    return row


def cell_of_ods(path: Path, attributes: str, content: str = "") -> str:
    """The text of a cell of an .ods beside the code A1."""
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>{first}</text:p></table:table-cell>{second}</table:table-row>"
        for first, second in (
            ("Code", "<table:table-cell><text:p>Name</text:p></table:table-cell>"),
            ("A1", f"<table:table-cell {attributes}>{content}</table:table-cell>"),
        )
    )
    (row,) = read(path, open_document(f'<table:table table:name="Clients">{rows}</table:table>')).values()
    return row[1]


def test_rows_of_a_workbook_are_those_of_its_table(path: Path) -> None:
    assert read(path, table(ROWS)) == {2: ROWS[1], 3: ROWS[2]}


def test_cells_are_what_is_seen(path: Path) -> None:
    shown: list[tuple[object, str, str]] = [
        (12, "General", "12"),
        (12.0, "General", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (447700900123, "General", "447700900123"),
        (447700900123, "0.00E+00", "447700900123"),
        (1234567, "00000000", "01234567"),
        (123456, "00-00-00", "12-34-56"),
        (0.125, "0.0%", "12.5%"),
        (1234.5, "£#,##0.00", "£1,234.50"),
        (date(2024, 12, 31), "dd/mm/yyyy", "2024-12-31"),
        (date(2024, 12, 31), "mmm-yy", "2024-12-31"),
        (DAY_AND_TIME, "dd/mm/yyyy hh:mm", "2024-12-31 10:30:00"),
        (time(10, 30), "hh:mm", "10:30:00"),
        (True, "General", "TRUE"),
        (False, "General", "FALSE"),
        ("007", "@", "007"),
        ("  =A1 ", "@", "  =A1 "),
    ]

    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, [f"H{place}" for place in range(len(shown))])
        for place, (value, code, _) in enumerate(shown):
            write = sheet.write_string if isinstance(value, str) else sheet.write
            write(1, place, value, workbook.add_format({"num_format": code}))

    assert read(path, made(fill)) == {2: [text for *_, text in shown]}


@pytest.mark.parametrize(
    ("xml", "shown"),
    [
        ('<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c>', ["Ann", "Bob"]),
        ('<c t="inlineStr"><is><t>A</t></is></c><c t="inlineStr"><is><t>B</t></is></c>', ["A", "B"]),
        ('<c r="A2" t="inlineStr"><is><r><t>An</t></r><r><t>n</t></r><rPh><t>x</t></rPh></is></c>', ["Ann", ""]),
        ('<c r="B2" t="str"><f>A1&amp;"x"</f><v>Codex</v></c>', ["", "Codex"]),
        ('<c r="A2"><f>1+1</f><v>2</v></c><c r="B2"><f>1+2</f></c>', ["2", "#VALUE!"]),
        ('<c r="A2" t="e"><v>#REF!</v></c><c r="B2" t="b"><v>1</v></c>', ["#REF!", "TRUE"]),
        ('<c r="A2" t="d"><v>2024-12-31T00:00:00</v></c><c r="B2" t="d"><v>2024-12-31</v></c>', ["2024-12-31"] * 2),
        ('<c r="A2" t="str"><v>a_x000A_b_x005F_x</v></c>', ["a\nb_x", ""]),
        ('<c r="A2"><v>007</v></c><c r="B2"><v>12345678901234567890</v></c>', ["007", "12345678901234567890"]),
        ('<c r="A2" s="99"><v>1</v></c><c r="B2" s="1"><v>7</v></c>', ["1", "007"]),
    ],
    ids=["shared", "no places", "rich text", "formula", "no result", "error", "dates", "escapes", "digits", "styles"],
)  # fmt: skip
def test_every_kind_of_cell_is_read(xml: str, shown: list[str], path: Path) -> None:
    assert (
        cells(path, xml, strings="<si><t>Ann</t></si><si><r><t>B</t></r><r><t>ob</t></r></si>", formats=["000"])
        == shown
    )


def test_dates_since_1904_are_read(path: Path) -> None:
    head = '<workbookPr date1904="1"/>'
    (first, second) = cells(
        path, '<c r="A2" s="1"><v>44195</v></c><c r="B2" s="1"><v>0</v></c>', formats=["dd/mm/yyyy"], head=head
    )
    assert (first, second) == ("2024-12-31", "1904-01-01")


def test_workbook_of_openpyxl_is_read(path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in [*ROWS, ["C3", date(2024, 12, 31), 7]]:
        sheet.append(row)
    sheet["C4"].number_format = "0000"
    file = BytesIO()
    workbook.save(file)
    assert read(path, file.getvalue()) == {2: ROWS[1], 3: ROWS[2], 4: ["C3", "2024-12-31", "0007"]}


def test_elements_with_a_prefix_are_read(path: Path) -> None:
    rows = (
        '<x:row r="1"><x:c t="str"><x:v>Code</x:v></x:c></x:row><x:row r="2"><x:c t="str"><x:v>A1</x:v></x:c></x:row>'
    )
    spaced = f'<x:worksheet xmlns:x="urn:x"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    assert read(path, office_open("", more={"xl/worksheets/sheet1.xml": spaced})) == {2: ["A1"]}


def test_row_numbers_are_those_of_the_sheet_and_hidden_rows_are_named(program: Program) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "All clients of 2024")
        for number, row in [(2, HEADER), (4, ROWS[1]), (5, ["X9", "Xen", "wrong"]), (70_000, ["C3", "Cy", "wrong"])]:
            sheet.write_row(number, 0, row)
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.set_row(70_000, None, None, {"hidden": True})

    job = program.run(made(fill))
    assert (job["createdCount"], job["errorCount"]) == (1, 2)
    assert list(program.reasons(job["code"])) == [6, 70_001]
    notes = program.store.job(job["code"]).notes
    assert [note for note in notes if "hidden" in note] == [
        "Rows 5 and 70001 are hidden in the sheet, by a filter or by hand, and read like every other row. If they are "
        "not to be imported, delete them in the workbook."
    ]


def test_of_merged_cells_the_first_has_the_value(path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.merge_range(1, 1, 2, 1, "Acme")
        for number in (1, 2):
            sheet.write(number, 0, f"A{number}")
            sheet.write(number, 2, "Ltd")

    assert read(path, made(fill)) == {2: ["A1", "Acme", "Ltd"], 3: ["A2", "", "Ltd"]}


def several(workbook: xlsxwriter.Workbook) -> None:
    cover, hidden, clients, more = (workbook.add_worksheet(name) for name in ("Cover", "Lists", "Clients", "Old ones"))
    clients.activate()
    cover.write(0, 0, "Our clients")
    for sheet, code in ((hidden, "H1"), (clients, "A1"), (more, "O1")):
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [code, "Acme", "Ltd"])
    hidden.hide()


def test_first_sheet_with_a_table_is_read_and_a_note_names_the_others(path: Path) -> None:
    layout = layout_of(path, made(several))
    assert (layout.sheet, layout.sheets) == ("Clients", ("Cover", "Lists", "Clients", "Old ones"))
    assert layout.notes == ('The sheet "Clients" is read. The workbook also has: "Cover", "Lists", "Old ones".',)


@pytest.mark.parametrize(("wanted", "code"), [("old ones", "O1"), ("Lists", "H1"), ("Clients", "A1")])
def test_sheet_is_read_that_is_asked_for(wanted: str, code: str, path: Path) -> None:
    assert read(path, made(several), sheet=wanted) == {2: [code, "Acme", "Ltd"]}


def test_hidden_sheet_is_read_where_no_other_has_anything(path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        workbook.add_worksheet("Empty")
        hidden = workbook.add_worksheet("Hidden")
        hidden.write_row(0, 0, HEADER)
        hidden.hide()

    assert layout_of(path, made(fill)).sheet == "Hidden"


def test_sheet_that_is_not_there_is_an_option_that_does_not_fit(path: Path, program: Program) -> None:
    with pytest.raises(OptionsError, match=r'no sheet "Client"\. Did you mean "Clients"\? Its sheets are: "Cover", "L'):
        layout_of(path, made(several), sheet="Client")
    with pytest.raises(OptionsError, match="no workbook, so it has no sheets"):
        program.run(b"Code,Name\nA1,Acme\n", sheet="Clients")
    with pytest.raises(SourceError, match='"Empty" of the workbook is empty'):
        layout_of(path, made(lambda book: [book.add_worksheet("Empty"), several(book)]), sheet="Empty")


def test_options_of_text_files_are_not_used_and_a_note_says_so(path: Path) -> None:
    assert read(path, table(ROWS), delimiter=";", encoding="utf-16") == {2: ROWS[1], 3: ROWS[2]}
    assert "are for text files, and not used" in layout_of(path, table(ROWS), quote="'").notes[0]


def test_source_stays_the_workbook(program: Program) -> None:
    data = table(ROWS)
    code = program.receive(data)
    assert program.carry_on(code)["createdCount"] == 2
    assert program.home.job(code).source.read_bytes() == data


@pytest.mark.parametrize(
    ("attributes", "content", "shown"),
    [
        ('office:value-type="float" office:value="7"', "<text:p>0007</text:p>", "0007"),
        ('office:value-type="float" office:value="447700900123"', "<text:p>4.48E+11</text:p>", "447700900123"),
        ('office:value-type="percentage" office:value="0.125"', "<text:p>12.5%</text:p>", "12.5%"),
        ('office:value-type="date" office:date-value="2024-12-31"', "<text:p>31/12/24</text:p>", "2024-12-31"),
        ('office:value-type="date" office:date-value="2024-12-31T10:30:00"', "<text:p/>", "2024-12-31 10:30:00"),
        ('office:value-type="time" office:time-value="PT09H05M00S"', "<text:p>9:05</text:p>", "09:05:00"),
        ('office:value-type="boolean" office:boolean-value="true"', "<text:p>TRUE</text:p>", "TRUE"),
        ("", "<text:p>a<text:s text:c='2'/>b<text:tab/><text:a>c</text:a></text:p><text:p>d</text:p>", "a  b\tc\nd"),
        ("", "<office:annotation><text:p>who wrote this?</text:p></office:annotation><text:p>Ann</text:p>", "Ann"),
        ("", "<text:p>#REF!</text:p>", "#REF!"),
    ],
)  # fmt: skip
def test_cells_of_open_documents_are_what_is_seen(attributes: str, content: str, shown: str, path: Path) -> None:
    assert cell_of_ods(path, attributes, content) == shown


def test_rows_and_cells_of_open_documents_are_repeated(path: Path) -> None:
    def row(text: str, attributes: str = "", of_cell: str = "") -> str:
        cells = f"<table:table-cell {of_cell}><text:p>{text}</text:p></table:table-cell>" if text else ""
        rest = '<table:table-cell table:number-columns-repeated="16000"/>'
        return f"<table:table-row {attributes}>{cells}{rest}</table:table-row>"

    rows = [
        row("Code", of_cell='table:number-columns-repeated="2"'),
        row("", 'table:number-rows-repeated="3"'),
        "<table:table-header-rows>",
        row("A1", 'table:number-rows-repeated="2" table:visibility="filter"'),
        "</table:table-header-rows>",
        row("B2"),
        row("", 'table:number-rows-repeated="1048000"'),
    ]
    data = open_document(f'<table:table table:name="A">{"".join(rows)}</table:table>')
    assert read(path, data, has_header_row=True) == {5: ["A1", ""], 6: ["A1", ""], 7: ["B2", ""]}


def test_hidden_sheets_of_open_documents_are_known(path: Path) -> None:
    row = "<table:table-row><table:table-cell><text:p>Code</text:p></table:table-cell></table:table-row>"
    style = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'
    tables = (
        f'<table:table table:name="A" table:style-name="ta1">{row * 2}</table:table><table:table table:name="B"/>'
        f'<table:table table:name="C">{row}</table:table>'
    )
    layout = layout_of(path, open_document(tables, styles=style))
    assert (layout.sheet, layout.sheets) == ("C", ("A", "B", "C"))

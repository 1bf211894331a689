"""An export that a spreadsheet has opened and saved changes nothing when it is imported (docs/rules.md, section 8).

Each program is played by what it makes of one cell of a CSV file: read as if somebody typed it, written as it is shown.
The settings are those of the UK. No program is run; what they do is written down here from their documentation.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from client_import.fields.catalogue import FIELDS
from client_import.reports.export import export_clients
from tests.support.program import Program

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"


def typed(cell: str) -> dt.date | dt.time | Decimal | bool | str:
    """What a cell is to a spreadsheet of the UK that reads it as if it was typed."""
    text = cell.strip()
    if re.fullmatch("(?i)true|false", text):
        return text.upper() == "TRUE"
    return _number(text) or _time(text) or _date(text) or cell


def _number(text: str) -> Decimal | None:
    bare = re.sub(r"^\((.*)\)$", r"-\1", re.sub("[£$€%]", "", text)).strip()
    if not re.fullmatch(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?", bare):
        return None
    return Decimal(bare.replace(",", "")) if re.search("[0-9]", bare) else None


def _time(text: str) -> dt.time | None:
    match = re.fullmatch(r"(?i)([0-9]{1,2})(?::([0-9]{2}))?(?::[0-9]{2})?(?:\s*([ap])m?)?", text)
    if match is None or not (match[2] or match[3]) or int(match[1]) > 23 or int(match[2] or 0) > 59:
        return None
    return dt.time(int(match[1]), int(match[2] or 0))


def _date(text: str) -> dt.date | None:
    for pattern, order in (
        (r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", "ymd"),
        (r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{2,4})", "dmy"),
        (r"([0-9]{1,2})[-/]([0-9]{1,2})", "dm"),
        (rf"(?i)([0-9]{{1,2}})(?:st|nd|rd|th)?[-/. ]*{MONTH}[-/. ,]*([0-9]{{2,4}})?", "dmy"),
        (rf"(?i){MONTH}[-/. ]*([0-9]{{1,2}})(?:st|nd|rd|th)?", "md"),
        (rf"(?i){MONTH}[-/. ]*([0-9]{{4}})", "my"),
    ):
        match = re.fullmatch(pattern, text)
        if match:
            parts = dict(zip(order, match.groups(), strict=True))
            year = int(parts.get("y") or 2026)
            month = parts["m"]
            number = int(month) if month.isdigit() else MONTHS.index(month[:3].lower()) + 1
            try:
                return dt.date(year + 2000 * (year < 100), number, int(parts.get("d") or 1))
            except ValueError:
                return None
    return None


def evaluated(cell: str) -> str | None:
    """What a formula shows: its text, or an error; None for a cell that is no formula."""
    match = re.fullmatch(r'="((?:[^"]|"")*)"', cell)
    if match:
        return match[1].replace('""', '"')
    if cell.startswith("="):
        return "#NAME?"
    if re.match(r"[+-][^0-9.,]", cell) or cell.startswith("@"):
        return "#NAME?"
    return None


def excel(cell: str) -> str:
    """Excel: 11 digits are shown of a number, dates in the short form of the UK."""
    formula = evaluated(cell)
    if formula is not None:
        return formula
    value = typed(cell)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Decimal):
        if "%" in cell:
            return cell
        if "e" in cell.lower():
            return f"{value:.2E}"
        return f"{value:.5E}" if abs(value) >= 10**11 else f"{value.normalize():f}"
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}" if value.year >= 1900 else cell
    return f"{value:%H:%M}" if isinstance(value, dt.time) else cell.replace("\r\n", "\n")


def libreoffice(cell: str) -> str:
    """LibreOffice: 15 digits are kept of a number, dates stay in the order they were typed in when that is ISO's."""
    if cell.startswith("="):
        return evaluated(cell) or cell
    value = typed(cell)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Decimal):
        return f"{value:.14E}" if abs(value) >= 10**15 else f"{value.normalize():f}"
    if isinstance(value, dt.date):
        return cell if re.match("[0-9]{4}-", cell) else f"{value:%d/%m/%y}"
    return f"{value:%H:%M:%S}" if isinstance(value, dt.time) else cell.replace("\r\n", "\n")


def google_sheets(cell: str) -> str:
    """Google Sheets: a leading apostrophe marks text and is not kept; a formula that cannot be read is an error."""
    if cell.startswith("'"):
        return cell[1:]
    formula = evaluated(cell)
    if formula is not None:
        return formula
    value = typed(cell)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Decimal):
        return f"{value:.15E}" if abs(value) >= 10**15 else f"{value.normalize():f}"
    if isinstance(value, dt.date):
        return cell if re.match("[0-9]{4}-", cell) else f"{value:%d/%m/%Y}"
    return f"{value:%H:%M:%S}" if isinstance(value, dt.time) else cell.replace("\r\n", "\n").strip()


PROGRAMS = [excel, libreoffice, google_sheets]

ODD_TEXTS = [
    *("00123", "007", "0", "123456789012", "12345678901234567890", "1e5", "1E5", "12E34", "1.50", "1,234", "(5)", ".5"),
    *("£5", "50%", "10 %", "TRUE", "false", "-Dash Ltd", "=Sum Traders", "+Plus", "@handle", "+44 20", "--", "- a"),
    *(
        "MAR1",
        "SEPT2",
        "Dec-20",
        "1-Dec",
        "May 5",
        "5 March 2024",
        "Mar 2024",
        "March 5th",
        "1/2",
        "1/2/24",
        "12-34-56",
    ),
    *("3/4", "2024-12-31", "31.12.2024", "10:30", "1:2", "9 a", "9am", "10:30 PM", "12-34", "2024-03-01 10:30"),
    *("'90s Music", "'n' Sync", "“A” and “B”", '12" Pipe, Ltd', "Two\nlines", "N/A", "None", "NULL", "#1 Cleaning"),
    *(
        "A1",
        "C001",
        "1 High St",
        "020 7946 0018",
        "12 34",
        "Straße",
        "O'Neil",
        "5'",
        "May",
        "T1",
        "1st Choice",
        "a;b|c",
    ),
]

ROWS = [
    {"Code": f"X{number}", "Name": f"Name {number}", "TradingAs": text, "InternalReference": text[:50], "Manager": text}
    for number, text in enumerate(ODD_TEXTS)
] + [
    {"Code": "00123", "Name": "0042", "Telephone": "020 7946 0018", "VatNumber": "GB980780684000"},
    {"Code": "1E5", "Name": "1/2", "Telephone": "07700 900123", "VatNumber": "980780684"},
    {"Code": "MAR1", "Name": "TRUE", "Telephone": "+33 1 23 45 67 89", "VatNumber": "012345620"},
    {"Code": "-1", "Name": "-Dash", "Telephone": "+4532123456", "ContactMobile": "+12125550142"},
    {"Code": "123456789012", "Name": "=1+1", "Telephone": "0800 1111", "ContactPhone": "0113 496 0000"},
    {"Code": "D1", "Name": "d", "IncorporationDate": "01/02/1900", "VatRegDate": "31/12/2024", "CompanyNumber": "7"},
    {"Code": "D2", "Name": "e", "IncorporationDate": "1864-05-04", "CompanyNumber": "SC012345", "Utr": "1955839661"},
    {"Code": "D3", "Name": "f", "RegisteredAddressPostCode": "01067", "RegisteredAddressCountry": "Germany"},
    {"Code": "D4", "Name": "g", "RegisteredAddressPostCode": "12-345", "RegisteredAddressCountry": "Poland"},
    {"Code": "D5", "Name": "h", "CompaniesHouseAuthenticationCode": "001234", "PayeRef": "012/1990"},
    {"Code": "D6", "Name": "i", "CompaniesHouseAuthenticationCode": "1234E5", "PayeRef": "123/AB456"},
    {"Code": "D7", "Name": "j", "Email": "+tag@example.com", "ContactEmail": "=a@example.com", "PclSent": "Yes"},
    {"Code": "D8", "Name": "k", "CompaniesHouseAuthenticationCode": "MAR123", "NiNumber": "AB123456C"},
    {"Code": "D9", "Name": "l", "Website": "example.com", "ContactRelationships": "Main;Billing", "Status": "Prospect"},
    {"Code": "D10", "Name": "m", "CompanyNumber": "IP00123R", "RegisteredAddress": "1 High St\r\nLeeds", "Type": "PLC"},
]


def csv_of(rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, [field.name for field in FIELDS], restval="")
    writer.writeheader()
    writer.writerows({"Type": "Ltd", **row} for row in rows)
    return file.getvalue().encode()


def exported(program: Program) -> bytes:
    file = io.BytesIO()
    with program.database.look(None) as session:
        export_clients(session.tables, None, file)
    return file.getvalue()


def saved_by(program: Callable[[str], str], data: bytes) -> bytes:
    """The CSV file as the program writes it after it has opened it."""
    records = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    file = io.StringIO(newline="")
    csv.writer(file).writerows([[program(cell) for cell in record] for record in records])
    return file.getvalue().encode("utf-8-sig")


@pytest.fixture
def filled(program: Program) -> Program:
    guarded = [{name: f"'{cell}" if cell[:1] in "=+-@" else cell for name, cell in row.items()} for row in ROWS]
    job = program.run(csv_of(guarded))
    assert (job["createdCount"], job["errorCount"]) == (len(ROWS), 0), program.not_imported(job["code"])
    stored = {client["code"]: client for client in program.clients()}
    assert [stored[row["Code"]]["name"] for row in ROWS] == [row["Name"] for row in ROWS]
    assert [stored[f"X{number}"]["trading_as"] for number in range(len(ODD_TEXTS))] == ODD_TEXTS
    return program


@pytest.mark.parametrize("saves", [[each] for each in PROGRAMS] + [[], [excel, excel], [libreoffice, excel]])
def test_an_export_that_a_spreadsheet_saved_changes_nothing(filled: Program, saves: list[Callable[[str], str]]) -> None:
    data = exported(filled)
    for program in saves:
        data = saved_by(program, data)
    before = filled.clients()
    job = filled.run(data)
    assert (job["skippedCount"], job["totalItems"]) == (len(ROWS), len(ROWS)), filled.not_imported(job["code"])
    assert {reason for reasons in filled.reasons(job["code"]).values() for reason in reasons} == {"unchanged"}
    assert filled.clients() == before


def test_telephone_numbers_are_exported_with_blanks(filled: Program) -> None:
    rows = {row["Code"]: row for row in csv.DictReader(io.StringIO(exported(filled).decode("utf-8-sig"), newline=""))}
    numbers = {row["Telephone"] for row in rows.values()} - {""}
    assert numbers == {"+44 20 7946 0018", "+44 7700 900123", "+33 123456789", "+45 32123456", "+44 8001111"}
    assert rows["'00123"]["Name"] == "'0042"
    assert rows["D5"]["PayeRef"] == "'012/1990"
    assert rows["D1"]["IncorporationDate"] == "1900-02-01"
    assert rows["'00123"]["VatNumber"] == "GB980780684000"
    assert (rows["C001"] if "C001" in rows else rows["X0"])["Name"] == "Name 0"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("+442079460018", "4.42079E+11"),
        ("980780684000", "9.80781E+11"),
        ("00123", "123"),
        ("MAR1", "01/03/2026"),
        ("1/2", "01/02/2026"),
        ("2024-12-31", "31/12/2024"),
        ("-Dash", "#NAME?"),
        ("true", "TRUE"),
        ('="00123"', "00123"),
        ("Acme Ltd", "Acme Ltd"),
    ],
)
def test_the_player_of_excel_does_what_people_report(cell: str, shown: str) -> None:
    assert excel(cell) == shown


def test_a_foreign_post_code_whose_country_was_emptied_is_imported_again(program: Program) -> None:
    program.run(
        b"Code,Name,Type,Registered Address Post Code,Registered Address Country\n"
        b"A1,Ann,Ltd,75001,France\nB2,Bob,Ltd,10115,Germany\nC3,Cy,Ltd,,\n"
    )
    program.run(b"Code,Registered Address Country\nA1,#N/A\nB2,UK\n")
    again = program.run(exported(program))
    assert (again["errorCount"], again["updatedCount"], again["skippedCount"]) == (0, 0, 3)
    other = program.run(exported(program).replace(b"75001", b"75002"))
    assert (other["errorCount"], other["skippedCount"]) == (1, 2)
    assert program.reasons(other["code"])[2] == {"bad_format"}


def test_a_row_with_another_error_is_still_rejected_for_that_alone(program: Program) -> None:
    program.run(b"Code,Name,Type,RegisteredAddressPostCode,RegisteredAddressCountry\nA1,Ann,Ltd,75001,France\n")
    program.run(b"Code,RegisteredAddressCountry\nA1,#N/A\n")
    job = program.run(b"Code,RegisteredAddressPostCode,RegisteredAddressCountry,Email\nA1,75001,,nope\n")
    [row] = program.not_imported(job["code"])
    assert row["import_reason"] == "bad_format"
    assert "75001" not in row["import_message"]
    assert "nope" in row["import_message"]

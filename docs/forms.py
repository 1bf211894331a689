"""How the values of each type of field are written, and cells to show it with; what they mean says the code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """One type: its title, what to write, cells that are read although they look otherwise, cells that are not."""

    title: str
    write: str
    read: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()


FORMS = {
    "enum": Form(
        "Type and status",
        "One of the words of the list. Capitals, spaces and full stops do not matter, and the usual other words for "
        "them are known.",
        ("Ltd", "ltd.", "P.L.C.", "PRI/LTD BY GUAR/NSC (Private, limited by guarantee, no share capital)"),
        ("Club", "Limited Partnership", "#VALUE!"),
    ),
    "enum_list": Form(
        "What a contact is to the client",
        "One or more of the words of the list, separated by `;` or `|`.",
        ("main; billing", "Director|Psc"),
        ("Main;Friend",),
    ),
    "email": Form(
        "Email addresses",
        "One address.",
        ("Ann@EXAMPLE.com", "mailto:ann@example.com", "Ann Lee <ann@example.com>", "'ann@example.com"),
        ("ann at example.com", "ann@example.com; bob@example.com"),
    ),
    "phone": Form(
        "Telephone numbers",
        "One number with its area code; numbers abroad with `+` and the country code. Spaces, dots, dashes and "
        "brackets do not matter. Without `+` it has to be a UK number: the leading 0 may be missing only if the digits "
        "can be nothing else.",
        ("020 7946 0018", "+44 (0)20 7946 0018", "7700900123", "7700900123.0", "tel:+33123456789"),
        ("020 7946 0018 ext 3", "020 7946 0018/19", "(212) 555-0142", "O20 7946 0018", "4.42079E+11"),
    ),
    "url": Form(
        "Web addresses",
        "An address that begins with `https://` or `http://`, or with neither.",
        ("www.example.com", "HTTP://example.com"),
        ("ftp://example.com",),
    ),
    "yes_no": Form(
        "Yes or no",
        "`Yes` or `No`.",
        ("Y", "TRUE", "1", "-1", "✓", "n", "FALSE", "0.0"),
        ("perhaps", "x"),
    ),
    "date": Form(
        "Dates",
        "Day or year first, and the year with four digits. If your dates have the month first, say so when you import "
        "the file; it is not guessed. A time of day is dropped. Five digits are the days that Excel counts from 1900; "
        "in a workbook that counts from 1904 (some made on a Macintosh), format the column as a date before you save "
        "it.",
        ("31/12/2024", "31-12-2024", "31 Dec 2024", "2024-12-31", "31/12/2024 00:00", "20241231", "45657", "45657.0"),
        ("31/02/2024", "12/31/2024", "31/12/24", "2024", "2024-05-31T23:00:00Z", "########"),
    ),
    "company_number": Form(
        "Company numbers",
        "8 digits, or 2 letters and 6 digits; those of registered societies may end with letters. Leading zeros that "
        "a spreadsheet removed are put back.",
        ("1234567", "1234567.0", "1,234,567", "'01234567", "sc 123456", "ip00123r"),
        ("12A45678", "0", "1.23E+07"),
    ),
    "auth_code": Form(
        "Authentication codes of Companies House",
        "6 letters or digits. Leading zeros are not put back: nobody can tell how many there were.",
        ("123456.0",),
        ("1234",),
    ),
    "vat": Form(
        "VAT numbers",
        "9 or 12 digits, with or without `GB` or `XI` in front. The check digits have to be right. A leading zero "
        "that a spreadsheet removed is put back if that makes them right.",
        ("GB 980 7806 84", "XI980780684", "980780684.0", "12345620"),
        ("12345678", "GB123456789", "9.80781E+11"),
    ),
    "utr": Form(
        "UTRs",
        "10 digits, the first of which is never 0. The check digit has to be right.",
        ("19558 39661", "1955839661K", "1955839661.0"),
        ("195583966", "2234567891", "1.96E+09"),
    ),
    "nino": Form(
        "National Insurance numbers",
        "2 letters, 6 digits, and a letter from A to D.",
        ("ab 12 34 56 c", "AB-12-34-56-C"),
        ("AB123456E",),
    ),
    "paye_ref": Form(
        "PAYE references",
        "3 digits, `/`, and up to 10 letters or digits.",
        ("123 / ab456",),
        ("123AB456",),
    ),
    "accounts_office_ref": Form(
        "Accounts Office references",
        "13 characters like `123PA00012345`.",
        ("123 pa 0001234 x",),
        ("123PA0001234",),
    ),
    "post_code": Form(
        "Post codes",
        "A UK post code; or any other, if the country column of the same address names another country. `England & "
        "Wales`, `GB-ENG` and `Great Britian` mean the UK, as `United Kingdom` does.",
        ("sw1a1aa", "E1  6AN"),
        ("LS1", "75001"),
    ),
    "text": Form(
        "Text",
        "Anything; it is kept as it is, except for spaces at its ends and what a spreadsheet or copying has put around "
        "it. `N/A`, `-` and `007` are text like any other; a column that says nothing but `NULL`, `N/A` and the like "
        "is blank. Repeated spaces within a `Name` become one; a `Code` may have no space in it, and no two clients "
        "have the same one. Capitals and invisible characters make no difference between codes or between names.",
        ('="A001"', "'001", "“A001”"),
        ("A 1", "#REF!"),
    ),
}
"""By the ``type`` of the catalogue."""

REPAIRED_ANYWHERE = ("'07700 900123", '"07700 900123"', "“07700 900123”", '="07700900123"', "０７７００９００１２３")
"""Telephone numbers as other programs leave them."""

NOTHING = ("N/A", "NA", "-", "--", "none", "nil", "null", "NaN", "(blank)", ".")
"""Cells of typed fields that say there is nothing."""

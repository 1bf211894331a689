"""The cells of the model: what each raw text of a small hand-written vocabulary means for its field.

Every clean value and every error was written down by hand from docs/rules.md section 4 and fields.csv, so that a
mistake in a normaliser cannot hide in the model as well. Computed is only what programs put around a value: blanks,
and in typed fields quotes, invisible characters and wide digits.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

Value = str | bool | dt.date

NOT_AVAILABLE = "#N/A"
NEVER_EMPTIED = frozenset({"Code", "Name", "Type", "Status"})


NOTHING = frozenset({"n/a", "na", "none", "nil", "null", "nan", "(blank)", "\u2013", "--", "."})
"""What a cell of a typed field says, in any case, when it says nothing."""

AROUND = {"'": "", '"': '"', "\u201c": "\u201d", "\u2018": "\u2019"}
"""Marks around a value, by the one in front."""

INVISIBLE = ("\u200b", "\u200e", "\u00ad", "\ufeff")
PLAIN = {ord("\uff10") + digit: str(digit) for digit in range(10)} | {ord("\u00a0"): " "}


class Kind(Enum):
    """What a cell turned out to be, once trimmed, normalised and checked."""

    VALUE = "value"
    ERROR = "row_error"
    BLANK = "blank"
    NOT_AVAILABLE = "not available"


@dataclass(frozen=True)
class Cell:
    """One checked cell: a clean value, or a reason code, or neither."""

    kind: Kind
    value: Value | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Field:
    """A field's column in the clients table and the raw texts the tests put into its cells."""

    column: str
    good: Mapping[str, Value]
    bad: Mapping[str, str]
    is_text: bool = False


E_ACUTE_APART = "e\u0301"
UTR_GOOD: Mapping[str, Value] = {
    "1955839661": "1955839661",
    "1955839661K": "1955839661",
    "2234567890": "2234567890",
    "9000000001": "9000000001",
    "1955839661.0": "1955839661",
    "2,234,567,890": "2234567890",
    "9.000000001E+09": "9000000001",
}
UTR_BAD = {
    "3955839661": "bad_check_digit",
    "2234567891": "bad_check_digit",
    "2234567891.0": "bad_check_digit",
    "12-34": "bad_format",
    "195583966": "bad_format",
    "9E+09": "bad_format",
    "#REF!": "bad_format",
}

FIELDS: Mapping[str, Field] = {
    "Name": Field(
        column="name",
        is_text=True,
        good={
            "Ann Lee": "Ann Lee",
            "Ann   Lee": "Ann Lee",
            "ann lee": "ann lee",
            "Zo\u00e9": "Zo\u00e9",
            f"Zo{E_ACUTE_APART}": "Zo\u00e9",
            "ZO\u00c9": "ZO\u00c9",
            "Bell, Book & Co": "Bell, Book & Co",
            "Bob": "Bob",
            "007": "007",
            "Ann\u200b Lee": "Ann Lee",
            "\u201cAnn Lee\u201d": "Ann Lee",
            "\u202aBob\u202c": "Bob",
            "Stra\u00dfe": "Stra\u00dfe",
            "STRASSE": "STRASSE",
            "'90s Bob": "'90s Bob",
        },
        bad={"n" * 201: "too_long", "#REF!": "bad_format", "B\ufffdb": "bad_encoding"},
    ),
    "Code": Field(
        column="code",
        is_text=True,
        good={
            "A1": "A1",
            "a1": "a1",
            "B2": "B2",
            "b2": "b2",
            "007": "007",
            "D4": "D4",
            "e5": "e5",
            "C000001": "C000001",
            "c000001": "c000001",
            "c000002": "c000002",
            "A\u00ad1": "A1",
            "'007": "007",
        },
        bad={"A 1": "bad_format", "K" * 51: "too_long", "#VALUE!": "bad_format"},
    ),
    "Type": Field(
        column="type",
        good={
            "Individual": "Individual",
            "Ltd": "PrivateLimitedCompany",
            "PrivateLimitedCompany": "PrivateLimitedCompany",
            "PLC": "PublicLimitedCompany",
            "LLP": "LimitedLiabilityPartnership",
            "Sole Trader": "SoleTrader",
            "Partnership": "Partnership",
            "Trust": "Trust",
            "PRI/LTD BY GUAR/NSC (Private, limited by guarantee, no share capital)": "PrivateLimitedCompany",
        },
        bad={"Zorp": "not_in_list", "#VALUE!": "not_in_list", "Limited Partnership": "not_in_list"},
    ),
    "Status": Field(
        column="status",
        good={"Active": "Active", "Inactive": "Inactive", "LostProspect": "LostProspect"},
        bad={"Asleep": "not_in_list"},
    ),
    "Email": Field(
        column="email",
        good={
            "a@EXAMPLE.com": "a@example.com",
            "A@example.com": "A@example.com",
            "bo.b@example.com": "bo.b@example.com",
            "c@Example.org": "c@example.org",
            "mailto:bo.b@example.com": "bo.b@example.com",
            "Bo <bo.b@example.com>": "bo.b@example.com",
        },
        bad={"nope": "bad_format", "a@example.com; c@example.org": "bad_format", "a@@example.com": "bad_format"},
    ),
    "CompanyNumber": Field(
        column="company_number",
        good={
            "1234567": "01234567",
            "01234567": "01234567",
            "sc123456": "SC123456",
            "R0123456": "R0123456",
            "7": "00000007",
            "1234567.0": "01234567",
            "1,234,567.00": "01234567",
            "1.234567E+06": "01234567",
            "ip00123r": "IP00123R",
        },
        bad={
            "1.23E+06": "bad_format",
            "0": "bad_format",
            "12-X": "bad_format",
            "ABC12345": "bad_format",
        },
    ),
    "InternalReference": Field(
        column="internal_reference",
        is_text=True,
        good={"REF 1": "REF 1", "ref  1": "ref  1", "REF-2": "REF-2", "1e5": "1e5", "N/A": "N/A", "'7": "7"},
        bad={"r" * 51: "too_long", "########": "bad_format"},
    ),
    "NiNumber": Field(
        column="ni_number",
        good={
            "AB123456C": "AB123456C",
            "ab 12 34 56 c": "AB123456C",
            "CE654321A": "CE654321A",
            "WK000111D": "WK000111D",
        },
        bad={"DA123456A": "bad_format", "BG123456A": "bad_format", "AB123456E": "bad_format"},
    ),
    "Utr": Field(column="utr", good=UTR_GOOD, bad=UTR_BAD),
    "CompanyUtr": Field(column="company_utr", good=UTR_GOOD, bad=UTR_BAD),
    "SelfAssessmentUtr": Field(column="self_assessment_utr", good=UTR_GOOD, bad=UTR_BAD),
    "VatRegistered": Field(
        column="vat_registered",
        good={"Yes": True, "yes": True, "No": False, "TRUE": True, "0.0": False, "\u2713": True, "-1": True},
        bad={"perhaps": "bad_format", "x": "bad_format"},
    ),
    "IncorporationDate": Field(
        column="incorporation_date",
        good={
            "31/12/2020": dt.date(2020, 12, 31),
            "2020-12-31": dt.date(2020, 12, 31),
            "31-12-2020": dt.date(2020, 12, 31),
            "05/04/2021": dt.date(2021, 4, 5),
            "29 Feb 2020": dt.date(2020, 2, 29),
            "44196": dt.date(2020, 12, 31),
            "44291.0": dt.date(2021, 4, 5),
            "05/04/2021 00:00": dt.date(2021, 4, 5),
            "2020-12-31T00:00:00.000Z": dt.date(2020, 12, 31),
            "2020/12/31": dt.date(2020, 12, 31),
        },
        bad={
            "31/12/20": "bad_format",
            "2020": "bad_format",
            "2020-12-30T23:00:00Z": "bad_format",
            "31/02/2020": "bad_format",
            "12/31/2020": "bad_format",
            "soon": "bad_format",
        },
    ),
    "TradingAs": Field(
        column="trading_as",
        is_text=True,
        good={
            'The "Works"': 'The "Works"',
            "Unit 1\nDock 2": "Unit 1\nDock 2",
            "Two  Spaces": "Two  Spaces",
            "NULL": "NULL",
            "\u2018Works\u2019": "Works",
        },
        bad={"t" * 201: "too_long", "#DIV/0!": "bad_format"},
    ),
    "ContactFirstName": Field(
        column="contact_first_name",
        is_text=True,
        good={
            "Ren\u00e9e": "Ren\u00e9e",
            f"Ren{E_ACUTE_APART}e": "Ren\u00e9e",
            E_ACUTE_APART * 100: "\u00e9" * 100,
            "Jo": "Jo",
        },
        bad={"f" * 101: "too_long"},
    ),
}


def read_cell(field: str, raw: str) -> Cell:
    """Section 4: a cell is trimmed, normalised, then checked. `#N/A` is a blank where nothing is emptied."""
    words = FIELDS[field]
    text = raw.strip(" ") if words.is_text else bare(raw)
    if text == "" or (text.lower() in NOTHING and not words.is_text):
        return Cell(Kind.BLANK)
    if text == NOT_AVAILABLE:
        return Cell(Kind.BLANK if field in NEVER_EMPTIED else Kind.NOT_AVAILABLE)
    if text in words.bad:
        return Cell(Kind.ERROR, reason=words.bad[text])
    return Cell(Kind.VALUE, value=words.good[text])


def bare(raw: str) -> str:
    """What is left of a cell of a typed field without what programs put around a value."""
    text = "".join(character for character in raw if character not in INVISIBLE).translate(PLAIN).strip(" ")
    for opening, closing in AROUND.items():
        if text.startswith(opening):
            return text.removeprefix(opening).removesuffix(closing).strip(" ")
    return text

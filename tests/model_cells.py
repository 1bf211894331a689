"""The cells of the model: what each raw text of a small hand-written vocabulary means for its field.

Nothing is computed here but trimming. Every clean value and every fault was written down by hand from
semantics.md section 4 and fields.csv, so that a mistake in a normaliser cannot hide in the model as well.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

Value = str | bool | dt.date

NOT_AVAILABLE = "#N/A"
NEVER_EMPTIED = frozenset({"Code", "Name", "Type", "Status"})


class Kind(Enum):
    """What a cell turned out to be, once trimmed, normalised and checked."""

    VALUE = "value"
    FAULT = "fault"
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


E_ACUTE_APART = "e\u0301"
UTR_GOOD: Mapping[str, Value] = {
    "1955839661": "1955839661",
    "1955839661K": "1955839661",
    "2234567890": "2234567890",
    "9000000001": "9000000001",
}
UTR_BAD = {"3955839661": "bad_check_digit", "2234567891": "bad_check_digit", "12-34": "bad_format"}

FIELDS: Mapping[str, Field] = {
    "Name": Field(
        column="name",
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
        },
        bad={"n" * 201: "too_long"},
    ),
    "Code": Field(
        column="code",
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
        },
        bad={"A 1": "bad_format", "K" * 51: "too_long"},
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
        },
        bad={"Zorp": "not_in_list"},
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
        },
        bad={"nope": "bad_format", "a@@example.com": "bad_format"},
    ),
    "CompanyNumber": Field(
        column="company_number",
        good={
            "1234567": "01234567",
            "01234567": "01234567",
            "sc123456": "SC123456",
            "R0123456": "R0123456",
            "7": "00000007",
        },
        bad={"12-X": "bad_format", "ABC12345": "bad_format"},
    ),
    "InternalReference": Field(
        column="internal_reference",
        good={"REF 1": "REF 1", "ref  1": "ref  1", "REF-2": "REF-2", "1e5": "1e5"},
        bad={"r" * 51: "too_long"},
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
        good={"Yes": True, "yes": True, "No": False},
        bad={"perhaps": "bad_format"},
    ),
    "IncorporationDate": Field(
        column="incorporation_date",
        good={
            "31/12/2020": dt.date(2020, 12, 31),
            "2020-12-31": dt.date(2020, 12, 31),
            "31-12-2020": dt.date(2020, 12, 31),
            "05/04/2021": dt.date(2021, 4, 5),
            "29 Feb 2020": dt.date(2020, 2, 29),
        },
        bad={"31/02/2020": "bad_format", "12/31/2020": "bad_format", "soon": "bad_format"},
    ),
    "TradingAs": Field(
        column="trading_as",
        good={
            'The "Works"': 'The "Works"',
            "Unit 1\nDock 2": "Unit 1\nDock 2",
            "Two  Spaces": "Two  Spaces",
            "NULL": "NULL",
        },
        bad={"t" * 201: "too_long"},
    ),
    "ContactFirstName": Field(
        column="contact_first_name",
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
    text = raw.strip(" ")
    if text == "":
        return Cell(Kind.BLANK)
    if text == NOT_AVAILABLE:
        return Cell(Kind.BLANK if field in NEVER_EMPTIED else Kind.NOT_AVAILABLE)
    words = FIELDS[field]
    if text in words.bad:
        return Cell(Kind.FAULT, reason=words.bad[text])
    return Cell(Kind.VALUE, value=words.good[text])

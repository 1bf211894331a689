"""The ways in which rows of the example files are wrong."""

from __future__ import annotations

from dataclasses import dataclass

MISTYPED = "the client's own number with a digit changed"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to be wrong: ``texts`` are cells of the attribute ``cell``, each wrong, one for each row to spoil."""

    what: str
    reason: str
    cell: str
    texts: tuple[str, ...]


EMAIL = Fault(
    "e-mail address without @, with two, with a blank, or without a whole domain",
    "bad_format",
    "email",
    (
        "info.example.com",
        "jo @example.com",
        "amara@@example.co.uk",
        "gwen@",
        "@example.org",
        "omar example.com",
        "to follow",
    ),
)
PHONE = Fault(
    "telephone number too short, or words", "bad_format", "phone", ("0113 496", "ask Gwen", "020 7946", "tbc")
)
COMPANY_NO = Fault("company number of no known shape", "bad_format", "company_no", ("12A45678", "X1234567", "applied"))
UTR_SHAPE = Fault("UTR without ten digits", "bad_format", "utr", ("123456789", "12345678", "awaited", "12345O7890"))
UTR_DIGIT = Fault("UTR with a wrong check digit", "bad_check_digit", "utr", (MISTYPED,) * 9)
VAT_SHAPE = Fault("VAT number without nine digits", "bad_format", "vat_no", ("GB 123 4567", "12345678"))
VAT_DIGIT = Fault("VAT number with wrong check digits", "bad_check_digit", "vat_no", (MISTYPED,) * 5)
DAY = Fault(
    "day that does not exist",
    "bad_format",
    "incorporated",
    ("31/02/2015", "31/11/2009", "29/02/2019", "00/05/2012", "31/06/1998"),
)
POSTCODE = Fault(
    "postcode of no UK shape", "bad_format", "postcode", ("LS1", "12345", "YO1O 7ZZ9", "unknown", "HX1 1A")
)
KIND = Fault(
    "entity type unknown", "not_in_list", "kind", ("Club", "Unincorporated association", "tbc", "Pension scheme")
)
STATUS = Fault("status unknown", "not_in_list", "status", ("ask Gwen", "on hold?"))
NO_NAME = Fault("new client without a name", "missing_required", "name", ("", "", " ", "", ""))
NO_KIND = Fault("new client without an entity type", "missing_required", "kind", ("", ""))
NO_REF = Fault("no client reference", "missing_required", "ref", ("", "#N/A"))
LONG_NAME = Fault(
    "name of more than 200 characters", "too_long", "name", ("Heron Joinery" + " - please ring before 10 o'clock" * 7,)
)
LONG_LINE = Fault(
    "address line of more than 100 characters",
    "too_long",
    "address_1",
    ("c/o Harrowdene and Tarnwith, The Old Chapel, second door on the left, " + "off Canal Street, " * 3,),
)
DIFFERENT = Fault("one client reference on rows with different content", "duplicate_in_file", "ref", ())
SURPLUS = Fault("more cells than the header, because of a comma without quotes", "too_many_cells", "client_since", ())
UNCLOSED = Fault("a quote that never closes", "unclosed_quote", "client_since", ())
SINGLE_FAULTS: tuple[Fault, ...] = (
    EMAIL,
    PHONE,
    COMPANY_NO,
    UTR_SHAPE,
    UTR_DIGIT,
    VAT_SHAPE,
    VAT_DIGIT,
    DAY,
    POSTCODE,
    KIND,
    STATUS,
)
SINGLE_FAULTS += (NO_NAME, NO_KIND, NO_REF, LONG_NAME, LONG_LINE)
FAULTS = (*SINGLE_FAULTS, DIFFERENT, SURPLUS, UNCLOSED)
SEVERAL_FAULTS = ((EMAIL, UTR_SHAPE, POSTCODE), (PHONE, DAY), (KIND, VAT_DIGIT))
UPDATE_FAULTS = (EMAIL, UTR_DIGIT, DAY, POSTCODE, STATUS, KIND)

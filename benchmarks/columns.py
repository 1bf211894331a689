"""The columns of a generated client file: one function makes one kind of value, for many clients at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.clients import Clients, Integers, digits, join, one_of, where
from benchmarks.words import FIRST_NAMES, TOWNS, TRADES, WORDS

STREETS = ("Mill Lane", "Station Road", "Canal Street", "Chapel Row", "Orchard Way", "Foundry Yard")
MAILBOXES = ("accounts", "info", "office", "hello", "post")
STATUSES = ("Active", "Active", "Inactive", "Prospect")
TYPE_SPELLINGS = (
    ("PrivateLimitedCompany", "Ltd", "Limited", "Limited Company"),
    ("PublicLimitedCompany", "PLC", "PLC", "PLC"),
    ("LimitedLiabilityPartnership", "LLP", "LLP", "LLP"),
    ("Partnership", "Partnership", "Partnership", "Partnership"),
    ("Individual", "Person", "Individual", "Person"),
    ("SoleTrader", "Sole Trader", "Self Employed", "Sole Trader"),
    ("Trust", "Trust", "Trust", "Trust"),
    ("Charity", "Charity", "Charity", "Charity"),
)
TYPE_SHARES = np.array([0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 6, 7, 0])
COMPANY_TYPES = 3
POSTCODE_AREAS = ("LS", "BD", "HX", "M", "BS", "YO", "CF", "NR", "S", "B")
COUNTRIES = ("United Kingdom", "England", "UK")
YES_NO = ("Yes", "No")
POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
DRAMA_NUMBERS = (
    ("20", "7946 0"),
    ("113", "496 0"),
    ("131", "496 0"),
    ("161", "496 0"),
    ("29", "2018 0"),
    ("7700", "900"),
    ("7700", "900"),
)
"""Area and block of the numbers that Ofcom keeps for drama; three more digits make one."""
UTR_WEIGHTS = (6, 7, 8, 9, 10, 5, 4, 3, 2)
UTR_CHECK_DIGITS = np.array([int(digit) for digit in "21987654321"])
VAT_WEIGHTS = (8, 7, 6, 5, 4, 3, 2)
VAT_REMAINDERS = np.array([0, 42])
"""What the weighted sum with its check digits leaves mod 97: the old scheme, and the one that adds 55."""


def weighted_sum(numbers: Integers, weights: Sequence[int]) -> Integers:
    """Return the sum of the decimal digits of ``numbers``, each times its weight."""
    total = np.zeros_like(numbers)
    for position, weight in enumerate(reversed(weights)):
        total += numbers // 10**position % 10 * weight
    return total


def code(clients: Clients) -> pa.Array:
    """Return codes such as CL00000042."""
    return join("CL", digits(clients.numbers, 8))


def name(clients: Clients) -> pa.Array:
    """Return names of two words and a trade; some with a second blank between them, which is no difference."""
    first = one_of(WORDS, clients.draw("name") + clients.version("Name"))
    second = one_of(WORDS, clients.draw("second name"))
    trade = one_of(TRADES, clients.draw("trade"))
    if clients.quoted:
        return join(first, ", ", second, ' "', trade, '"')
    return join(first, clients.spelled("Name", (" ", " ", "  ")), second, " ", trade)


def type_index(clients: Clients) -> Integers:
    """Return which of TYPE_SPELLINGS each client is; below COMPANY_TYPES are companies."""
    return np.asarray(TYPE_SHARES[clients.draw("type") % len(TYPE_SHARES)], np.int64)


def client_type(clients: Clients) -> pa.Array:
    """Return types, as members or as their known synonyms."""
    index = type_index(clients)
    return clients.spelled("Type", [one_of(way, index) for way in zip(*TYPE_SPELLINGS, strict=True)])


def status(clients: Clients) -> pa.Array:
    """Return statuses; a changed one is the next but one, so that it differs."""
    return one_of(STATUSES, clients.draw("status") + 2 * clients.version("Status"))


def email(clients: Clients) -> pa.Array:
    """Return addresses at example domains, some with capitals in the domain."""
    mailbox = one_of(MAILBOXES, clients.draw("mailbox") + clients.version("Email"))
    domain = clients.spelled("Email", ("@example.com", "@example.com", "@Example.COM"))
    return join(mailbox, ".", digits(clients.numbers, 1), domain)


def telephone(clients: Clients) -> pa.Array:
    """Return UK numbers from the drama ranges, written in six ways."""
    index = clients.draw("area")
    area = one_of([area for area, _ in DRAMA_NUMBERS], index)
    block = one_of([block for _, block in DRAMA_NUMBERS], index)
    last = digits((clients.draw("telephone") + clients.version("Telephone")) % 1000, 3)
    local = join(block, last)
    national = join("0", area, " ", local)
    closed = pc.replace_substring(national, " ", "")
    ways = (
        national,
        closed,
        join("(0", area, ") ", local),
        join("+44 ", area, " ", local),
        join("+44", pc.utf8_slice_codeunits(closed, 1)),
        join("+44 (0)", area, " ", local),
    )
    return clients.spelled("Telephone", ways)


def company_number(clients: Clients) -> pa.Array:
    """Return company numbers, some without their leading zeros or in small letters; blank for other types."""
    serial = clients.draw("company number")
    numeric = serial % 1_000_000 + 1_000_000 * (serial % 9 + 1)
    prefix = one_of(("SC", "OC", "NI", "sc"), clients.draw("company prefix"))
    registered = clients.spelled("CompanyNumber", (digits(numeric, 8), digits(numeric, 1)))
    lettered = join(prefix, digits(serial % 1_000_000, 6))
    filled = where(clients.draw("registry") % 8 == 0, lettered, registered)
    return where(type_index(clients) < COMPANY_TYPES, filled, "")


def every_vat_number(clients: Clients) -> pa.Array:
    """Return nine digits with right check digits for every client."""
    serial = 1_000_000 + clients.draw("vat") % 9_000_000
    remainder = VAT_REMAINDERS[clients.draw("vat scheme") % 2]
    check = (remainder - weighted_sum(serial, VAT_WEIGHTS)) % 97
    return digits(serial * 100 + check, 9)


def vat_number(clients: Clients) -> pa.Array:
    """Return VAT numbers for two clients in three, some with GB in front; else blank."""
    number = every_vat_number(clients)
    spelled = clients.spelled("VatNumber", (number, number, join("GB", number)))
    return where(clients.draw("vat registered") % 3 > 0, spelled, "")


def plain_utr(clients: Clients) -> pa.Array:
    """Return ten digits, the first of which is the right check digit."""
    serial = clients.draw("utr") % 1_000_000_000
    check = UTR_CHECK_DIGITS[weighted_sum(serial, UTR_WEIGHTS) % 11]
    return digits(check * 1_000_000_000 + serial, 10)


def utr(clients: Clients) -> pa.Array:
    """Return UTRs, some with the K that HMRC letters put behind them."""
    number = plain_utr(clients)
    return clients.spelled("Utr", (number, number, number, join(number, "K")))


def incorporation_date(clients: Clients) -> pa.Array:
    """Return days from 1990 to 2022 as DD/MM/YYYY; blank for clients that are no company."""
    day = digits(clients.draw("day") % 28 + 1, 2)
    month = digits(clients.draw("month") % 12 + 1, 2)
    year = digits(clients.draw("year") % 33 + 1990, 4)
    return where(type_index(clients) < COMPANY_TYPES, join(day, "/", month, "/", year), "")


def post_code(clients: Clients) -> pa.Array:
    """Return UK postcodes, some in small letters or without their blank."""
    serial = clients.draw("postcode")
    outward = join(one_of(POSTCODE_AREAS, serial), digits(clients.draw("district") % 20 + 1, 1))
    digit = digits((serial // 10 + clients.version("RegisteredAddressPostCode")) % 9 + 1, 1)
    inward = join(digit, one_of(POSTCODE_LETTERS, serial // 100), one_of(POSTCODE_LETTERS, serial // 2000))
    spaced = join(outward, " ", inward)
    ways = (spaced, spaced, join(outward, inward), pc.utf8_lower(spaced))
    return clients.spelled("RegisteredAddressPostCode", ways)


def contact_first_name(clients: Clients) -> pa.Array:
    """Return first names."""
    return one_of(FIRST_NAMES, clients.draw("first name") + clients.version("ContactFirstName"))


def address_line(clients: Clients) -> pa.Array:
    """Return a house number and a street; in a quoted file on two lines."""
    house = digits(clients.draw("house") % 200 + 1, 1)
    return join(house, "\n" if clients.quoted else " ", one_of(STREETS, clients.draw("street")))


def country(clients: Clients) -> pa.Array:
    """Return the country of a UK post code, in three spellings that are all kept as they are."""
    return one_of(COUNTRIES, clients.draw("country"))


def whole_address(topic: str) -> Callable[[Clients], pa.Array]:
    """Return a maker of addresses on one line."""
    return lambda clients: join(
        digits(clients.draw(topic) % 300 + 1, 1),
        " ",
        one_of(STREETS, clients.draw(f"{topic} street")),
        " ",
        one_of(TOWNS, clients.draw(f"{topic} town")),
    )


def other_post_code(topic: str) -> Callable[[Clients], pa.Array]:
    """Return a maker of UK postcodes in their normal form."""

    def make(clients: Clients) -> pa.Array:
        serial = clients.draw(topic)
        outward = join(one_of(POSTCODE_AREAS, serial), digits(serial // 10 % 20 + 1, 1))
        inward = join(digits(serial // 200 % 9 + 1, 1), one_of(POSTCODE_LETTERS, serial // 2000), "A")
        return join(outward, " ", inward)

    return make


def mobile(topic: str) -> Callable[[Clients], pa.Array]:
    """Return a maker of mobile numbers from the drama range."""
    return lambda clients: join("07700 900", digits(clients.draw(topic) % 1000, 3))


def day(topic: str, first_year: int) -> Callable[[Clients], pa.Array]:
    """Return a maker of days in the 30 years from ``first_year`` as DD/MM/YYYY."""
    return lambda clients: join(
        digits(clients.draw(topic) % 28 + 1, 2),
        "/",
        digits(clients.draw(f"{topic} month") % 12 + 1, 2),
        "/",
        digits(clients.draw(f"{topic} year") % 30 + first_year, 4),
    )


def plain(topic: str, pool: Sequence[str]) -> Callable[[Clients], pa.Array]:
    """Return a maker of plain texts out of ``pool``."""
    return lambda clients: one_of(pool, clients.draw(topic))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its field, what makes its cells, and whether an update row may change it."""

    field: str
    make: Callable[[Clients], pa.Array]
    changeable: bool = False


COLUMNS = (
    Column("Code", code),
    Column("Name", name, changeable=True),
    Column("Type", client_type),
    Column("Status", status, changeable=True),
    Column("Email", email, changeable=True),
    Column("Telephone", telephone, changeable=True),
    Column("CompanyNumber", company_number),
    Column("VatNumber", vat_number),
    Column("Utr", utr),
    Column("IncorporationDate", incorporation_date),
    Column("RegisteredAddressPostCode", post_code, changeable=True),
    Column("ContactFirstName", contact_first_name, changeable=True),
    Column("ContactLastName", plain("last name", WORDS)),
    Column("RegisteredAddressLine1", address_line),
    Column("RegisteredAddressCity", plain("town", TOWNS)),
    Column("Partner", plain("partner", FIRST_NAMES)),
    Column("Manager", plain("manager", FIRST_NAMES)),
    Column("TradingAs", plain("trading as", WORDS)),
    Column("NatureOfBusiness", plain("business", TRADES)),
    Column("InternalReference", lambda clients: join("REF-", digits(clients.draw("reference"), 10))),
    Column("RegisteredAddress", whole_address("registered address")),
    Column("RegisteredAddressLine2", plain("registered line 2", TOWNS)),
    Column("RegisteredAddressLine3", plain("registered line 3", TOWNS)),
    Column("RegisteredAddressCountry", country),
    Column("PostalAddress", whole_address("postal address")),
    Column("PostalAddressLine1", plain("postal line 1", STREETS)),
    Column("PostalAddressLine2", plain("postal line 2", TOWNS)),
    Column("PostalAddressLine3", plain("postal line 3", TOWNS)),
    Column("PostalAddressCity", plain("postal town", TOWNS)),
    Column("PostalAddressPostCode", other_post_code("postal postcode")),
    Column("PostalAddressCountry", country),
    Column("InvoiceAddress", whole_address("invoice address")),
    Column("InvoiceAddressLine1", plain("invoice line 1", STREETS)),
    Column("InvoiceAddressLine2", plain("invoice line 2", TOWNS)),
    Column("InvoiceAddressLine3", plain("invoice line 3", TOWNS)),
    Column("InvoiceAddressCity", plain("invoice town", TOWNS)),
    Column("InvoiceAddressPostCode", other_post_code("invoice postcode")),
    Column("InvoiceAddressCountry", country),
    Column("ContactName", plain("contact name", WORDS)),
    Column("ContactTitle", plain("title", ("Ms", "Mr", "Dr", "Mx"))),
    Column("ContactMiddleName", plain("middle name", FIRST_NAMES)),
    Column("ContactEmail", lambda clients: join("contact.", digits(clients.numbers, 1), "@example.org")),
    Column("ContactPhone", mobile("contact phone")),
    Column("ContactMobile", mobile("contact mobile")),
    Column("ContactDateOfBirth", day("birth", 1950)),
    Column("ContactNationality", plain("nationality", ("British", "Irish", "Polish", "Indian"))),
    Column("ContactMaritalStatus", plain("marital status", ("Single", "Married", "Widowed"))),
    Column("Website", lambda clients: join("https://www.example.com/", digits(clients.numbers, 1))),
    Column("PclSent", plain("clearance", YES_NO)),
    Column("CanContactPost", plain("by post", YES_NO)),
    Column("CanContactTelephone", plain("by telephone", YES_NO)),
    Column("CanContactEmail", plain("by email", YES_NO)),
    Column("CanContactSms", plain("by sms", YES_NO)),
    Column("Associate", plain("associate", FIRST_NAMES)),
    Column("Team", plain("team", TOWNS)),
    Column("VatRegistered", plain("registered for vat", YES_NO)),
    Column("VatRegDate", day("vat day", 1990)),
    Column("VatScheme", plain("scheme", ("Standard", "Flat Rate", "Cash"))),
    Column("VatReportingPeriod", plain("period", ("Monthly", "Quarterly"))),
    Column("PersonalCode", lambda clients: join("P", digits(clients.draw("personal code") % 1_000_000, 6))),
)
"""What a file can have, in this order; ``--columns`` takes the first ones."""


def filler(clients: Clients, count: int) -> list[tuple[str, pa.Array]]:
    """Return ``count`` headers that no field is known by, each with short texts."""
    start = clients.draw("filler")
    return [(f"Extra {number:03}", one_of(TRADES, start + number)) for number in range(1, count + 1)]

"""Make the example files of this folder: the same bytes every time, with the truth about them in README.md.

``python -m examples.make_examples`` writes ``clients.csv``, ``clients-update.csv`` and ``README.md`` beside this file.
Persons and businesses are invented, domains are example domains, and telephone numbers are of the ranges that Ofcom
keeps for drama.
"""

from __future__ import annotations

import csv
import io
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

from stdnum.gb import utr, vat

T = TypeVar("T")

SEED = 2024
REFUSED = "refused"
MISTYPED = "the client's own number with a digit changed"
RIGHT_CLIENTS = 921
FOLDER = Path(__file__).parent
HEADER_LINE = (
    "Client Ref|Client Name|Entity Type|Status|Email Address|Phone|Company No|UTR|VAT No|Incorporated|Address 1"
    "|Address 2|Town|Postcode|Country|Contact First Name|Contact Surname|Partner|Client Since"
)
HEADERS = HEADER_LINE.split("|")

PLACES = ("Ambleford", "Thornwick", "Kestrelby", "Marlowick", "Pellingham", "Ostercombe", "Dunmarrow", "Brindlecote")
NOUNS = ("Lantern", "Heron", "Copper", "Willow", "Granite", "Harbour", "Saffron", "Juniper", "Anvil", "Meadow")
TRADES = (
    "Joinery",
    "Plumbing",
    "Bakery",
    "Logistics",
    "Interiors",
    "Catering",
    "Roofing",
    "Motors",
    "Café",
    "Textiles",
)
FIRST_NAMES = ("Amara", "Bethan", "Zoë", "Siân", "José", "Renée", "Harpreet", "Idris", "Łucja", "Niamh", "Omar", "Gwen")
SURNAMES = ("O'Fennimore", "D'Arlesford", "Harrowdene", "Larkhollow", "Tarnwith", "Núñel", "Quillstone", "Sallowby-Röd")
STREETS = ("Mill Lane", "Station Road", "Canal Street", "Chapel Row", "Orchard Way", "Saint Anne’s Terrace")
TOWNS = (
    ("Leeds", "LS"),
    ("Bradford", "BD"),
    ("Halifax", "HX"),
    ("York", "YO"),
    ("Harrogate", "HG"),
    ("Sheffield", "S"),
)
ABROAD = (("Dublin", "D02 AF30", "Ireland"), ("Lyon", "69003", "France"), ("Girona", "17001", "Spain"))
PARTNERS = ("R J Harrowdene", "Siân Tarnwith", "M Overmoor")
COMPANY_TYPES = ("Ltd", "Ltd", "Limited", "Limited Company", "Limited Company", "PLC", "LLP")
OTHER_TYPES = ("Sole Trader", "Sole Trader", "Self Employed", "Individual", "Person", "Partnership", "Trust", "Charity")
DRAMA_NUMBERS = ("0113 496 0", "0114 496 0", "020 7946 0", "07700 900", "07700 900")
NAMES_LIKE_FORMULAS = (
    "=Equal Shares Tutors Ltd",
    "+Plus Tarnwith Care Ltd",
    "-Dash- Overmoor Couriers Ltd",
    "@Sallowby Lettings Ltd",
    "=1+1 Nursery Ltd",
    "+44 Kestrelby Telecoms Ltd",
)


@dataclass(frozen=True, slots=True)
class Client:
    """The cells of a client, in the order of HEADERS."""

    ref: str
    name: str
    kind: str
    status: str
    email: str
    phone: str
    company_no: str
    utr: str
    vat_no: str
    incorporated: str
    address_1: str
    address_2: str
    town: str
    postcode: str
    country: str
    first_name: str
    surname: str
    partner: str
    client_since: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to be wrong: ``texts`` are cells of the attribute ``cell``, each wrong, one for each row to spoil."""

    what: str
    reason: str
    cell: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: the client it is about, the cells as written, what becomes of it, and its faults."""

    ref: str
    cells: tuple[str, ...]
    outcome: str
    faults: tuple[Fault, ...] = ()


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


class Practice:
    """An accountancy practice that invents its clients, each with a reference of its own."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._refs: Counter[str] = Counter()

    def below(self, count: int) -> int:
        """Draw a number; only random() is promised to be the same in every version of Python."""
        return int(self._random.random() * count)

    def pick(self, pool: Sequence[T]) -> T:
        return pool[self.below(len(pool))]

    def maybe(self, share: float, text: str) -> str:
        return text if self._random.random() < share else ""

    def new_ref(self, name: str) -> str:
        prefix = plain(name)[:3].upper()
        self._refs[prefix] += 1
        return f"{prefix}{self._refs[prefix]:03}"

    def utr(self) -> str:
        serial = f"{self.below(10**9):09}"
        number = utr.calc_check_digit(serial) + serial
        return self.pick((number, number, f"{number[:5]} {number[5:]}", f"{number}K"))

    def vat_no(self) -> str:
        serial = f"{10**6 + self.below(9 * 10**6)}"
        check = (self.pick((0, 42)) - vat.checksum(f"{serial}00")) % 97
        number = f"{serial}{check:02}"
        return self.pick((number, f"GB {vat.format(number)}", vat.format(number)))

    def company_no(self, kind: str) -> str:
        serial = f"{self.below(10**6):06}"
        if kind == "LLP":
            return f"OC{serial}"
        number = f"0{self.below(9) + 1}{serial}"
        return self.pick((number, number, number.lstrip("0"), f"SC{serial}"))

    def incorporated(self) -> str:
        day, year = self.below(28) + 1, 1990 + self.below(33)
        return self.pick((f"{day:02}/{self.below(12) + 1:02}/{year}",) * 9 + (f"{day} Mar {year}",))

    def address_1(self) -> str:
        line = f"{self.below(120) + 1} {self.pick(STREETS)}"
        return self.pick((line, line, line, f"Unit {self.below(9) + 1}, {line}", f"The Old Chapel\n{line}"))

    def phone(self) -> str:
        number = f"{self.pick(DRAMA_NUMBERS)}{self.below(1000):03}"
        return self.pick((number, number, number.replace(" ", ""), f"+44 {number[1:]}", ""))

    def postcode(self, area: str) -> str:
        letters = "ABDEFGHJLN"
        code = f"{area}{self.below(19) + 1} {self.below(9) + 1}{self.pick(letters)}{self.pick(letters)}"
        return self.pick((code, code, code, code.lower(), code.replace(" ", "")))

    def person_or_body(self, kind: str, first: str, last: str) -> str:
        if kind == "Partnership":
            return f"{last} & {self.pick(SURNAMES)}"
        if kind == "Trust":
            return f"The {last} Family Trust"
        return f"{self.pick(PLACES)} {self.pick(NOUNS)} Fund" if kind == "Charity" else f"{first} {last}"

    def client(self, name: str = "") -> Client:
        """Invent a client; a ``name`` makes it a company of that name."""
        is_company = bool(name or self.maybe(0.6, "company"))
        kind = "Ltd" if name else self.pick(COMPANY_TYPES if is_company else OTHER_TYPES)
        first, last = self.pick(FIRST_NAMES), self.pick(SURNAMES)
        trading = f"{self.pick(PLACES)} {self.pick(NOUNS)} {self.pick(TRADES)}"
        ending = kind if kind in {"PLC", "LLP"} else self.pick(("Ltd", "Limited"))
        name = name or (f"{trading} {ending}" if is_company else self.person_or_body(kind, first, last))
        domain = self.pick(("example.com", "example.co.uk", "Example.org"))
        mailbox = f"accounts@{plain(trading)}" if is_company else f"{plain(first)}.{plain(last)}@mail"
        town, area = self.pick(TOWNS)
        return Client(
            ref=self.new_ref(name),
            name=name,
            kind=kind,
            status=self.pick(("Active", "Active", "Active", "Active", "Inactive", "Prospect", "")),
            email=self.maybe(0.9, f"{mailbox}.{domain}"),
            phone=self.phone(),
            company_no=self.company_no(kind) if is_company else "",
            utr=self.utr(),
            vat_no=self.maybe(0.6, self.vat_no()) if is_company else "",
            incorporated=self.incorporated() if is_company else "",
            address_1=self.address_1(),
            address_2=self.maybe(0.2, f"{self.pick(PLACES)}, near {town}"),
            town=town,
            postcode=self.postcode(area),
            country=self.pick(("United Kingdom", "UK", "England", "")),
            first_name=first,
            surname=last,
            partner=self.pick(PARTNERS),
            client_since=f"{2005 + self.below(19)}",
        )


def plain(text: str) -> str:
    """Return the ASCII letters of ``text``, small and without accents."""
    return re.sub("[^a-z]", "", unicodedata.normalize("NFKD", text).lower())


def right(client: Client, outcome: str) -> Row:
    """Return the row of ``client`` as it is; blank cells at its end are not written."""
    cells = list(astuple(client))
    while not cells[-1]:
        cells.pop()
    return Row(client.ref, tuple(cells), outcome)


def spoiled(client: Client, faults: Sequence[Fault], turn: int) -> Row:
    """Return the row of ``client`` with a wrong cell for each of ``faults``: the text whose ``turn`` it is."""
    wrong = client
    for fault in faults:
        text = fault.texts[turn]
        wrong = replace(wrong, **{fault.cell: mistyped(client, fault) if text == MISTYPED else text})
    return Row(client.ref, astuple(wrong), REFUSED, tuple(faults))


def mistyped(client: Client, fault: Fault) -> str:
    """Return the client's number with one digit changed, which its check digits tell."""
    number = re.sub(r"\D", "", getattr(client, fault.cell))
    if fault is UTR_DIGIT:
        return f"{int(number[0]) % 9 + 1}{number[1:]}"
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def fitting(clients: Iterator[Client], *faults: Fault) -> Client:
    """Return the next of ``clients`` in the UK with something in every cell that ``faults`` spoil."""
    homes = (client for client in clients if client.country not in {country for *_, country in ABROAD})
    return next(client for client in homes if all(getattr(client, fault.cell) not in {"", "#N/A"} for fault in faults))


def right_clients(practice: Practice) -> list[Client]:
    """Invent the clients of the right rows; some are odd without being wrong."""
    names = (*NAMES_LIKE_FORMULAS, *[""] * (RIGHT_CLIENTS - len(NAMES_LIKE_FORMULAS)))
    clients = [practice.client(name) for name in names]
    for place, cell in enumerate(("phone", "email", "vat_no", "address_2") * 3):
        clients[70 * place + 7] = replace(clients[70 * place + 7], **{cell: "#N/A"})
    for place in range(11, RIGHT_CLIENTS, 111):
        town, postcode, country = practice.pick(ABROAD)
        clients[place] = replace(clients[place], town=town, postcode=postcode, country=country)
    for place in range(13, RIGHT_CLIENTS, 60):
        clients[place] = replace(clients[place], name=f" {clients[place].name.replace(' ', '  ', 1)} ")
    for place in (20, 520):
        clients[place] = Client(*astuple(clients[place])[:10], *[""] * 9)
    return clients


def different(client: Client, count: int) -> list[Row]:
    """Return ``count`` rows of ``client``, each with another telephone number, the second with a small reference."""
    clients = [replace(client, phone=f"0117 496 08{number:02}") for number in range(count)]
    clients[1] = replace(clients[1], ref=client.ref.lower())
    return [Row(client.ref, astuple(each), REFUSED, (DIFFERENT,)) for each in clients]


def first_file(practice: Practice, clients: list[Client]) -> tuple[list[Row], list[Client]]:
    """Return the rows of ``clients.csv``, and the clients that are refused for one fault each, without it."""
    new = iter(practice.client, None)
    rows = [right(client, "created") for client in clients]
    refused = []
    for fault in SINGLE_FAULTS:
        for turn in range(len(fault.texts)):
            refused.append(fitting(new, fault))
            rows.append(spoiled(refused[-1], (fault,), turn))
    for turn, faults in enumerate(SEVERAL_FAULTS):
        rows.append(spoiled(fitting(new, *faults), faults, turn))
    for count in (2, 2, 3):
        rows += different(next(new), count)
    client = next(new)
    rows.append(Row(client.ref, (*astuple(client), " approx"), REFUSED, (SURPLUS,)))
    rows.sort(key=lambda row: row.ref)
    rows += [right(clients[place], "duplicate_of_row") for place in (100, 200, 300, 400, 500, 500)]
    client = replace(next(new), address_1="7 Mill Lane", address_2="", client_since='"since 2014')
    return [*rows, Row(client.ref, astuple(client), REFUSED, (UNCLOSED,))], refused


def changed(client: Client, turn: int) -> Client:
    """Return ``client`` with a real change, another one each ``turn``."""
    changes: tuple[dict[str, str], ...] = (
        {"email": f"office@{plain(client.name)}.example.com"},
        {"phone": f"0117 496 0{turn:03}"},
        {"address_1": f"{turn + 1} New Wharf", "address_2": "Castlebeck, off Canal Street"},
        {"status": "Active" if client.status == "Inactive" else "Inactive"},
        {"partner": "L Castlebeck"},
        {"surname": "Castlebeck", "phone": f"07700 900{turn:03}", "email": f"{plain(client.surname)}@example.org"},
    )
    return replace(client, **changes[turn % len(changes)])


def update_file(practice: Practice, clients: list[Client], refused: list[Client]) -> list[Row]:
    """Return the rows of ``clients-update.csv``, which comes after the first file with ``clients``."""
    known = iter(clients[3::6])
    rows = [right(changed(next(known), turn), "updated") for turn in range(62)]
    copy = replace(rows[0], outcome="duplicate_of_row")
    rows += [right(replace(fitting(known, EMAIL), email="#N/A"), "updated") for _ in range(6)]
    for _ in range(40):
        client = next(known)
        rows.append(right(replace(client, phone=client.phone.replace(" ", "")), "unchanged"))
    rows += [right(replace(next(known), name=""), "unchanged") for _ in range(3)]
    rows += [right(practice.client(), "created") for _ in range(22)]
    rows += [right(client, "created") for client in refused[:40:5]]
    rows += [spoiled(fitting(known, fault), (fault,), 1) for fault in UPDATE_FAULTS]
    rows += different(practice.client(), 2)
    return [*sorted(rows, key=lambda row: row.ref), copy]


def csv_text(rows: list[Row]) -> str:
    """Write ``rows`` as the old program does: CRLF, and now and then a blank record, of commas or of nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADERS)
    for number, row in enumerate(rows):
        if UNCLOSED in row.faults:
            text.write(",".join(row.cells) + "\r\n")
        else:
            writer.writerow(row.cells)
        if number % 100 in {40, 90}:
            writer.writerow([] if number % 100 == 40 else [""] * len(HEADERS))
    return text.getvalue()


README = """\
# Example files

Made by `python -m examples.make_examples`; do not edit them by hand. All persons and businesses are invented.
- `clients.csv`: {rows:,} clients as a small English practice exports them from old software: its own headers, UK dates,
  company numbers that lost their zeros, line breaks in addresses, names that start like formulas, `#N/A`,
  blank records, two short records. UTF-8, CRLF. Import it first, into an empty database.
- `clients-update.csv`: {update_rows:,} rows of the same layout to import after it: changes, rows that say nothing new
  (some in another spelling), new clients, and clients the first file had wrong, now right.

The match field is `Client Ref`, which goes to Code; `Client Since` belongs to no field and is ignored.
All other columns are mapped by their headers.

| what becomes of the rows | `clients.csv` | `clients-update.csv` |
|---|---:|---:|
{outcomes}

| what is wrong | column | reason | `clients.csv` | `clients-update.csv` |
|---|---|---|---:|---:|
{faults}

Rows with several faults count at each of them: {several} rows of `clients.csv`.
"""

OUTCOMES = {
    "created": "created",
    "updated": "updated",
    "unchanged": "skipped, `unchanged`",
    "duplicate_of_row": "skipped, `duplicate_of_row`",
    REFUSED: "refused",
}


def readme(first: list[Row], update: list[Row]) -> str:
    """Return the text of README.md with the truth about both files."""
    files = (first, update)
    outcomes = [Counter(row.outcome for row in rows) for rows in files]
    faults = [Counter(fault for row in rows for fault in row.faults) for rows in files]
    headers = dict(zip((cell.name for cell in fields(Client)), HEADERS, strict=True))
    return README.format(
        rows=len(first),
        update_rows=len(update),
        outcomes="\n".join(f"| {says} | {outcomes[0][key]} | {outcomes[1][key]} |" for key, says in OUTCOMES.items()),
        faults="\n".join(
            f"| {fault.what} | {headers[fault.cell]} | `{fault.reason}` | {faults[0][fault]} | {faults[1][fault]} |"
            for fault in FAULTS
        ),
        several=sum(len(row.faults) > 1 for row in first),
    )


def make_examples() -> dict[str, bytes]:
    """Return the content of each file by its name."""
    practice = Practice(SEED)
    clients = right_clients(practice)
    first, refused = first_file(practice, clients)
    update = update_file(practice, clients, refused)
    texts = {
        "clients.csv": csv_text(first),
        "clients-update.csv": csv_text(update),
        "README.md": readme(first, update),
    }
    return {name: text.encode() for name, text in texts.items()}


if __name__ == "__main__":
    for name, content in make_examples().items():
        (FOLDER / name).write_bytes(content)

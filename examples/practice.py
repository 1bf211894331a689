"""An invented accountancy practice and its clients."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from stdnum.gb import utr, vat

T = TypeVar("T")

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

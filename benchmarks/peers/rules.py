"""The rules of the import in plain Python, as they are written around a library that loads rows: one row at a time.

Used by the contestants that have no rules of their own. Nothing but the standard library is needed.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FIELDS = Path(__file__).parents[2] / "client_import" / "fields" / "fields.csv"
KINDS_BY_NAME = {"Code": "code", "Name": "name", "Type": "type", "Status": "status"}

Values = dict[str, str | None]
"""The values of a client, by the names of its columns in the table."""

TYPES: dict[str, tuple[str, ...]] = {
    "PrivateLimitedCompany": ("private limited company", "ltd", "limited", "limited company"),
    "PublicLimitedCompany": ("public limited company", "plc"),
    "LimitedLiabilityPartnership": ("limited liability partnership", "llp"),
    "Partnership": (),
    "Individual": ("person",),
    "Trust": (),
    "Charity": (),
    "SoleTrader": ("sole trader", "self employed"),
}
STATUSES: dict[str, tuple[str, ...]] = {
    "Active": (),
    "Inactive": (),
    "Prospect": (),
    "LostProspect": ("lost prospect",),
}
SENTENCES = {
    "missing_required": "is blank; fill it in.",
    "not_in_list": "is not in the list.",
    "bad_format": "does not have the right form.",
    "bad_check_digit": "has a wrong check digit; look for a wrong or swapped digit.",
    "too_long": "is too long; shorten it.",
}


class WrongValueError(ValueError):
    """A cell that cannot be accepted; the text is the code of the reason."""


def shaped(pattern: str, prepare: Callable[[str], str] = str) -> Callable[[str], str]:
    """Return a reader of texts that have to match ``pattern`` once they are prepared."""
    match = re.compile(pattern).fullmatch

    def read(cell: str) -> str:
        value = prepare(cell)
        if not match(value):
            raise WrongValueError("bad_format")
        return value

    return read


def listed(members: Mapping[str, tuple[str, ...]]) -> Callable[[str], str]:
    """Return a reader of members of a list and their synonyms."""
    known = {name.lower(): member for member, others in members.items() for name in (member, *others)}

    def read(cell: str) -> str:
        try:
            return known[cell.lower()]
        except KeyError:
            raise WrongValueError("not_in_list") from None

    return read


def read_email(cell: str) -> str:
    """Read an address; its domain in small letters."""
    mailbox, at, domain = cell.partition("@")
    return _email(f"{mailbox}{at}{domain.lower()}")


def read_phone(cell: str) -> str:
    """Read a telephone number in the form E.164."""
    number = _PREFIX.sub("+44", _MARKS.sub("", cell))
    return _uk_phone(number) if number.startswith("+44") else _foreign_phone(number)


def read_vat(cell: str) -> str:
    """Read a VAT number without GB."""
    number = _vat(cell)
    total = sum(weight * int(digit) for weight, digit in zip((8, 7, 6, 5, 4, 3, 2, 10, 1), number, strict=False))
    if total % 97 not in (0, 42):
        raise WrongValueError("bad_check_digit")
    return number


def read_utr(cell: str) -> str:
    """Read a UTR without K."""
    number = _utr(cell)
    total = sum(weight * int(digit) for weight, digit in zip((6, 7, 8, 9, 10, 5, 4, 3, 2), number[1:], strict=True))
    if "21987654321"[total % 11] != number[0]:
        raise WrongValueError("bad_check_digit")
    return number


def read_date(cell: str) -> str:
    """Read a day as YYYY-MM-DD."""
    try:
        if cell[4:5] == "-":
            return date.fromisoformat(cell).isoformat()
        day, month, year = cell.split("/")
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise WrongValueError("bad_format") from None


def read_post_code(cell: str) -> str:
    """Read a UK post code with its one blank."""
    code = cell.upper().replace(" ", "")
    return _post_code(f"{code[:-3]} {code[-3:]}")


_MARKS = re.compile(r"[ ().-]")
_PREFIX = re.compile(r"^(\+440?|00440?|0)")
_uk_phone = shaped(r"\+44[1-9][0-9]{9}")
_foreign_phone = shaped(r"\+[1-9][0-9]{6,14}")
_email = shaped(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")
_vat = shaped("[0-9]{9}([0-9]{3})?", lambda cell: cell.upper().replace(" ", "").removeprefix("GB"))
_utr = shaped("[0-9]{10}", lambda cell: cell.upper().replace(" ", "").removesuffix("K"))
_post_code = shaped("[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}")

READERS: dict[str, Callable[[str], str]] = {
    "text": str,
    "name": lambda cell: " ".join(cell.split()),
    "code": shaped(r"\S+"),
    "type": listed(TYPES),
    "status": listed(STATUSES),
    "yes_no": listed({"Yes": ("y", "true", "1"), "No": ("n", "false", "0")}),
    "email": read_email,
    "phone": read_phone,
    "company_number": shaped(
        "[0-9]{8}|[A-Z]{2}[0-9]{6}|R0[0-9]{6}", lambda cell: cell.zfill(8) if cell.isdigit() else cell.upper()
    ),
    "vat": read_vat,
    "utr": read_utr,
    "date": read_date,
    "post_code": read_post_code,
    "url": shaped(r"https?://[^\s/.]+(\.[^\s/.]+)+(/\S*)?"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a client has: its header, its column in the table, its kind of value, and its greatest length."""

    header: str
    column: str
    kind: str
    length: int

    def read(self, cell: str) -> str | None:
        """Return the value in its normal form, None for a blank cell; raises WrongValueError."""
        text = cell.strip()
        if not text:
            return None
        value = READERS[self.kind](text)
        if len(value) > self.length:
            raise WrongValueError("too_long")
        return value


def read_fields() -> dict[str, Field]:
    """Return all fields by their headers."""
    with FIELDS.open(newline="", encoding="utf-8") as file:
        return {
            row["field"]: Field(
                row["field"],
                row["column"],
                KINDS_BY_NAME.get(row["field"], row["type"]),
                int(row["max_length"] or 1000),
            )
            for row in csv.DictReader(file)
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not imported: its cells, whether it is an error or was skipped, and why."""

    row: int
    cells: dict[str, str]
    outcome: str
    reasons: str
    message: str


def read_rows(source: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file with their numbers as a spreadsheet shows them."""
    with source.open(newline="", encoding="utf-8-sig") as file:
        yield from enumerate(csv.DictReader(file), start=2)


def check(cells: dict[str, str], fields: dict[str, Field], known: Mapping[str, str]) -> tuple[Values, dict[str, str]]:
    """Return the values of a row, and the reason for each header whose cell is wrong.

    ``known`` has the codes of the clients that exist, by their small letters.
    """
    values: Values = {}
    faults: dict[str, str] = {}
    for header, cell in cells.items():
        field = fields.get(header)
        if field is not None:
            try:
                values[field.column] = field.read(cell)
            except WrongValueError as error:
                faults[header] = str(error)
    if "Code" not in faults and values["code"] is None:
        faults["Code"] = "missing_required"
    if (values.get("code") or "").lower() not in known:
        for header in ("Name", "Type"):
            if header not in faults and values[header.lower()] is None:
                faults[header] = "missing_required"
        values["status"] = values.get("status") or "Active"
    return values, faults


def explain(cells: dict[str, str], faults: dict[str, str]) -> str:
    """Return the sentences about the faults of a row."""
    return " ".join(f'{header} "{cells[header]}" {SENTENCES[reason]}' for header, reason in faults.items())


def judge(source: Path, known: Mapping[str, str]) -> tuple[list[Values], list[Refusal]]:
    """Return the clients that ``source`` has, and its rows that are not to be imported.

    A code that stands twice with different content refuses both rows; with the same content the first is used.
    """
    fields = read_fields()
    good: dict[str, list[tuple[int, dict[str, str], Values]]] = defaultdict(list)
    refused: list[Refusal] = []
    for row, cells in read_rows(source):
        values, faults = check(cells, fields, known)
        if faults:
            refused.append(Refusal(row, cells, "error", ";".join(faults.values()), explain(cells, faults)))
        else:
            good[str(values["code"]).lower()].append((row, cells, values))
    accepted = []
    for key, rows in good.items():
        first_row, _, first = rows[0]
        if any(values != first for _, _, values in rows):
            numbers = ", ".join(str(row) for row, _, _ in rows)
            sentence = f"Rows {numbers} have this code and different content."
            refused += [Refusal(row, cells, "error", "duplicate_in_file", sentence) for row, cells, _ in rows]
            continue
        sentence = f"The same as row {first_row}, which was used."
        refused += [Refusal(row, cells, "skipped", "duplicate_of_row", sentence) for row, cells, _ in rows[1:]]
        accepted.append(first | {"code": known.get(key, str(first["code"]))})
    return accepted, refused


def write_refused(refused: list[Refusal], out: Path) -> None:
    """Write ``not_imported.csv`` to the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "not_imported.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        if refused:
            added = ("import_row", "import_outcome", "import_reason", "import_message")
            writer.writerow([*refused[0].cells, *added])
        for each in sorted(refused, key=lambda refusal: refusal.row):
            writer.writerow([*each.cells.values(), each.row, each.outcome, each.reasons, each.message])


def files_of(source: Path, out: Path) -> list[tuple[Path, Path]]:
    """Return the files to import and the folder for what is not imported of each: one, or all of a folder."""
    if source.is_dir():
        return [(file, out / file.stem) for file in sorted(source.glob("*.csv"))]
    return [(source, out)]

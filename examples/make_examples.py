"""Make the example files of this folder, the same bytes every time, and README.md with their results.

``python -m examples.make_examples`` writes ``clients.csv``, ``clients-update.csv`` and ``README.md`` beside this file.
Persons and businesses are invented, domains are example domains, and telephone numbers are of the ranges that Ofcom
keeps for drama.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from examples.practice import ABROAD, NAMES_LIKE_FORMULAS, Client, Practice, plain
from examples.wrong_cells import (
    DIFFERENT,
    EMAIL,
    FAULTS,
    MISTYPED,
    SEVERAL_FAULTS,
    SINGLE_FAULTS,
    SURPLUS,
    UNCLOSED,
    UPDATE_FAULTS,
    UTR_DIGIT,
    Fault,
)

SEED = 2024
REFUSED = "refused"
RIGHT_CLIENTS = 921
FOLDER = Path(__file__).parent
HEADER_LINE = (
    "Client Ref|Client Name|Entity Type|Status|Email Address|Phone|Company No|UTR|VAT No|Incorporated|Address 1"
    "|Address 2|Town|Postcode|Country|Contact First Name|Contact Surname|Partner|Client Since"
)
HEADERS = HEADER_LINE.split("|")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: the client it is about, the cells as written, what becomes of it, and its faults."""

    ref: str
    cells: tuple[str, ...]
    outcome: str
    faults: tuple[Fault, ...] = ()


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
    """Return the rows of ``clients.csv``, and the clients that are rejected for one fault each, without it."""
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
- `clients.csv`: {rows:,} clients as a small English practice exports them from old software, with its own headers, UK
  dates, company numbers without their leading zeros, line breaks in addresses, names that start like formulas, `#N/A`,
  blank records and two short records. UTF-8, CRLF. Import it first, into an empty database.
- `clients-update.csv`: {update_rows:,} rows with the same layout, to be imported next: changes, rows without a change
  (some in another spelling), new clients, and corrected clients that were rejected in the first file.

Rows are matched by `Client Ref`, which is mapped to Code; `Client Since` belongs to no field and is not imported.
All other columns are mapped by their headers.

| result of the rows | `clients.csv` | `clients-update.csv` |
|---|---:|---:|
{outcomes}

| what is wrong | column | reason | `clients.csv` | `clients-update.csv` |
|---|---|---|---:|---:|
{faults}

A row with several errors is counted for each of them: {several} rows of `clients.csv`.
"""

OUTCOMES = {
    "created": "created",
    "updated": "updated",
    "unchanged": "skipped, `unchanged`",
    "duplicate_of_row": "skipped, `duplicate_of_row`",
    REFUSED: "rejected",
}


def readme(first: list[Row], update: list[Row]) -> str:
    """Return the text of README.md, with the results of both files."""
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

"""What can be wrong with a generated row, and how many rows each fault refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.clients import Clients, Flags, Integers, digits, draw, one_of, where
from benchmarks.columns import every_vat_number, plain_utr
from benchmarks.words import WORDS

Cells = dict[str, pa.Array]
"""The columns of some rows: field -> texts."""


def wrong_check_digit_utr(clients: Clients) -> pa.Array:
    """Return ten digits whose first is another than the right check digit."""
    number = np.asarray(pc.cast(plain_utr(clients), pa.int64()))
    check = number // 1_000_000_000
    return digits((check % 9 + 1) * 1_000_000_000 + number % 1_000_000_000, 10)


def wrong_check_digit_vat(clients: Clients) -> pa.Array:
    """Return nine digits whose last is one too great (or 0 for 9), so that no scheme's remainder is met."""
    number = np.asarray(pc.cast(every_vat_number(clients), pa.int64()))
    return digits(number - number % 10 + (number + 1) % 10, 9)


def too_long_name(clients: Clients) -> pa.Array:
    """Return names of more than 200 characters."""
    return pc.binary_repeat(one_of([f"{word} and " for word in WORDS], clients.draw("long name")), 25)


def wrong(field: str, *texts: str) -> Callable[[Clients], pa.Array]:
    """Return a maker of cells out of these ``texts``, each wrong for ``field``."""
    return lambda clients: one_of(texts, clients.draw(f"wrong {field}"))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong: its reason code, its field, and what makes the wrong cells.

    ``creating`` faults are faults only of a row that would create a client, and have no other beside them.
    """

    reason: str
    field: str
    make: Callable[[Clients], pa.Array]
    creating: bool = False


FAULTS = (
    Fault("too_long", "Name", too_long_name),
    Fault("missing_required", "Code", wrong("Code", "", " ")),
    Fault("missing_required", "Name", wrong("Name", ""), creating=True),
    Fault("missing_required", "Type", wrong("Type", ""), creating=True),
    Fault("not_in_list", "Type", wrong("Type", "Football Club", "Ask Jaya", "12")),
    Fault("not_in_list", "Status", wrong("Status", "Ask Jaya", "On Holiday")),
    Fault("bad_format", "Email", wrong("Email", "info.example.com", "jaya patel@example.com", "@example.com")),
    Fault("bad_format", "Telephone", wrong("Telephone", "not known", "020 7946", "0113 496")),
    Fault("bad_format", "CompanyNumber", wrong("CompanyNumber", "12A45678", "X1234567", "SC12345A")),
    Fault("bad_format", "VatNumber", wrong("VatNumber", "12345678", "GB1234567", "GBPENDING")),
    Fault("bad_check_digit", "VatNumber", wrong_check_digit_vat),
    Fault("bad_format", "Utr", wrong("Utr", "123456789", "12345678A1", "PENDING")),
    Fault("bad_check_digit", "Utr", wrong_check_digit_utr),
    Fault("bad_format", "IncorporationDate", wrong("IncorporationDate", "31/02/2019", "31/04/2008", "not known")),
    Fault("bad_format", "RegisteredAddressPostCode", wrong("RegisteredAddressPostCode", "12345", "NOT KNOWN")),
)
"""The first is neither in a column that may be absent nor a ``creating`` one."""


def chosen_faults(
    clients: Clients, rows: Integers, existing: int, faults: tuple[Fault, ...]
) -> tuple[Integers, Integers]:
    """Choose a first and a second fault, as indexes of ``faults``, for each row; mostly the two are the same."""
    creating = np.array([fault.creating for fault in faults])
    fields = np.array([fault.field for fault in faults])
    first = draw(clients.seed, "first fault", rows) % len(faults)
    first = np.where(creating[first] & (clients.numbers < existing), 0, first)
    second = draw(clients.seed, "second fault", rows) % len(faults)
    two = draw(clients.seed, "faults", rows) % 4 == 0
    two &= ~creating[first] & ~creating[second] & (fields[first] != fields[second])
    return first, np.where(two, second, first)


def put_faults(cells: Cells, clients: Clients, rows: Integers, existing: int, faulty: Flags) -> Counter[str]:
    """Put one or two faults into each ``faulty`` row of ``cells``.

    ``rows`` are the rows' own numbers, ``existing`` the number of clients that are in the table before. Returns
    how many rows have each reason.
    """
    faults = tuple(fault for fault in FAULTS if fault.field in cells)
    first, second = chosen_faults(clients, rows, existing, faults)
    having: dict[str, Flags] = {}
    for index, fault in enumerate(faults):
        hit = faulty & ((first == index) | (second == index))
        cells[fault.field] = where(hit, fault.make(clients), cells[fault.field])
        having[fault.reason] = having.get(fault.reason, np.zeros_like(faulty)) | hit
    return Counter({reason: int(hit.sum()) for reason, hit in having.items()})

"""What the values of a column look like: which kinds of value they are, by the checks of the fields themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.post_code import UK_SHAPE
from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.field_types.shapes import matches
from client_import.fields.catalogue import FIELDS, Field
from client_import.mapping.profile import ColumnProfile

IDENTIFIERS = frozenset({"company_number", "utr", "vat", "nino", "paye_ref", "accounts_office_ref"})
"""The kinds that are known by their values alone: numbers of one register, most with a check digit."""

FITS_FROM = 0.95
"""The share of a column's cells that have to be of a kind for the column to be of it."""

WITHOUT_A_SHAPE = frozenset({"text", "auth_code"})
"""The kinds that any word could be."""

_SURELY_NO_CHANCE = 6
_TELEPHONE_BEGINS = ("1", "2", "7")

_COMPANY_PREFIXES = (
    "SC|NI|OC|SO|NC|LP|SL|NL|FC|SF|NF|GE|GS|GN|IP|SP|NP|RC|SR|NR|ZC|SZ|NZ|AC|SA|NA|IC|SI|NV|CE|CS|PC|RS|NO|BR|OE|"
    "EN|ES|R0"
)
_PLAUSIBLE = {
    # Companies House had given some 17 million numbers in 2026.
    "company_number": rf"0[0-9]{{7}}|1[0-7][0-9]{{6}}|(?:{_COMPANY_PREFIXES})[0-9]{{6}}",
    "vat": "[0-9]*[1-9][0-9]*",
    "paye_ref": "[0-9]{3}/[A-Z][A-Z0-9]{2,9}",
    "post_code": UK_SHAPE,
    "yes_no": "Yes|No",
}
"""What a value in normal form has to look like beyond the field's own checks; they let pass more than is met."""

_PLAUSIBLE_CELL = {
    "company_number": r"(?i)[a-z]{2} ?[0-9 ]+|R0[0-9 ]+|[0-9 ]{6,}",
    "vat": "(?i)(?:gb)?[0-9 .-]{9,}",
    "utr": "(?i)[0-9 ]{10,}k?",
    "nino": "(?i)[a-z]{2}.*[0-9].*[a-d]",
    "paye_ref": "[0-9]{3} ?/.*",
    "accounts_office_ref": "(?i)[0-9]{3} ?p.*",
    "email": ".+@.+",
    "phone": r"[(+]*[+0][0-9 ()./\x{a0}-]{8,}",
    "post_code": "(?i)[a-z]{1,2}[0-9].*",
    "url": r"(?i)(?:https?://|www\.).*|[^@\s]+\.(?:com|uk|org|net|io|co|eu|biz|info|ltd|scot|wales|london)(?:/.*)?",
    "date": "[0-9].*[0-9]{4}|[0-9]{4}-.*",
    "yes_no": ".{1,5}",
}
"""The same of a value as it came; what normalisers are slow to refuse never gets to them."""

_DATE_WITHOUT_MARKS = re.compile(
    r"(?:0[1-9]|1\d)(?:0[1-9]|1[0-2])(?:19|20)\d\d|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d"
)
_COMPANY_WORDS = r"(?i).*\w\W+(?:ltd|limited|llp|plc|cic|co|sons?|daughters?|partners|partnership|trust)\b.*"
_PERSON = r"(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’.-]*)+"
_CODE = "[A-Za-z]{1,6}[-/ ]?[0-9]{1,6}"


KIND = {field.name: field.name if field.members else field.type for field in FIELDS}
"""The kind of each field's values: its type, and for a field with members of its own its name."""

FIRST_OF_KIND: dict[str, Field] = {}
"""The first field of each kind."""
for _field in FIELDS:
    FIRST_OF_KIND.setdefault(KIND[_field.name], _field)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the values of one column say.

    ``fits`` is the share of its cells that pass the checks of each kind, ``looks`` that of the cells that are also
    plausible, and ``distinct`` the number of distinct values among these; all by kind, 0 where it is left out.
    """

    cells: int
    fits: Mapping[str, float]
    looks: Mapping[str, float]
    distinct: Mapping[str, int]

    def is_of(self, kind: str, least: int) -> bool:
        """Whether the column is of the kind: 95 % of its cells, and ``least`` distinct values for an identifier."""
        enough = self.distinct.get(kind, 0) if kind in IDENTIFIERS else self.cells
        return enough >= least and self.looks.get(kind, 0) >= FITS_FROM


def gather_evidence(columns: Sequence[ColumnProfile], least: int) -> list[Evidence]:
    """Return what the values of each of ``columns`` say; all of them are judged in one pass for each kind."""
    values = pa.concat_arrays([column.values for column in columns]) if columns else pa.array([], pa.string())
    owners = np.repeat(np.arange(len(columns)), [len(column.values) for column in columns])
    counts = np.concatenate([column.counts for column in columns]) if columns else np.empty(0, np.int64)
    cells = np.maximum(np.bincount(owners, counts, len(columns)), 1)
    fits, looks, distinct = {}, {}, {}
    for kind, field in FIRST_OF_KIND.items():
        if kind in WITHOUT_A_SHAPE:
            continue
        normal, good = _checked(values, field)
        seen = good & _plausible(kind, values, normal)
        fits[kind] = np.bincount(owners, counts * good, len(columns)) / cells
        looks[kind] = np.bincount(owners, counts * seen, len(columns)) / cells
        distinct[kind] = np.bincount(owners, seen, len(columns)).astype(int)
        for place in np.flatnonzero(looks[kind] >= FITS_FROM) if kind in _TELLING else ():
            texts = [value.replace(" ", "").upper() for value in values.filter(pa.array(owners == place)).to_pylist()]
            if not _TELLING[kind](texts, least):
                looks[kind][place] = 0
    return [
        Evidence(
            column.filled,
            {kind: float(share[place]) for kind, share in fits.items() if share[place]},
            {kind: float(share[place]) for kind, share in looks.items() if share[place]},
            {kind: int(count[place]) for kind, count in distinct.items() if count[place]},
        )
        for place, column in enumerate(columns)
    ]


def _checked(values: pa.Array, field: Field) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """Return the values in normal form, and which of them pass every check of the field."""
    pattern = _PLAUSIBLE_CELL.get(KIND[field.name])
    possible = matches(values, pattern) if pattern else pa.repeat(pa.scalar(True), len(values))
    value_type, rules = VALUE_TYPES[field.type], Rules()
    texts = value_type.normalise(values.filter(possible), field, rules)
    passed = np.ones(len(texts), np.bool_)
    for check in value_type.checks.values():
        passed &= check(texts, field, rules).to_numpy(zero_copy_only=False)
    good = np.zeros(len(values), np.bool_)
    good[possible.to_numpy(zero_copy_only=False)] = passed
    return pc.replace_with_mask(values, possible, texts), good


def _plausible(kind: str, values: pa.Array, normal: pa.Array) -> npt.NDArray[np.bool_]:
    pattern = _PLAUSIBLE.get(kind)
    flags = matches(normal, pattern) if pattern else pa.repeat(pa.scalar(True), len(values))
    return np.asarray(flags.to_numpy(zero_copy_only=False), np.bool_)


def _are_company_numbers(texts: list[str], least: int) -> bool:
    """Whether numbers of the right shape are those of companies.

    They are not when they are dates written without marks, when none has all its eight characters, or when they
    are of one series: companies come from many.
    """
    dates = sum(1 for text in texts if _DATE_WITHOUT_MARKS.fullmatch(text))
    series = {text.rjust(8, "0")[:4] for text in texts}
    return dates * 2 < len(texts) and any(len(text) == 8 for text in texts) and len(series) >= least


def _are_taxpayer_references(texts: list[str], least: int) -> bool:
    """Whether numbers with a right check digit are UTRs, and not a few telephone numbers that lost their 0.

    One number in eleven has the digit by chance.
    """
    return len(texts) >= _SURELY_NO_CHANCE or not all(text.startswith(_TELEPHONE_BEGINS) for text in texts)


_TELLING: dict[str, Callable[[list[str], int], bool]] = {
    "company_number": _are_company_numbers,
    "utr": _are_taxpayer_references,
}
"""Whether all values of a column together are of the kind; they come without blanks and in upper case."""


def looks_like_names(column: ColumnProfile, *, of_people: bool) -> bool:
    """Whether half of the values say that they are names of companies, or ``of_people`` nearly all are names."""
    share = _share(column, _COMPANY_WORDS)
    if of_people:
        is_various = len(column.values) * 10 >= min(column.filled, 200) * 9
        return share >= 0.3 or (is_various and _share(column, f"{_PERSON}|{_COMPANY_WORDS}") >= FITS_FROM)
    return share >= 0.5


def looks_like_codes(column: ColumnProfile) -> bool:
    """Whether all values are distinct, and letters with digits after them."""
    is_distinct = bool((column.counts == 1).all())
    return is_distinct and _share(column, _CODE) >= FITS_FROM


def _share(column: ColumnProfile, pattern: str) -> float:
    found = matches(column.values, pattern).to_numpy(zero_copy_only=False)
    return float(np.sum(column.counts * found) / max(np.sum(column.counts), 1))

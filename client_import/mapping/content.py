"""Match the values of columns with kinds of value, using the checks of the field types."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.columns import Mask, as_mask
from client_import.field_types.post_code import UK_SHAPE
from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.field_types.shapes import all_good, matches
from client_import.fields.catalogue import FIELDS, Field
from client_import.mapping.profile import ColumnProfile

IDENTIFIERS = frozenset({"company_number", "utr", "vat", "nino", "paye_ref", "accounts_office_ref"})
"""The kinds that values alone identify: the numbers of one register, most of them with a check digit."""

LEAST_SHARE = 0.95
"""The least share of a column's cells that must be of a kind for the column to be of that kind."""

SHAPELESS = frozenset({"text", "auth_code"})
"""The kinds that accept any word."""

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
"""Patterns that normalised values must match to be plausible. The checks of the fields accept more than is usual."""

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
"""Patterns that cells must match before they are normalised, because some normalisers reject values only slowly."""

_DATE_WITHOUT_MARKS = re.compile(
    r"(?:0[1-9]|1\d)(?:0[1-9]|1[0-2])(?:19|20)\d\d|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d"
)
_COMPANY_WORDS = r"(?i).*\w\W+(?:ltd|limited|llp|plc|cic|co|sons?|daughters?|partners|partnership|trust)\b.*"
_PERSON = r"(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’.-]*)+"
_CODE = "[A-Za-z]{1,6}[-/ ]?[0-9]{1,6}"


KIND = {field.name: field.name if field.members else field.type for field in FIELDS}
"""The kind of each field's values: the field type, or the name of the field if it has its own members."""

FIRST_OF_KIND: dict[str, Field] = {}
"""The first field of each kind."""
for _field in FIELDS:
    FIRST_OF_KIND.setdefault(KIND[_field.name], _field)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well the values of one column match each kind.

    ``cells`` is the number of cells that are not blank. By kind, ``valid_share`` is the share of cells that pass its
    checks, ``plausible_share`` the share of cells that are also plausible, and ``distinct`` the number of distinct
    plausible values. Kinds that are missing have the value 0.
    """

    cells: int
    valid_share: Mapping[str, float]
    plausible_share: Mapping[str, float]
    distinct: Mapping[str, int]

    def is_of(self, kind: str, least: int) -> bool:
        """Return whether 95 % of the cells are plausible for ``kind``, and there are at least ``least`` cells.

        For an identifier, there must be at least ``least`` distinct plausible values instead.
        """
        enough = self.distinct.get(kind, 0) if kind in IDENTIFIERS else self.cells
        return enough >= least and self.plausible_share.get(kind, 0) >= LEAST_SHARE


def gather_evidence(columns: Sequence[ColumnProfile], least: int) -> list[Evidence]:
    """Return the evidence for each of ``columns``; ``least`` is as in :meth:`Evidence.is_of`.

    The values of all columns are checked together, once for each kind.
    """
    values = pa.concat_arrays([column.values for column in columns]) if columns else pa.array([], pa.string())
    owners = np.repeat(np.arange(len(columns)), [len(column.values) for column in columns])
    counts = np.concatenate([column.counts for column in columns]) if columns else np.empty(0, np.int64)
    cells = np.maximum(np.bincount(owners, counts, len(columns)), 1)
    valid_share, plausible_share, distinct = {}, {}, {}
    for kind, field in FIRST_OF_KIND.items():
        if kind in SHAPELESS:
            continue
        normal, good = _checked(values, field)
        seen = good & as_mask(_match(normal, _PLAUSIBLE.get(kind)))
        valid_share[kind] = np.bincount(owners, counts * good, len(columns)) / cells
        plausible_share[kind] = np.bincount(owners, counts * seen, len(columns)) / cells
        distinct[kind] = np.bincount(owners, seen, len(columns)).astype(int)
        for place in np.flatnonzero(plausible_share[kind] >= LEAST_SHARE) if kind in _COLUMN_CHECKS else ():
            texts = [value.replace(" ", "").upper() for value in values.filter(pa.array(owners == place)).to_pylist()]
            if not _COLUMN_CHECKS[kind](texts, least):
                plausible_share[kind][place] = 0
    return [
        Evidence(
            column.filled,
            {kind: float(share[place]) for kind, share in valid_share.items() if share[place]},
            {kind: float(share[place]) for kind, share in plausible_share.items() if share[place]},
            {kind: int(count[place]) for kind, count in distinct.items() if count[place]},
        )
        for place, column in enumerate(columns)
    ]


def _checked(values: pa.Array, field: Field) -> tuple[pa.Array, Mask]:
    """Return the normalised values, and a boolean array that says which of them pass every check of the field."""
    possible = _match(values, _PLAUSIBLE_CELL.get(KIND[field.name]))
    value_type, rules = VALUE_TYPES[field.type], Rules()
    texts = value_type.normalise(values.filter(possible), field, rules)
    passed = np.ones(len(texts), np.bool_)
    for check in value_type.checks.values():
        passed &= as_mask(check(texts, field, rules))
    good = np.zeros(len(values), np.bool_)
    good[as_mask(possible)] = passed
    return pc.replace_with_mask(values, possible, texts), good


def _match(values: pa.Array, pattern: str | None) -> pa.Array:
    return matches(values, pattern) if pattern else all_good(values)


def _are_company_numbers(texts: list[str], least: int) -> bool:
    """Return whether numbers of the right shape are company numbers.

    They are not if most are dates without separators, if none has eight characters, or if fewer than ``least`` series
    occur among them: the numbers of companies come from many series.
    """
    dates = sum(1 for text in texts if _DATE_WITHOUT_MARKS.fullmatch(text))
    series = {text.rjust(8, "0")[:4] for text in texts}
    return dates * 2 < len(texts) and any(len(text) == 8 for text in texts) and len(series) >= least


def _are_taxpayer_references(texts: list[str], least: int) -> bool:
    """Return whether numbers with a valid check digit are UTRs, and not a few telephone numbers without their 0.

    One number in eleven has a valid check digit by chance.
    """
    return len(texts) >= _SURELY_NO_CHANCE or not all(text.startswith(_TELEPHONE_BEGINS) for text in texts)


_COLUMN_CHECKS: dict[str, Callable[[list[str], int], bool]] = {
    "company_number": _are_company_numbers,
    "utr": _are_taxpayer_references,
}
"""Further checks on all values of a column together, which are given without blanks and in upper case."""


def looks_like_names(column: ColumnProfile, *, of_people: bool) -> bool:
    """Return whether half of the values are names of companies; with ``of_people``, fewer if nearly all are names."""
    share = _share(column, _COMPANY_WORDS)
    if of_people:
        is_various = len(column.values) * 10 >= min(column.filled, 200) * 9
        return share >= 0.3 or (is_various and _share(column, f"{_PERSON}|{_COMPANY_WORDS}") >= LEAST_SHARE)
    return share >= 0.5


def looks_like_codes(column: ColumnProfile) -> bool:
    """Return whether all values are distinct, and nearly all are letters followed by digits."""
    is_distinct = bool((column.counts == 1).all())
    return is_distinct and _share(column, _CODE) >= LEAST_SHARE


def _share(column: ColumnProfile, pattern: str) -> float:
    found = as_mask(matches(column.values, pattern))
    return float(found @ column.counts) / max(int(column.counts.sum()), 1)

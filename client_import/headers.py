"""Which field a header names: by the field's name, then by known synonyms (semantics.md, section 3)."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from client_import.catalogue import FIELDS

SYNONYMS_CSV = Path(__file__).with_name("header_synonyms.csv")


def fold(header: str) -> str:
    """Return ``header`` without case, spacing and punctuation."""
    return re.sub(r"[\W_]+", "", header).casefold()


def _headers() -> dict[str, str]:
    known: dict[str, str] = {}
    with SYNONYMS_CSV.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            known |= {fold(synonym): line["field"] for synonym in line["synonyms"].split("|")}
    return {**known, **{fold(field.name): field.name for field in FIELDS}}


_FIELD_BY_HEADER = _headers()


def field_of_header(header: str) -> str | None:
    """Return the name of the field that ``header`` certainly names, or None."""
    return _FIELD_BY_HEADER.get(fold(header))


def known_headers() -> dict[str, str]:
    """Return every folded header that is known, with its field's name."""
    return dict(_FIELD_BY_HEADER)

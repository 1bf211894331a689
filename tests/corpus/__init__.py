"""Awkward CSV files of clients and the tables they must be read as, each written down by hand.

``python -m tests.corpus`` writes them to ``tests/files``. Nothing here calls the reader.
"""

from __future__ import annotations

from tests.corpus import delimiters, encodings, headers, kinds, line_ends, quotes, records, unclosed
from tests.corpus.case import Case

CASES: tuple[Case, ...] = (
    *encodings.CASES,
    *delimiters.CASES,
    *quotes.CASES,
    *unclosed.CASES,
    *line_ends.CASES,
    *headers.CASES,
    *records.CASES,
    *kinds.CASES,
)

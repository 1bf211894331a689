"""Columns as the tests of the mapping write them: a header, and cells below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from client_import.mapping.profile import ColumnProfile
from client_import.mapping.suggest import USED_FROM, Suggestion, suggest


def suggested(columns: Mapping[str, Sequence[str]], *, is_returned: bool = False) -> list[Suggestion]:
    """What is suggested for a file with these columns; short ones are filled up with blanks."""
    rows = max(map(len, columns.values()), default=0)
    profiles = [
        ColumnProfile.of(header, pa.array([*cells, *[""] * (rows - len(cells))], pa.string()))
        for header, cells in columns.items()
    ]
    return suggest(profiles, is_returned=is_returned)


def used(columns: Mapping[str, Sequence[str]], *, is_returned: bool = False) -> dict[str, str]:
    """Header to field, for the suggestions that are used."""
    found = suggested(columns, is_returned=is_returned)
    return {each.csv_header: each.target_field for each in found if each.score >= USED_FROM}


def offered(columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Header to field, for the suggestions that are only offered."""
    return {each.csv_header: each.target_field for each in suggested(columns) if each.score < USED_FROM}

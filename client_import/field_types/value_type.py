"""The interface of a field type: how cells are normalised, checked, stored and exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import pyarrow as pa

from client_import.field_types.hints import OF_SPREADSHEETS, Hint
from client_import.fields.catalogue import Field

Column: TypeAlias = pa.Array
"""An array of ``pa.string()``; a blank cell is null."""

Flags: TypeAlias = pa.Array
"""An array of ``pa.bool_()`` without nulls."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What reading values depends on besides the field.

    ``day_first`` says whether 3/4/2025 is in April or in March; ``today`` is the last day that is not in the future.
    """

    day_first: bool = True
    today: date = field(default_factory=date.today)


Normaliser: TypeAlias = Callable[[Column, Field, Rules], Column]
Check: TypeAlias = Callable[[Column, Field, Rules], Flags]
Hints: TypeAlias = Callable[[Rules], Mapping[Hint, str]]


def as_it_is(values: Column) -> Column:
    """Return the values unchanged: they are stored, and shown to a spreadsheet, as they are."""
    return values


def hints_of_spreadsheets(rules: Rules) -> Mapping[Hint, str]:
    """Return the shapes of cells that are invalid in every typed field, by hint."""
    return OF_SPREADSHEETS


_TEXT = pa.string()


@dataclass(frozen=True, slots=True)
class ValueType:
    """One ``type`` of fields.csv.

    ``normalise`` takes cells trimmed by :func:`client_import.field_types.characters.trim` and returns as many
    values in normal form. Null stays null, a cell that cannot be read stays unchanged, and normalising twice changes
    nothing. ``checks`` has functions by reason (docs/rules.md, section 4); they take normalised values and return True
    for valid ones and for null. ``to_clean`` converts values that have passed every check (others are null) to
    ``arrow_type``. ``hints`` returns the shapes of rejected values by hint. ``exported`` takes stored values as text
    and returns them in a form that a spreadsheet can open and save without changing what they mean. All of these are
    pure and may run in any thread.
    """

    normalise: Normaliser
    checks: Mapping[str, Check]
    arrow_type: pa.DataType = _TEXT
    to_clean: Callable[[Column], pa.Array] = as_it_is
    hints: Hints = hints_of_spreadsheets
    exported: Callable[[Column], Column] = as_it_is

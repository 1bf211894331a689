"""What a type of value is: how its cells come into normal form, what is checked then, how it is stored."""

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
    """What the options and the calendar say about reading values.

    ``day_first`` tells 3/4/2025 from 4/3/2025; ``today`` is the last day that is not in the future.
    """

    day_first: bool = True
    today: date = field(default_factory=date.today)


Normaliser: TypeAlias = Callable[[Column, Field, Rules], Column]
Check: TypeAlias = Callable[[Column, Field, Rules], Flags]
Hints: TypeAlias = Callable[[Rules], Mapping[Hint, str]]


def as_it_is(values: Column) -> Column:
    """Return the values: they are stored as they are, or a spreadsheet can have them as they are."""
    return values


def hints_of_spreadsheets(rules: Rules) -> Mapping[Hint, str]:
    """Return the shapes that are no value of any typed field."""
    return OF_SPREADSHEETS


_TEXT = pa.string()


@dataclass(frozen=True, slots=True)
class ValueType:
    """One ``type`` of fields.csv.

    ``normalise`` takes prepared cells (see :func:`client_import.field_types.characters.prepare`) and gives as many
    values in normal form: null stays null, what cannot be read is left as it came, and doing it twice changes nothing.
    ``checks`` maps a reason code of docs/rules.md, section 4, to a function of normalised values that is True
    where the value is good; null is good. ``to_clean`` turns values that passed every check, the others being
    null, into ``arrow_type``. ``hints`` gives the shapes of rejected values of which more can be said. ``exported``
    gives stored values, as text, the form in which a spreadsheet can open and save them such that they are read as
    the same values again. All of them are pure and may run in any thread.
    """

    normalise: Normaliser
    checks: Mapping[str, Check]
    arrow_type: pa.DataType = _TEXT
    to_clean: Callable[[Column], pa.Array] = as_it_is
    hints: Hints = hints_of_spreadsheets
    exported: Callable[[Column], Column] = as_it_is

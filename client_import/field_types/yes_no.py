"""Yes or no, in the words that people and programs use."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.hints import OF_SPREADSHEETS, Hint
from client_import.field_types.shapes import HasShape
from client_import.field_types.value_type import Column, Rules, ValueType
from client_import.fields.catalogue import Field

_WORDS = dict.fromkeys(("yes", "y", "true", "t", "1", "1.0", "-1", "on", *"✓✔☑✅"), "Yes")
_WORDS |= dict.fromkeys(("no", "n", "false", "f", "0", "0.0", "off"), "No")
"""Visual Basic and Access write -1 for True. A cross is in neither, because it may mean a tick or No."""


def _normalise(cells: Column, field: Field, rules: Rules) -> Column:
    words = pc.index_in(pc.ascii_lower(cells), value_set=pa.array(_WORDS))
    return pc.coalesce(pa.array(_WORDS.values(), pa.string()).take(words), cells)


def _hints(rules: Rules) -> dict[Hint, str]:
    return OF_SPREADSHEETS | {Hint.TICK_OR_CROSS: "[xX✗✘✕✖❌☒×]"}


YES_NO = ValueType(
    normalise=_normalise,
    checks={"bad_format": HasShape("Yes|No")},
    arrow_type=pa.bool_(),
    to_clean=lambda values: pc.equal(values, "Yes"),
    hints=_hints,
)

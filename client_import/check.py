"""From a batch of text cells to clean cells and faults: pure, free of I/O, and safe in any thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandera.errors import SchemaErrorReason, SchemaErrors

from client_import.catalogue import NEVER_EMPTIED
from client_import.chunks import as_array
from client_import.faults import Reason, Rows, faults
from client_import.mapping import MappedColumn, Mapping
from client_import.read import RowBatch
from client_import.schema import build_schema
from client_import.values import (
    VALUE_TYPES,
    Rules,
    count_nothing,
    is_damaged,
    name_shape,
    possible_hints,
    prepare,
    repair,
)
from client_import.verdicts import VerdictSchema

NOT_AVAILABLE = "#N/A"
"""A cell that says exactly this empties its field (semantics.md, section 5)."""

MASK = "•••"
"""Stands for the value of a field that is secret or personal."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """Rows with their verdict.

    ``clean`` has the columns ``row`` (int64), ``refused`` (bool), ``key`` (the match value; null when it is blank
    or has a fault), ``cleared`` (the columns that a ``#N/A`` empties, each as ``|column|``; null for none), then
    one column for each mapped field, typed, null for a blank or ``#N/A`` cell. ``faults`` are those of
    :data:`client_import.faults.FAULT_SCHEMA`; every row with one is ``refused``. ``source`` is the batch as read.
    ``cleared_cells`` says how many cells a ``#N/A`` empties, ``saying_nothing`` how many cells of a text column do
    nothing but say that there is nothing (``NULL``), for the columns in which no other cell says anything.
    """

    clean: pa.Table
    faults: pa.Table
    source: RowBatch
    cleared_cells: int
    saying_nothing: dict[str, int]


@dataclass(frozen=True)
class Checker:
    """What is the same for all batches of an import."""

    mapping: Mapping
    rules: Rules

    @cached_property
    def schema(self) -> VerdictSchema:
        """The schema that normalised cells are held to."""
        return build_schema(self.mapping, self.rules)

    def check(self, batch: RowBatch) -> CheckedBatch:
        """Normalise the mapped cells of ``batch``, find all their faults, and give them their types."""
        texts, cleared = self._normalise(batch)
        bad = self._find_faults(texts)
        refused = np.isin(batch.rows, batch.faults.column("row").to_numpy())
        undecodable = np.isin(batch.rows, _rows_with(Reason.BAD_ENCODING, batch.faults))
        found = [batch.faults]
        for column in self.mapping.columns:
            for reason, failed in bad.get(column.field.column, {}).items():
                refused |= failed
                if reason == Reason.BAD_ENCODING:
                    failed = failed & ~undecodable  # the row says so already
                rows = pa.array(failed)
                cells = as_array(batch.cells.column(column.position)).filter(rows)
                values = pa.repeat(MASK, len(cells)) if column.field.sensitive else cells
                hints = self._hints(column, reason, texts[column.field.column].filter(rows))
                found.append(
                    faults(batch.rows[failed], Reason(reason), values, column.position, column.field_name, hints)
                )
        columns = {"row": pa.array(batch.rows), "refused": pa.array(refused), "key": self._key(texts, bad)}
        columns["cleared"] = cleared
        for column in self.mapping.columns:
            name = column.field.column
            columns[name] = _typed(column, texts[name], bad.get(name, {}))
        cells = pc.sum(pc.count_substring(cleared, "|")).as_py() or 0
        return CheckedBatch(pa.table(columns), pa.concat_tables(found), batch, cells // 2, self._count_nothing(batch))

    def _count_nothing(self, batch: RowBatch) -> dict[str, int]:
        """Return, for each text column whose cells say nothing, how many of them are not blank.

        A name is a name, whatever it says, and so is what rows are matched by.
        """
        counts = {}
        for column in self.mapping.columns:
            field = column.field
            if field.type == "text" and field.name not in (*NEVER_EMPTIED, self.mapping.match_field):
                count = count_nothing(as_array(batch.cells.column(column.position)))
                if count is not None:
                    counts[field.column] = count
        return counts

    def _normalise(self, batch: RowBatch) -> tuple[dict[str, pa.Array], pa.Array]:
        """Return the normalised text by column, and which columns each row clears."""
        texts = {}
        cleared = pa.nulls(len(batch.rows), pa.string())
        for column in self.mapping.columns:
            field = column.field
            text = prepare(as_array(batch.cells.column(column.position)))
            damaged = is_damaged(text)
            says_empty = pc.fill_null(pc.equal(text, NOT_AVAILABLE), False)
            if pc.any(says_empty).as_py():
                text = pc.if_else(says_empty, pa.scalar(None, pa.string()), text)
                if field.name not in NEVER_EMPTIED:
                    more = pc.binary_join_element_wise(pc.fill_null(cleared, ""), f"|{field.column}|", "")
                    cleared = pc.if_else(says_empty, more, cleared)
            value = VALUE_TYPES[field.type].normalise(repair(text, field), field, self.rules)
            texts[field.column] = value if damaged is None else pc.if_else(damaged, text, value)
        return texts, cleared

    def _find_faults(self, texts: dict[str, pa.Array]) -> dict[str, dict[str, Mask]]:
        """Return, by column and reason, which rows fail."""
        frame = pa.table(texts).to_pandas(types_mapper=pd.ArrowDtype, split_blocks=True)
        try:
            self.schema.validate(frame, lazy=True)
        except SchemaErrors as errors:
            bad: dict[str, dict[str, Mask]] = {}
            for error in errors.schema_errors:
                if error.reason_code is not SchemaErrorReason.DATAFRAME_CHECK:
                    raise
                column = error.check.description or error.schema.name
                bad.setdefault(column, {})[error.check.name] = ~error.check_output.to_numpy(zero_copy_only=False)
            return bad
        return {}

    def _hints(self, column: MappedColumn, reason: str, values: pa.Array) -> pa.Array | None:
        """Return what more can be said of each of the refused values."""
        value_type = VALUE_TYPES[column.field.type]
        if not possible_hints(reason, value_type):
            return None
        return name_shape(values, value_type.hints(self.rules).items())

    def _key(self, texts: dict[str, pa.Array], bad: dict[str, dict[str, Mask]]) -> pa.Array:
        column = self.mapping.match_column.field.column
        return _without(texts[column], bad.get(column, {}))


def _rows_with(reason: Reason, found: pa.Table) -> Rows:
    rows: Rows = found.filter(pc.equal(found.column("reason"), reason)).column("row").to_numpy()
    return rows


def _without(values: pa.Array, bad: dict[str, Mask]) -> pa.Array:
    """Return ``values`` with null in the place of those with a fault."""
    if not bad:
        return values
    return pc.if_else(pa.array(np.logical_or.reduce([*bad.values()])), pa.scalar(None, values.type), values)


def _typed(column: MappedColumn, texts: pa.Array, bad: dict[str, Mask]) -> pa.Array:
    """Return the clean column. Text with a fault stays, so that it does not look blank later; its row is refused."""
    value_type = VALUE_TYPES[column.field.type]
    if pa.types.is_string(value_type.arrow_type):
        return texts
    return value_type.to_clean(_without(texts, bad))

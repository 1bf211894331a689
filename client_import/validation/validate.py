"""Turn a batch of text cells into typed cells and row errors. It is pure, and may run in any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.artefacts import count_nothing, strip_artefacts
from client_import.field_types.characters import is_damaged, trim
from client_import.field_types.columns import Mask, as_mask
from client_import.field_types.mapped_words import WordMap
from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.field_types.sentences import possible_hints
from client_import.field_types.shapes import name_shape
from client_import.fields.catalogue import NEVER_EMPTIED
from client_import.mapping.resolve import MappedColumn, Mapping
from client_import.reading.chunks import as_array
from client_import.reading.row_batch import RowBatch
from client_import.row_errors import NO_CLIENT_REASONS, Reason, Rows, row_errors
from client_import.validation.schema import build_schema, failing_rows

NOT_AVAILABLE = "#N/A"
"""A cell that says exactly this empties its field (docs/rules.md, section 5)."""

MASK = "•••"
"""Stands for the value of a field that is secret or personal."""


@dataclass(frozen=True, slots=True)
class ValidatedBatch:
    """A batch as read (``source``), with its typed cells and row errors.

    ``clean`` has the columns ``row`` (int64), ``rejected`` (bool), ``key`` (the match value; null if it is blank or
    has an error), ``cleared`` (the columns that ``#N/A`` empties, each as ``|column|``, or null), ``was_repeat`` (bool:
    one of ``RowBatch.repeats``), ``rejected_row`` (int64: one of ``RowBatch.rejected_rows``, or null), then one column
    for each mapped field, typed, null for a blank or ``#N/A`` cell.
    ``row_errors`` has ROW_ERROR_SCHEMA; every row with an error is ``rejected``. ``cleared_cells`` is the number of
    cells emptied by ``#N/A``. ``saying_nothing`` is the number of cells such as ``NULL``, by text column, for columns
    without any other text. ``people`` are the row numbers of clients that are named by first and last name.
    """

    clean: pa.Table
    row_errors: pa.Table
    source: RowBatch
    cleared_cells: int
    saying_nothing: dict[str, int]
    people: Rows


@dataclass(frozen=True)
class Validator:
    """Validates the batches of an import, all with the same mapping and rules."""

    mapping: Mapping
    rules: Rules

    @cached_property
    def schema(self) -> pandera.DataFrameSchema:
        """The schema of normalised cells."""
        return build_schema(self.mapping, self.rules)

    @cached_property
    def schema_of_damaged(self) -> pandera.DataFrameSchema:
        """The same for batches with lost letters."""
        return build_schema(self.mapping, self.rules, lost_letters=True)

    @cached_property
    def words(self) -> dict[str, WordMap]:
        """The value mappings by field."""
        return {
            column.field_name: WordMap.of(column.field, pairs)
            for column in self.mapping.columns
            if (pairs := self.mapping.pairs_of(column.field_name))
        }

    def validate(self, batch: RowBatch) -> ValidatedBatch:
        """Normalise the mapped cells of ``batch``, find all their errors, and convert them to their types."""
        texts, cleared, lost_letters = self._normalise(batch)
        people = self._name_people(texts)
        frame = pa.table(texts).to_pandas(types_mapper=pd.ArrowDtype, split_blocks=True)
        bad = failing_rows(self.schema_of_damaged if lost_letters else self.schema, frame)
        rejected = np.isin(batch.rows, batch.row_errors.column("row").to_numpy())
        undecodable = np.isin(batch.rows, _rows_with((Reason.BAD_ENCODING,), batch.row_errors))
        no_client = np.isin(batch.rows, _rows_with(NO_CLIENT_REASONS, batch.row_errors))
        found = [batch.row_errors]
        for column in self.mapping.columns:
            for reason, failed in bad.get(column.field.column, {}).items():
                rejected |= failed
                failed = failed & ~no_client
                if reason == Reason.BAD_ENCODING:
                    failed = failed & ~undecodable  # the row says so already
                rows = pa.array(failed)
                cells = as_array(batch.cells.column(column.position)).filter(rows)
                values = pa.repeat(MASK, len(cells)) if column.field.sensitive else cells
                wrong, value_type = texts[column.field.column].filter(rows), VALUE_TYPES[column.field.type]
                hints = None
                if possible_hints(reason, value_type):
                    hints = name_shape(wrong, value_type.hints(self.rules).items())
                found.append(
                    row_errors(batch.rows[failed], Reason(reason), values, column.position, column.field_name, hints)
                )
        columns = {"row": pa.array(batch.rows), "rejected": pa.array(rejected), "key": self._key(texts, bad, no_client)}
        columns["cleared"] = cleared
        columns["was_repeat"] = pa.array(np.isin(batch.rows, batch.repeats))
        columns["rejected_row"] = _rejected_row(batch)
        for column in self.mapping.columns:
            name = column.field.column
            columns[name] = _typed(column, texts[name], bad.get(name, {}))
        cells = pc.sum(pc.count_substring(cleared, "|")).as_py() or 0
        nothing = self._count_nothing(batch, ~no_client)
        named = batch.rows[people & ~no_client]
        return ValidatedBatch(pa.table(columns), pa.concat_tables(found), batch, cells // 2, nothing, named)

    def _name_people(self, texts: dict[str, pa.Array]) -> Mask:
        """Name clients without a name after their person (``Mapping.people``), and return in which rows."""
        name = self.mapping.match_column.field
        named = np.zeros(len(texts[name.column]), np.bool_)
        if self.mapping.people and texts[name.column].null_count:
            parts = [pc.fill_null(texts[column.field.column], "") for column in self.mapping.people]
            joined = pc.binary_join_element_wise(*parts, " ")
            people = VALUE_TYPES[name.type].normalise(trim(joined), name, self.rules)
            blank = texts[name.column].is_null()
            named = as_mask(pc.and_(blank, people.is_valid()))
            texts[name.column] = pc.coalesce(texts[name.column], people)
        return named

    def _count_nothing(self, batch: RowBatch, clients: Mask) -> dict[str, int]:
        """Return ``saying_nothing`` of the rows that are ``clients``, without names and match values."""
        counts = {}
        cells = batch.cells if clients.all() else batch.cells.filter(pa.array(clients))
        for column in self.mapping.columns:
            field = column.field
            if field.type == "text" and field.name not in (*NEVER_EMPTIED, self.mapping.match_field):
                count = count_nothing(as_array(cells.column(column.position)))
                if count is not None:
                    counts[field.column] = count
        return counts

    def _normalise(self, batch: RowBatch) -> tuple[dict[str, pa.Array], pa.Array, bool]:
        """Return the normalised text by column, which columns each row clears, and whether any letters are lost."""
        texts, lost_letters = {}, False
        cleared = pa.nulls(len(batch.rows), pa.string())
        for column in self.mapping.columns:
            field = column.field
            text = trim(as_array(batch.cells.column(column.position)))
            damaged = is_damaged(text)
            lost_letters = lost_letters or damaged is not None
            says_empty = pc.fill_null(pc.equal(text, NOT_AVAILABLE), False)
            if pc.any(says_empty).as_py():
                text = pc.if_else(says_empty, pa.scalar(None, pa.string()), text)
                if field.name not in NEVER_EMPTIED:
                    more = pc.binary_join_element_wise(pc.fill_null(cleared, ""), f"|{field.column}|", "")
                    cleared = pc.if_else(says_empty, more, cleared)
            words = self.words.get(field.name)
            said = text if words is None else words.apply(text)
            value = VALUE_TYPES[field.type].normalise(strip_artefacts(said, field), field, self.rules)
            texts[field.column] = value if damaged is None else pc.if_else(damaged, text, value)
        return texts, cleared, lost_letters

    def _key(self, texts: dict[str, pa.Array], bad: dict[str, dict[str, Mask]], no_client: Mask) -> pa.Array:
        column = self.mapping.match_column.field.column
        others = {"no client": no_client} if no_client.any() else {}
        return _without(texts[column], bad.get(column, {}) | others)


def _rejected_row(batch: RowBatch) -> pa.Array:
    if not len(batch.rejected_rows):
        return pa.nulls(len(batch.rows), pa.int64())
    return pa.array(batch.rejected_rows, mask=batch.rejected_rows == 0)


def _rows_with(reasons: Sequence[Reason], found: pa.Table) -> Rows:
    is_one = pc.is_in(found.column("reason"), value_set=pa.array(reasons, pa.string()))
    rows: Rows = found.filter(is_one).column("row").to_numpy()
    return rows


def _without(values: pa.Array, bad: dict[str, Mask]) -> pa.Array:
    """Return ``values`` with null in the place of those with an error."""
    if not bad:
        return values
    return pc.if_else(pa.array(np.logical_or.reduce([*bad.values()])), pa.scalar(None, values.type), values)


def _typed(column: MappedColumn, texts: pa.Array, bad: dict[str, Mask]) -> pa.Array:
    """Return the clean column. Text with an error stays, so that it does not look blank later; its row is rejected."""
    value_type = VALUE_TYPES[column.field.type]
    if pa.types.is_string(value_type.arrow_type):
        return texts
    return value_type.to_clean(_without(texts, bad))

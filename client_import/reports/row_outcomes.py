"""Write the outcome, reasons and message of the rows that are not applied (docs/rules.md, sections 4 and 8).

DuckDB sorts the errors into file order, a block of rows at a time, and Arrow makes the messages, so memory does not
grow with the number of errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from client_import.field_types.hints import Hint
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder
from client_import.reports.messages import LONGEST_SHOWN, SentenceParts, sentence_parts, skip_parts
from client_import.row_errors import WHOLE_ROW, SkipReason, StopReason
from client_import.system.parallel import in_order

_ERRORS_AT_ONCE = 100_000
"""About this many errors are sorted at a time: all at once would fill the memory that DuckDB may use."""

_ROWS_TOGETHER = 1_024
"""A block of errors ends at a multiple of this many rows."""

_AHEAD = 2
"""Blocks in memory: messages are made for one while the next is sorted."""

_PARTS = pa.schema(
    {"part": pa.int32(), "names_value": pa.bool_(), "names_detail": pa.bool_()}
    | dict.fromkeys(("outcome", "field", "reason", "hint", "head", "middle", "tail"), pa.string())
)

_OUTCOMES = {SkipReason: "skipped", StopReason: "not_applied"}

_NOT_APPLIED = pa.schema({"row": pa.int64(), "outcome": pa.string(), "reason": pa.string(), "message": pa.string()})


def write_not_applied(
    connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping, *, is_stopped: bool = False
) -> None:
    """Write ``not_applied`` to the folder, with one line, in file order, for each row that the plan does not apply.

    Its columns are ``row``, ``outcome`` (``error``, ``skipped`` or ``not_applied``), ``reason`` (the codes, joined by
    ``;``) and ``message`` (the sentences). ``is_stopped`` says that max errors stopped the import: then every row has
    a line.
    """
    parts = parts_table([*sentence_parts(mapping), *skip_parts(mapping)])
    _create_parts(connection, parts)
    reasons = _ALL_REASONS if is_stopped else _REASONS
    packing = {"compression": "lz4", "use_dictionary": ["outcome", "reason"]}
    with (
        ThreadPoolExecutor(1, "sentences") as pool,
        pq.ParquetWriter(folder.not_applied, _NOT_APPLIED, **packing) as file,
    ):
        for lines in in_order(pool, partial(_lines, parts=parts), _in_blocks(connection, reasons), _AHEAD):
            file.write_table(lines)


def _create_parts(connection: duckdb.DuckDBPyConnection, parts: pa.Table) -> None:
    """Create the temporary table ``sentence_parts``; DuckDB would not see that an Arrow table is the smaller side."""
    connection.register("parts_in_memory", parts)
    connection.execute("CREATE OR REPLACE TEMP TABLE sentence_parts AS FROM parts_in_memory")
    connection.unregister("parts_in_memory")


def parts_table(sentences: Sequence[SentenceParts]) -> pa.Table:
    """Return the parts of messages as an Arrow table with the columns of ``_PARTS``."""
    return pa.Table.from_pylist(
        [
            {"part": place, "outcome": _OUTCOMES.get(type(sentence.reason), "error"), **asdict(sentence)}
            for place, sentence in enumerate(sentences)
        ],
        _PARTS,
    )


_ERRORS = """
    SELECT *, detail AS hint FROM cell_errors
    UNION ALL
    SELECT *, NULL FROM row_level_errors
"""

_REASONS = f"""
    {_ERRORS}
    UNION ALL
    SELECT
        p.row, {WHOLE_ROW}, NULL, p.result, NULL, used_row::VARCHAR,
        CASE
            WHEN p.result <> '{SkipReason.DUPLICATE_OF_ROW}' THEN NULL
            WHEN used.result = 'error' THEN '{Hint.USED_WAS_REJECTED}'
            WHEN coalesce(r.used_row = r.row, true) THEN '{Hint.USED_BEFORE}'
        END
    FROM plan p LEFT JOIN repeated r ON r.row = p.row LEFT JOIN plan used ON used.row = r.used_row
    WHERE p.result NOT IN ('created', 'updated', 'error')
"""

_ALL_REASONS = f"""
    {_ERRORS}
    UNION ALL
    SELECT row, {WHOLE_ROW}, NULL, '{StopReason.MAX_ERRORS}', NULL, NULL, NULL FROM plan WHERE result <> 'error'
"""

_WITH_SENTENCES = f"""
-- Section 8: why each row is rejected or skipped, in file order.
WITH reasons AS ({{reasons}})
SELECT
    u.row, u.reason, p.part,
    CASE
        WHEN NOT p.names_value THEN NULL
        WHEN length(u.value) > {LONGEST_SHOWN} THEN u.value[:{LONGEST_SHOWN}] || '…'
        ELSE u.value
    END AS value,
    CASE WHEN p.names_detail THEN u.detail END AS detail
    {{more}}
FROM reasons u LEFT JOIN sentence_parts p
    ON p.field IS NOT DISTINCT FROM u.field AND p.reason = u.reason AND p.hint IS NOT DISTINCT FROM u.hint
ORDER BY u.row, u.position, u.reason
"""


_IN_BLOCK = "SELECT * FROM ({reasons}) WHERE row BETWEEN {first} AND {last}"

_COUNT = f"SELECT row // {_ROWS_TOGETHER} AS place, count(*) FROM ({{reasons}}) GROUP BY place ORDER BY place"


def _in_blocks(connection: duckdb.DuckDBPyConnection, reasons: str) -> Iterator[pa.Table]:
    """Yield the result of the query ``reasons`` in file order, a block of rows at a time."""
    for first, last in _blocks(connection, reasons):
        block = _IN_BLOCK.format(reasons=reasons, first=first, last=last)
        yield connection.sql(_WITH_SENTENCES.format(more="", reasons=block)).to_arrow_table().combine_chunks()


def _blocks(connection: duckdb.DuckDBPyConnection, reasons: str) -> Iterator[tuple[int, int]]:
    """Yield the first and last row number of blocks with about 100,000 lines of the query ``reasons`` each."""
    first = last = count = 0
    for place, more in connection.execute(_COUNT.format(reasons=reasons)).fetchall():
        if count and count + more > _ERRORS_AT_ONCE:
            yield first, last
            first, count = last + 1, 0
        last = (place + 1) * _ROWS_TOGETHER - 1
        count += more
    if count:
        yield first, last


def errors_with_messages(connection: duckdb.DuckDBPyConnection, mapping: Mapping, offset: int, limit: int) -> pa.Table:
    """Return up to ``limit`` errors in ``cell_errors`` and ``row_level_errors`` with messages, in file order.

    The table skips the first ``offset`` errors. Its columns are ``row``, ``position``, ``field``, ``reason``, ``cell``
    (the offending value) and ``message``.
    """
    parts = parts_table(sentence_parts(mapping))
    _create_parts(connection, parts)
    query = _WITH_SENTENCES.format(more=", u.position, u.field, u.value AS cell", reasons=_ERRORS)
    page = f"{query}, u.detail LIMIT {int(limit)} OFFSET {int(offset)}"
    row_errors = connection.sql(page).to_arrow_table()
    with_messages = row_errors.append_column("message", _messages(row_errors, parts))
    return with_messages.select(["row", "position", "field", "reason", "cell", "message"])


def _lines(row_errors: pa.Table, parts: pa.Table) -> pa.Table:
    """Return one line for each row that has ``row_errors``, with the columns of ``_NOT_APPLIED``."""
    rows = row_errors.column("row").to_numpy()
    starts = np.flatnonzero(np.diff(rows, prepend=0))
    outcomes = parts.column("outcome").take(row_errors.column("part")).fill_null("error")
    reasons = row_errors.column("reason").combine_chunks()
    messages = _messages(row_errors, parts)
    if len(starts) < len(rows):
        bounds = np.append(starts, len(rows))
        outcomes = outcomes.take(pa.array(starts))
        reasons = _codes(reasons, bounds)
        messages = pc.binary_join(pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), messages), " ")
    return pa.table([pa.array(rows[starts]), outcomes, reasons, messages], schema=_NOT_APPLIED)


def _messages(row_errors: pa.Table, parts: pa.Table) -> pa.Array:
    """Return the message of each of ``row_errors``, or its reason where no template fits."""
    its = row_errors.column("part").combine_chunks()
    head, middle, tail = (parts.column(name).combine_chunks().take(its) for name in ("head", "middle", "tail"))
    value, detail = (row_errors.column(name).combine_chunks() for name in ("value", "detail"))
    texts = pc.binary_join_element_wise(head, value, middle, detail, tail, "", null_handling="replace")
    return pc.if_else(its.is_null(), row_errors.column("reason").combine_chunks(), texts) if its.null_count else texts


def _codes(reasons: pa.Array, bounds: npt.NDArray[np.int64]) -> pa.Array:
    """Return the distinct ``reasons`` between each two ``bounds``, in alphabetical order, joined by ``;``."""
    names = sorted(reasons.unique().to_pylist())
    ranks = pc.index_in(reasons, pa.array(names)).to_numpy()
    counts = np.diff(bounds)
    given = np.sort(np.repeat(np.arange(len(counts)), counts) * len(names) + ranks, kind="stable")
    different = given[np.diff(given, prepend=-1) > 0]
    offsets = np.searchsorted(different // len(names), np.arange(len(counts) + 1))
    codes = pa.array(names).take(pa.array(different % len(names)))
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), codes), ";")

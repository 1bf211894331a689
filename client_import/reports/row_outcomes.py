"""Write what becomes of the rows that are not applied, in words (docs/rules.md, sections 4 and 8).

DuckDB puts the errors in file order, those of so many rows at a time, and Arrow makes the sentences of them: the memory
it takes does not grow with how much is wrong.
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
"""About so many errors are put in order at a time: all at once would fill the memory that DuckDB may use."""

_ROWS_TOGETHER = 1_024
"""Errors are counted by so many rows; those of one such block are never parted."""

_AHEAD = 2
"""Stretches that are in memory: one of which the sentences are made while the next is put in order."""

_PARTS = pa.schema(
    [
        ("part", pa.int32()),
        ("outcome", pa.string()),
        ("field", pa.string()),
        ("reason", pa.string()),
        ("hint", pa.string()),
        ("head", pa.string()),
        ("names_value", pa.bool_()),
        ("middle", pa.string()),
        ("names_detail", pa.bool_()),
        ("tail", pa.string()),
    ]
)

_OUTCOMES = {SkipReason: "skipped", StopReason: "not_applied"}

_NOT_APPLIED = pa.schema([(name, pa.string()) for name in ("outcome", "reason", "message")]).insert(
    0, pa.field("row", pa.int64())
)


def write_not_applied(
    connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping, *, is_stopped: bool = False
) -> None:
    """Write ``not_applied`` to the folder, a line for each row that the plan in ``connection`` does not apply.

    In file order: ``row``, ``outcome`` (``error``, ``skipped`` or ``not_applied``), ``reason`` (the codes, ``;``
    between) and ``message`` (the sentences). With ``is_stopped``, when too many rows are rejected and nothing is
    applied, that is every row.
    """
    parts = parts_table([*sentence_parts(mapping), *skip_parts(mapping)])
    _create_parts(connection, parts)
    untold = _UNTOLD_OF_ALL if is_stopped else _UNTOLD
    packing = {"compression": "lz4", "use_dictionary": ["outcome", "reason"]}
    with (
        ThreadPoolExecutor(1, "sentences") as pool,
        pq.ParquetWriter(folder.not_applied, _NOT_APPLIED, **packing) as file,
    ):
        for told in in_order(pool, partial(_told, parts=parts), _in_blocks(connection, untold), _AHEAD):
            file.write_table(told)


def _create_parts(connection: duckdb.DuckDBPyConnection, parts: pa.Table) -> None:
    """Make the temporary table ``sentence_parts``: of an Arrow table DuckDB cannot tell that it is the smaller side."""
    connection.register("parts_in_memory", parts)
    connection.execute("CREATE OR REPLACE TEMP TABLE sentence_parts AS FROM parts_in_memory")
    connection.unregister("parts_in_memory")


def parts_table(sentences: Sequence[SentenceParts]) -> pa.Table:
    """Return the sentences as the table that :func:`messages` needs, and SQL of this module as ``sentence_parts``."""
    return pa.Table.from_pylist(
        [
            {
                "part": place,
                "outcome": _OUTCOMES.get(type(sentence.reason), "error"),
                **asdict(sentence),
            }
            for place, sentence in enumerate(sentences)
        ],
        _PARTS,
    )


ERRORS = """
    SELECT *, detail AS hint FROM cell_errors
    UNION ALL
    SELECT *, NULL FROM row_level_errors
"""

_UNTOLD = f"""
    {ERRORS}
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

_UNTOLD_OF_ALL = f"""
    {ERRORS}
    UNION ALL
    SELECT row, {WHOLE_ROW}, NULL, '{StopReason.MAX_ERRORS}', NULL, NULL, NULL FROM plan WHERE result <> 'error'
"""

_WITH_SENTENCES = f"""
-- Section 8: what is wrong with every row that is not imported, or why it is skipped, in file order.
WITH untold AS ({{untold}})
SELECT
    u.row, u.reason, p.part,
    CASE
        WHEN NOT p.names_value THEN NULL
        WHEN length(u.value) > {LONGEST_SHOWN} THEN u.value[:{LONGEST_SHOWN}] || '…'
        ELSE u.value
    END AS value,
    CASE WHEN p.names_detail THEN u.detail END AS detail
    {{more}}
FROM untold u LEFT JOIN sentence_parts p
    ON p.field IS NOT DISTINCT FROM u.field AND p.reason = u.reason AND p.hint IS NOT DISTINCT FROM u.hint
ORDER BY u.row, u.position, u.reason
"""


_IN_STRETCH = "SELECT * FROM ({untold}) WHERE row BETWEEN {first} AND {last}"

_COUNT = f"SELECT row // {_ROWS_TOGETHER} AS place, count(*) FROM ({{untold}}) GROUP BY place ORDER BY place"


def _in_blocks(connection: duckdb.DuckDBPyConnection, untold: str) -> Iterator[pa.Table]:
    """Yield the errors ``untold`` in file order, those of one block of rows at a time."""
    for first, last in _blocks(connection, untold):
        some = _IN_STRETCH.format(untold=untold, first=first, last=last)
        yield connection.sql(_WITH_SENTENCES.format(more="", untold=some)).to_arrow_table().combine_chunks()


def _blocks(connection: duckdb.DuckDBPyConnection, untold: str) -> Iterator[tuple[int, int]]:
    """Yield the first and the last row number of blocks that have about 100,000 of the errors ``untold`` each."""
    first = last = count = 0
    for place, more in connection.execute(_COUNT.format(untold=untold)).fetchall():
        if count and count + more > _ERRORS_AT_ONCE:
            yield first, last
            first, count = last + 1, 0
        last = (place + 1) * _ROWS_TOGETHER - 1
        count += more
    if count:
        yield first, last


def errors_with_messages(connection: duckdb.DuckDBPyConnection, mapping: Mapping, offset: int, limit: int) -> pa.Table:
    """Return some of the errors in ``cell_errors`` and ``row_level_errors``, with their sentences, in file order.

    Columns: ``row``, ``position``, ``field``, ``reason``, ``cell`` (the offending value) and ``message``.
    """
    parts = parts_table(sentence_parts(mapping))
    _create_parts(connection, parts)
    query = _WITH_SENTENCES.format(more=", u.position, u.field, u.value AS cell", untold=ERRORS)
    page = f"{query}, u.detail LIMIT {int(limit)} OFFSET {int(offset)}"
    row_errors = connection.sql(page).to_arrow_table()
    told = row_errors.append_column("message", _messages(row_errors, parts))
    return told.select(["row", "position", "field", "reason", "cell", "message"])


def _told(row_errors: pa.Table, parts: pa.Table) -> pa.Table:
    """Return a line for each row of the ``row_errors``."""
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
    """Return the sentence for each of ``row_errors``; the reason itself for one that nobody has a sentence for."""
    its = row_errors.column("part").combine_chunks()
    head, middle, tail = (parts.column(name).combine_chunks().take(its) for name in ("head", "middle", "tail"))
    value, detail = (row_errors.column(name).combine_chunks() for name in ("value", "detail"))
    spoken = pc.binary_join_element_wise(head, value, middle, detail, tail, "", null_handling="replace")
    return pc.if_else(its.is_null(), row_errors.column("reason").combine_chunks(), spoken) if its.null_count else spoken


def _codes(reasons: pa.Array, bounds: npt.NDArray[np.int64]) -> pa.Array:
    """Return the different ones of ``reasons`` between each two ``bounds``, in alphabetical order, ``;`` between."""
    names = sorted(reasons.unique().to_pylist())
    ranks = pc.index_in(reasons, pa.array(names)).to_numpy()
    counts = np.diff(bounds)
    given = np.sort(np.repeat(np.arange(len(counts)), counts) * len(names) + ranks, kind="stable")
    different = given[np.diff(given, prepend=-1) > 0]
    offsets = np.searchsorted(different // len(names), np.arange(len(counts) + 1))
    codes = pa.array(names).take(pa.array(different % len(names)))
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), codes), ";")

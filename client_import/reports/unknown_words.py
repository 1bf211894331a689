"""Count the words of a file that mean no member of their field's list, to be mapped (docs/rules.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from client_import.field_types.characters import trim
from client_import.field_types.mapped_words import WordMap, choices, count_unknown
from client_import.fields.catalogue import BY_NAME, FIELDS
from client_import.mapping.resolve import Mapping
from client_import.row_errors import Reason

MOST_WORDS = 20
"""The most words of a column that are named; the others are counted together."""

_MOST_CELLS = 1_000
_LONGEST_WORD = 200
_FIELDS = tuple(field.name for field in FIELDS if choices(field))

_CELLS = f"""
SELECT
    position, field, sum(cells)::BIGINT,
    max({{'cells': cells, 'value': value}}, {_MOST_CELLS}) FILTER (WHERE length(value) <= {_LONGEST_WORD})
FROM (
    SELECT position, field, value, count(*) AS cells
    FROM cell_errors WHERE field IN {_FIELDS} AND reason IN {(Reason.NOT_IN_LIST.value, Reason.BAD_FORMAT.value)}
    GROUP BY ALL
)
GROUP BY position, field ORDER BY position
"""
"""The most frequent cells of each column that are not in its list. Distinct ones without number are for DuckDB to spill
to the disk; Python gets a bounded number of them."""


@dataclass(frozen=True, slots=True)
class UnknownWords:
    """Words of one column that mean no member of its field, in the whole file.

    ``words`` are the most frequent ones with the number of cells that have them, and ``others`` is the number of cells
    with any other such word.
    """

    header: str
    field: str
    words: tuple[tuple[str, int], ...]
    others: int

    def to_json(self) -> dict[str, Any]:
        """Return the words as an object of the plan's ``unknownValues``."""
        values = [{"value": word, "count": count} for word, count in self.words]
        return {"csvHeader": self.header, "targetField": self.field, "values": values, "otherCount": self.others}


def unknown_words(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> tuple[UnknownWords, ...]:
    """Return the words that mean no member, of each column that has any, from the view ``cell_errors``."""
    headers = {column.position: column.header for column in mapping.columns}
    found = []
    for position, name, total, most in connection.execute(_CELLS).fetchall():
        field, pairs = BY_NAME[name], mapping.pairs_of(name)
        cells = trim(pa.array([each["value"] for each in most or ()], pa.string()))
        counts = np.array([each["cells"] for each in most or ()], np.int64)
        words = count_unknown(cells, counts, field, WordMap.of(field, pairs))
        others = total - int(counts.sum()) + sum(count for _, count in words[MOST_WORDS:])
        found.append(UnknownWords(headers[position], name, tuple(words[:MOST_WORDS]), others))
    return tuple(found)

"""The clients that rows are about, and how their cells are drawn and written.

Everything about a client follows from the seed and the client's number alone, so two files agree about a client
without either being kept in memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def draw(seed: int, topic: str, numbers: Integers) -> Integers:
    """Return one number below 2**31 for each of ``numbers``: the same for the same seed, topic and number."""
    start = (seed * 0x9E3779B97F4A7C15 + zlib.crc32(topic.encode()) * 0xBF58476D1CE4E5B9) % 2**64
    mixed = numbers.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93) + np.uint64(start)
    for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(factor)
    return (mixed >> np.uint64(33)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Clients:
    """Clients whose cells are to be made, one for each row.

    ``numbers`` are the clients' numbers; ``changed`` says which rows differ from the stored client in the columns
    that :meth:`version` picks; ``spelling`` names the file, since each file spells the same values its own way.
    """

    seed: int
    numbers: Integers
    changed: Flags
    changeable: tuple[str, ...]
    spelling: str
    quoted: bool

    def draw(self, topic: str) -> Integers:
        return draw(self.seed, topic, self.numbers)

    def version(self, field: str) -> Integers:
        """Return 1 for each row in which the cell of ``field`` is not the stored one, else 0."""
        count = len(self.changeable)
        first = self.draw("first change") % count
        second = np.where(self.draw("changes") % 2 == 0, self.draw("second change") % count, first)
        own = self.changeable.index(field)
        differs: Flags = self.changed & ((first == own) | (second == own))
        return differs.astype(np.int64)

    def spelled(self, field: str, spellings: Sequence[pa.Array]) -> pa.Array:
        """Write each cell of ``field`` in one of the ``spellings`` of its value."""
        way = draw(self.seed, f"{self.spelling} {field}", self.numbers) % len(spellings)
        return pc.choose(pa.array(way), *spellings)


def one_of(pool: Sequence[str], indexes: Integers) -> pa.Array:
    """Take a text of ``pool`` for each index; indexes go round."""
    return pa.array(pool, pa.string()).take(pa.array(indexes % len(pool)))


def digits(numbers: Integers, length: int) -> pa.Array:
    """Write ``numbers`` with zeros in front to ``length`` digits."""
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), length, "0")


def join(*parts: pa.Array | str) -> pa.Array:
    """Join texts row by row."""
    return pc.binary_join_element_wise(*parts, "")


def where(condition: Flags, texts: pa.Array | str, others: pa.Array | str) -> pa.Array:
    """Take ``texts`` where the condition holds, else ``others``."""
    return pc.if_else(pa.array(condition), texts, others)

"""Fields that take one member of a list, or several; synonyms are read, and case, spacing and punctuation ignored."""

from __future__ import annotations

import csv
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import fold, fold_text
from client_import.field_types.columns import as_mask, by_distinct
from client_import.field_types.value_type import Column, Flags, Rules, ValueType
from client_import.fields.catalogue import FIELDS_CSV, Field

SEPARATOR = ";"
"""Separates members in normal form; ``|`` is read as well."""


def _read_synonyms() -> dict[tuple[str, str], tuple[str, ...]]:
    with FIELDS_CSV.with_name("member_synonyms.csv").open(encoding="utf-8", newline="") as lines:
        return {(line["field"], line["member"]): tuple(line["synonyms"].split("|")) for line in csv.DictReader(lines)}


SYNONYMS = _read_synonyms()
"""Other words for a member, by field and member. Case, spacing and punctuation make no difference.

The terms of Companies House (CompanyCategory, CompanyStatus, and company_type in its API) are included if they mean
exactly one member, so not Limited Partnership, Community Interest Company, Private Unlimited Company or Liquidation.
"""


@lru_cache(maxsize=256)
def known_words(name: str, members: tuple[str, ...]) -> tuple[pa.Array, pa.Array]:
    """Return the folded words that mean a member of the field ``name``, and an array with the index of that member."""
    words = [
        (fold_text(word), index)
        for index, member in enumerate(members)
        for word in (member, *SYNONYMS.get((name, member), ()))
    ]
    folded, indices = zip(*words, strict=True)
    return pa.array(folded, pa.string()), pa.array(indices, pa.int32())


def member_of(word: str, field: Field) -> str | None:
    """Return the member of the field that a cell with ``word`` means, or None."""
    index = _read_members(pa.array([word]), field)[0].as_py()
    return None if index is None else field.members[index]


def _read_members(cells: Column, field: Field) -> pa.Array:
    """Return the index of the member that each cell means, or null."""
    words, indices = known_words(field.name, field.members)
    return indices.take(pc.index_in(fold(cells), value_set=words))


def _normalise_one(cells: Column, field: Field, rules: Rules) -> Column:
    members = pa.array(field.members, pa.string())
    return by_distinct(cells, lambda words: pc.coalesce(members.take(_read_members(words, field)), words))


def _is_member(values: Column, field: Field, rules: Rules) -> Flags:
    return pc.or_(pc.is_in(values, value_set=pa.array(field.members, pa.string())), values.is_null())


def _read_several(cells: Column, field: Field) -> Column:
    """Return the lists in normal form, or null if a part is unknown or there is no part."""
    return by_distinct(cells, lambda lists: _read_lists(lists, field))


def _read_lists(cells: Column, field: Field) -> Column:
    """Read each list. Blank parts are ignored, and only the first of repeated members is kept."""
    parts = pc.split_pattern_regex(cells, pattern=r"[;|]")
    rows = pc.list_parent_indices(parts).to_numpy()
    texts = pc.list_flatten(parts)
    unknown = np.iinfo(np.int32).max
    member = pc.fill_null(_read_members(texts, field), unknown).to_numpy()
    named = as_mask(pc.fill_null(pc.not_equal(fold(texts), ""), False))

    readable = np.zeros(len(cells), np.bool_)
    readable[rows[named]] = True
    readable[rows[named & (member == unknown)]] = False
    kept = np.flatnonzero(named & readable[rows])
    _, first = np.unique(rows[kept].astype(np.int64) * len(field.members) + member[kept], return_index=True)
    kept = kept[np.sort(first)]

    ends = np.cumsum(np.bincount(rows[kept], minlength=len(cells)), dtype=np.int32)
    names = pa.array(field.members, pa.string()).take(pa.array(member[kept]))
    lists = pa.ListArray.from_arrays(np.concatenate([np.zeros(1, np.int32), ends]), names)
    return pc.if_else(pa.array(readable), pc.binary_join(lists, SEPARATOR), pa.scalar(None, pa.string()))


def _normalise_several(cells: Column, field: Field, rules: Rules) -> Column:
    return pc.coalesce(_read_several(cells, field), cells)


def _are_members(values: Column, field: Field, rules: Rules) -> Flags:
    return pc.or_(pc.fill_null(pc.equal(_read_several(values, field), values), False), values.is_null())


ENUM = ValueType(_normalise_one, {"not_in_list": _is_member})
ENUM_LIST = ValueType(_normalise_several, {"not_in_list": _are_members})

"""Apply value mappings to cells, before the known synonyms of a list (docs/rules.md, section 3).

Case and blanks make no difference, nor does punctuation if the word has letters or digits. A mapping of ``Yes`` or
``No`` applies to every word that means the same (``TRUE``, ``1``, ``✓``) and has no mapping of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.artefacts import strip_typed
from client_import.field_types.characters import compact, fold, trim
from client_import.field_types.columns import by_distinct, is_ascii
from client_import.field_types.enums import ENUM, ENUM_LIST, SEPARATOR, SYNONYMS
from client_import.field_types.value_type import Column, Rules
from client_import.field_types.yes_no import YES_NO
from client_import.fields.catalogue import Field

_NORMALISERS = {"enum": ENUM.normalise, "enum_list": ENUM_LIST.normalise, "yes_no": YES_NO.normalise}
_YES_OR_NO = pa.array(["Yes", "No"])
_BETWEEN = r"[;|]"


def choices(field: Field) -> tuple[str, ...]:
    """Return the members of the field's list, ``Yes`` and ``No`` for a yes/no field, or nothing without a list."""
    return ("Yes", "No") if field.type == "yes_no" else field.members


@lru_cache(maxsize=4096)
def member_for(word: str, field: Field) -> str | None:
    """Return the member of the field's list that a cell with ``word`` means, or None."""
    value: str | None = _read(trim(pa.array([word], pa.string())), field)[0].as_py()
    return value if value in choices(field) else None


@lru_cache(maxsize=4096)
def key_of(word: str) -> str | None:
    """Return the key by which ``word`` is compared, or None if it is blank."""
    key: str | None = _keys(trim(pa.array([word], pa.string())))[0].as_py()
    return key


def words_without_meaning(cells: Column, field: Field, words: WordMap) -> Column:
    """Return those of the trimmed cells that neither mean a member of the field's list nor are mapped to one."""
    values = _read(words.apply(cells), field)
    if field.type == "enum_list":
        good = ENUM_LIST.checks["not_in_list"](values, field, Rules())
    else:
        good = pc.is_in(values, value_set=pa.array(choices(field)))
    return cells.filter(pc.and_(pc.is_valid(values), pc.invert(good)))


def count_unknown(cells: Column, counts: npt.NDArray[np.int64], field: Field, words: WordMap) -> list[tuple[str, int]]:
    """Return the words of the trimmed ``cells`` that have no meaning in the field's list, the most frequent first.

    ``counts`` says how often each cell occurs. Words that compare equal are one, as most cells write it, and a cell of
    several words counts for each.
    """
    if words.is_of_parts:
        parts = pc.split_pattern_regex(cells, pattern=_BETWEEN)
        counts = counts[pc.list_parent_indices(parts).to_numpy()]
        cells = trim(pc.list_flatten(parts))
    unknown = set(words_without_meaning(pc.unique(cells), field, words).to_pylist())
    spellings = defaultdict[str | None, Counter[str]](Counter)
    for word, count in zip(cells.to_pylist(), counts.tolist(), strict=True):
        if word in unknown:
            spellings[key_of(word)][word] += count
    found = [(min(each, key=lambda word: (-each[word], word)), each.total()) for each in spellings.values()]
    return sorted(found, key=lambda word: (-word[1], word[0]))


def _read(cells: Column, field: Field) -> Column:
    return _NORMALISERS[field.type](strip_typed(cells), field, Rules())


@dataclass(frozen=True, slots=True)
class WordMap:
    """The value mappings of one field: the ``keys`` of the words, and the ``members`` they mean.

    ``yes_and_no`` has the member for words that mean yes, and the one for words that mean no; null if not mapped.
    ``is_of_parts`` says that a cell may have several words, separated by ``;`` or ``|``.
    """

    keys: pa.Array
    members: pa.Array
    yes_and_no: pa.Array
    is_of_parts: bool

    @classmethod
    def of(cls, field: Field, pairs: Sequence[tuple[str, str]]) -> WordMap:
        """Return the word map for ``pairs`` of word and member."""
        keys = [key_of(word) for word, _ in pairs]
        members = [member for _, member in pairs]
        by_key = dict(zip(keys, members, strict=True))
        return cls(
            pa.array(keys, pa.string()),
            pa.array(members, pa.string()),
            pa.array([by_key.get("yes"), by_key.get("no")], pa.string()),
            field.type == "enum_list",
        )

    def apply(self, cells: Column) -> Column:
        """Return the trimmed cells with each mapped word replaced by its member; null stays null."""
        return by_distinct(cells, self._apply_to_parts if self.is_of_parts else self._mapped)

    def _apply_to_parts(self, cells: Column) -> Column:
        parts = pc.split_pattern_regex(cells, pattern=_BETWEEN)
        words = trim(pc.list_flatten(parts))
        mapped = pc.fill_null(self._mapped(words), "")
        return pc.binary_join(pa.ListArray.from_arrays(parts.offsets, mapped), SEPARATOR)

    def _mapped(self, words: Column) -> Column:
        bare = strip_typed(words)
        found = pc.coalesce(pc.index_in(_keys(words), self.keys), pc.index_in(_keys(bare), self.keys))
        members = self.members.take(found)
        if self.yes_and_no.null_count < len(self.yes_and_no):
            yes_or_no = YES_NO.normalise(bare, _ANY_YES_NO, Rules())
            members = pc.coalesce(members, self.yes_and_no.take(pc.index_in(yes_or_no, _YES_OR_NO)))
        return pc.coalesce(members, words)


def written(cells: Column, field: Field, pairs: Sequence[tuple[str, str]]) -> Column:
    """Return stored values of the field as words that mean the same values when ``pairs`` are mapped.

    That is the member itself unless it is mapped to another one, and otherwise a word mapped to it or a synonym.
    """
    if not pairs:
        return cells
    words = WordMap.of(field, pairs)
    spellings = {member: _spelling(member, field, pairs, words) for member in choices(field)}
    if all(member == spelling for member, spelling in spellings.items()):
        return cells
    inverse = WordMap(
        _keys(pa.array(spellings)),
        pa.array(spellings.values(), pa.string()),
        pa.nulls(2, pa.string()),
        words.is_of_parts,
    )
    return inverse.apply(cells)


def _spelling(member: str, field: Field, pairs: Sequence[tuple[str, str]], words: WordMap) -> str:
    mapped = [word for word, its_member in pairs if its_member == member]
    known = pa.array([member, *mapped, *SYNONYMS.get((field.name, member), ())], pa.string())
    read = _read(words.apply(known), field)
    good = known.filter(pc.fill_null(pc.equal(read, member), False))
    return str(good[0]) if len(good) else member


_ANY_YES_NO = Field("", "", "yes_no", None, "", "")


def _keys(words: Column) -> Column:
    """Return the key of each word: its letters and digits, or without any of these its other characters."""
    folded = fold(words)
    keys = pc.if_else(pc.equal(folded, ""), compact(words), folded)
    return keys if is_ascii(keys) else pc.replace_substring(pc.utf8_lower(pc.utf8_upper(keys)), "ß", "ss")

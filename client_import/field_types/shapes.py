"""Checks by shape, which is a regular expression (RE2) that the whole value must match, and by length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.columns import bytes_of, rewrite
from client_import.field_types.fixed_shapes import FixedShape
from client_import.field_types.value_type import Check, Column, Flags, Normaliser, Rules, ValueType, as_it_is
from client_import.fields.catalogue import Field


def matches(values: Column, pattern: str) -> Flags:
    """Return which values match the whole pattern; False for null."""
    fixed = FixedShape.of(pattern)
    if fixed is not None:
        return pa.array(fixed.fits(values))
    return pc.fill_null(pc.match_substring_regex(values, pattern=rf"\A(?:{pattern})\z"), False)


def all_but_normal(shape: str, normalise: Normaliser) -> Normaliser:
    """Return a normaliser that skips null and cells of the normal ``shape`` and applies ``normalise`` to all others."""

    def normalise_others(cells: Column, field: Field, rules: Rules) -> Column:
        others = pc.invert(pc.or_(matches(cells, shape), cells.is_null()))
        return rewrite(cells, others, lambda rest: normalise(rest, field, rules))

    return normalise_others


def shaped(
    shape: str,
    convert: Callable[[Column], Column],
    *,
    bad_check_digit: Check | None = None,
    exported: Callable[[Column], Column] = as_it_is,
) -> ValueType:
    """Return the type of values of one ``shape``. A cell of another shape is read if ``convert`` makes it one of it."""

    def normalise(cells: Column, field: Field, rules: Rules) -> Column:
        return read_as(shape, convert(cells), cells)

    digit_check: dict[str, Check] = {"bad_check_digit": bad_check_digit} if bad_check_digit else {}
    checks: dict[str, Check] = {"bad_format": HasShape(shape), **digit_check, "too_long": within_length}
    return ValueType(all_but_normal(shape, normalise), checks, exported=exported)


def read_as(pattern: str, candidates: Column, cells: Column) -> Column:
    """Return each candidate that matches the pattern, and the original cell where it does not."""
    return pc.if_else(matches(candidates, pattern), candidates, cells)


def name_shape(values: Column, shapes: Iterable[tuple[str, str]]) -> Column:
    """Return, for each value, the name of the first of ``shapes`` (pairs of name and pattern) it matches, or null."""
    names = pa.nulls(len(values), pa.string())
    for name, pattern in shapes:
        named = pc.if_else(matches(values, pattern), pa.scalar(str(name)), pa.scalar(None, pa.string()))
        names = pc.coalesce(names, named)
    return names


@dataclass(frozen=True, slots=True)
class HasShape:
    """The check that is True for null and for values that match the whole pattern."""

    pattern: str

    def __call__(self, values: Column, field: Field, rules: Rules) -> Flags:
        """Return where a value matches; null is good."""
        return pc.or_(matches(values, self.pattern), values.is_null())


def within_length(values: Column, field: Field, rules: Rules) -> Flags:
    """Return which values have at most as many characters as the field allows; True for null."""
    ends, _ = bytes_of(values)
    if field.max_length is None or np.diff(ends).max(initial=0) <= field.max_length:
        return all_good(values)
    return pc.fill_null(pc.less_equal(pc.utf8_length(values), field.max_length), True)


def all_good(values: Column) -> Flags:
    """Return True for every value."""
    return pa.repeat(pa.scalar(True), len(values))

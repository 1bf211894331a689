"""VAT numbers and unique taxpayer references (UTR), which HMRC issues with check digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.characters import compact
from client_import.field_types.columns import Mask, bytes_of, replace_from, rewrite, slice_ascii
from client_import.field_types.numbers import whole_numbers
from client_import.field_types.shapes import HasShape, all_but_normal, all_good, matches, shaped, within_length
from client_import.field_types.value_type import Check, Column, Flags, Rules, ValueType
from client_import.fields.catalogue import Field

VAT_SHAPE = "[0-9]{9}|[0-9]{12}"
UTR_SHAPE = "[0-9]{10}"

_ZERO_LOST = "[0-9]{8}|[0-9]{11}"
_BRANCH_OR_FRACTION = r"[0-9]{9}\.000"

_VAT_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 1])
_UTR_WEIGHTS = np.array([0, 6, 7, 8, 9, 10, 5, 4, 3, 2])
_UTR_CHECK_DIGITS = np.array([2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1])

Digits = npt.NDArray[np.uint8]
"""A two-dimensional array with a row for each number and a column for each digit."""


def _normalise_vat(cells: Column, field: Field, rules: Rules) -> Column:
    """Remove blanks, dots, dashes and the prefix, and restore a leading zero that a spreadsheet removed.

    The prefix is GB, or XI, which Northern Ireland uses with the same number in trade with the EU.
    """
    numbers = whole_numbers(cells)
    texts = pc.ascii_upper(compact(numbers, ".-"))
    prefixed = pc.fill_null(pc.or_(pc.starts_with(texts, "GB"), pc.starts_with(texts, "XI")), False)
    texts = rewrite(texts, prefixed, lambda rest: slice_ascii(rest, 2))
    good = pc.or_(matches(texts, VAT_SHAPE), texts.is_null())
    if numbers is not cells:
        good = pc.and_not(good, matches(cells, _BRANCH_OR_FRACTION))
    others = pc.invert(good)
    rest = numbers.filter(others), cells.filter(others)
    return rewrite(texts, others, lambda _: _with_zero(*rest, field, rules))


def _with_zero(numbers: Column, cells: Column, field: Field, rules: Rules) -> Column:
    """Return the numbers that are valid with a leading 0 with it, and the other cells unchanged.

    Only the older check digit rule is applied, because all numbers that begin with 0 follow it.
    """
    padded = pc.binary_join_element_wise("0", numbers, "")
    fits = _digits_are(_old_vat_is_right, VAT_SHAPE, 9)(padded, field, rules)
    return pc.if_else(pc.and_(matches(numbers, _ZERO_LOST), fits), padded, cells)


def _convert_utr(cells: Column) -> Column:
    """Remove blanks and a trailing K. No UTR begins with 0, so a short one has lost a digit and not a zero."""
    texts = compact(whole_numbers(cells))
    return rewrite(texts, matches(texts, f"{UTR_SHAPE}[Kk]"), lambda rest: slice_ascii(rest, 0, 10))


def _vat_is_right(digits: Digits) -> Mask:
    """Apply both rules: the weighted sum plus the two check digits, or that plus 55, is divisible by 97."""
    return np.asarray(_old_vat_is_right(digits) | ((digits @ _VAT_WEIGHTS + 55) % 97 == 0))


def _old_vat_is_right(digits: Digits) -> Mask:
    total = digits @ _VAT_WEIGHTS
    return np.asarray((total % 97 == 0) & (total > 0))


def _utr_is_right(digits: Digits) -> Mask:
    """Compare the first digit with the check digit computed from the other nine."""
    return np.asarray(digits[:, 0] == _UTR_CHECK_DIGITS[digits @ _UTR_WEIGHTS % 11])


def _digits_are(right: Callable[[Digits], Mask], shape: str, count: int) -> Check:
    """Return a check of the first ``count`` digits of values that match ``shape``; it is True for other values."""

    def are_right(numbers: Column) -> Flags:
        _, text = bytes_of(slice_ascii(numbers, 0, count))
        return pa.array(right(text.reshape(-1, count) - ord("0")))

    def check(values: Column, field: Field, rules: Rules) -> Flags:
        return replace_from(all_good(values), matches(values, shape), values, are_right)

    return check


def _with_prefix(numbers: Column) -> Column:
    """Return VAT numbers, with the prefix on those of 12 digits, which a spreadsheet would turn into 9.80781E+11."""
    long = pc.fill_null(pc.equal(pc.binary_length(numbers), 12), False)
    return rewrite(numbers, long, lambda rest: pc.binary_join_element_wise("GB", rest, ""))


VAT = ValueType(
    normalise=all_but_normal(VAT_SHAPE, _normalise_vat),
    checks={
        "bad_format": HasShape(VAT_SHAPE),
        "bad_check_digit": _digits_are(_vat_is_right, VAT_SHAPE, 9),
        "too_long": within_length,
    },
    exported=_with_prefix,
)
UTR = shaped(UTR_SHAPE, _convert_utr, bad_check_digit=_digits_are(_utr_is_right, UTR_SHAPE, 10))

"""A fixed shape fits exactly where the regular expression it stands for matches the whole value."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.field_types.companies_house import AUTH_CODE_SHAPE, COMPANY_NUMBER_SHAPE
from client_import.field_types.fixed_shapes import FixedShape
from client_import.field_types.payroll import ACCOUNTS_OFFICE_REF_SHAPE, PAYE_REF_SHAPE
from client_import.field_types.post_code import UK_SHAPE
from client_import.field_types.tax import UTR_SHAPE, VAT_SHAPE

SHAPES = [
    *(COMPANY_NUMBER_SHAPE, AUTH_CODE_SHAPE, ACCOUNTS_OFFICE_REF_SHAPE, PAYE_REF_SHAPE, UK_SHAPE, UTR_SHAPE, VAT_SHAPE),
    *(
        "[0-9]{1,7}",
        "A?B",
        "[A-C]{17}",
        "[0-9a-f]{8}|X[./-]",
        "[A-Z]{2} [0-9]{9}|Yes|No",
        r"\+44[1-9]|[0-9]\.[0-9]",
        "[0-9]-[0-9]",
    ),
]

NOT_FIXED = [
    "0+",
    "(?:a|b)",
    "[^a]",
    r"\d",
    r"\A",
    r"[0-9]\Z",
    "a.c",
    "[0-9]+",
    "",
    "[0-9]{1,20}",
    "Yes|No",
    "é",
    "a|",
    "[A-Z]{0,2}",
]


@pytest.mark.parametrize("pattern", SHAPES)
@given(data=st.data())
def test_fits_where_the_expression_matches(pattern: str, data: st.DataObject) -> None:
    fitting = st.from_regex(pattern, fullmatch=True)
    near = st.tuples(fitting, st.sampled_from(["", "0", "A", "\n", "é", "/"])).map("".join)
    texts = st.one_of(st.none(), fitting, near, st.text("09AZaz@[`{/:.+- é", max_size=20))
    cells = pa.array(data.draw(st.lists(texts, max_size=12)), pa.string())
    start = data.draw(st.integers(0, len(cells)))
    shape = FixedShape.of(pattern)
    assert shape is not None
    for values in (cells, cells.slice(start)):
        matched = pc.fill_null(pc.match_substring_regex(values, pattern=rf"\A(?:{pattern})\z"), False)
        assert shape.fits(values).tolist() == matched.to_pylist()


@given(length=st.integers(1, 40), count=st.integers(0, 5))
def test_values_of_any_length_that_follow_each_other(length: int, count: int) -> None:
    shape = FixedShape.of(f"[0-9]{{{length}}}")
    assert shape is not None
    assert shape.fits(pa.array(["7" * length] * count, pa.string())).tolist() == [True] * count
    assert not shape.fits(pa.array(["7" * (length - 1) + "x"] * count, pa.string())).any()


def test_what_a_null_hides_does_not_fit() -> None:
    buffers = pa.array(["1", "2"]).buffers()
    hidden = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x01"), *buffers[1:]])
    shape = FixedShape.of("[0-9]")
    assert shape is not None
    assert shape.fits(hidden).tolist() == [True, False]


@pytest.mark.parametrize("pattern", NOT_FIXED)
def test_other_expressions_are_no_fixed_shapes(pattern: str) -> None:
    assert FixedShape.of(pattern) is None

"""Pandera with verdicts in the place of failure cases finds what Pandera finds without."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from client_import.validation.schema import text_of
from client_import.validation.verdicts import VerdictCheck, VerdictColumn, VerdictSchema

Cells = list[str | None]

COLUMNS = st.integers(0, 6).flatmap(
    lambda count: st.tuples(*[st.lists(st.sampled_from(["a", "b", "1", None]), min_size=count, max_size=count)] * 2)
)


def is_letter(values: pa.Array) -> pa.Array:
    return pc.fill_null(pc.not_equal(values, "1"), True)


def is_no_b(values: pa.Array) -> pa.Array:
    return pc.fill_null(pc.not_equal(values, "b"), False)


def differ(first: pa.Array, second: pa.Array) -> pa.Array:
    return pc.fill_null(pc.not_equal(first, second), True)


def frame_of(first: Cells, second: Cells) -> pd.DataFrame:
    table = pa.table({"first": pa.array(first, pa.string()), "second": pa.array(second, pa.string())})
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def verdict_schema() -> VerdictSchema:
    def of_column(judge: Callable[[pa.Array], pa.Array]) -> VerdictCheck:
        return VerdictCheck(lambda series: judge(text_of(series)), name=judge.__name__, ignore_na=False)

    def of_frame(frame: pd.DataFrame) -> pa.Array:
        return differ(text_of(frame["first"]), text_of(frame["second"]))

    columns = {
        name: VerdictColumn(checks=[of_column(is_letter), of_column(is_no_b)], nullable=True)
        for name in ("first", "second")
    }
    return VerdictSchema(columns, checks=[VerdictCheck(of_frame, name="differ", ignore_na=False)])


def plain_schema() -> pandera.DataFrameSchema:
    def of_column(judge: Callable[[pa.Array], pa.Array]) -> pandera.Check:
        def check(series: pd.Series) -> pd.Series:
            return pd.Series(judge(text_of(series)).to_numpy(zero_copy_only=False), index=series.index)

        return pandera.Check(check, name=judge.__name__, ignore_na=False)

    def of_frame(frame: pd.DataFrame) -> pd.Series:
        verdicts = differ(text_of(frame["first"]), text_of(frame["second"]))
        return pd.Series(verdicts.to_numpy(zero_copy_only=False), index=frame.index)

    columns = {
        name: pandera.Column(checks=[of_column(is_letter), of_column(is_no_b)], nullable=True)
        for name in ("first", "second")
    }
    return pandera.DataFrameSchema(columns, checks=[pandera.Check(of_frame, name="differ", ignore_na=False)])


def errors_of(schema: pandera.DataFrameSchema, frame: pd.DataFrame) -> set[tuple[str | None, str, int]]:
    """Which rows fail which check of which column."""
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return {
            (error.schema.name, error.check.name, row)
            for error in errors.schema_errors
            for row, good in enumerate(error.check_output.tolist())
            if not good
        }
    return set()


@given(cells=COLUMNS)
def test_the_errors_are_those_that_pandera_finds(cells: tuple[Cells, Cells]) -> None:
    frame = frame_of(*cells)
    assert errors_of(verdict_schema(), frame) == errors_of(plain_schema(), frame)


def test_a_check_that_breaks_is_no_error_of_the_rows() -> None:
    def broken(series: pd.Series) -> pa.Array:
        raise ZeroDivisionError("broken")

    schema = VerdictSchema({"first": VerdictColumn(checks=[VerdictCheck(broken, name="bad_format")])})
    with pytest.raises(SchemaErrors, match="ZeroDivisionError") as raised:
        schema.validate(frame_of(["a"], ["b"]), lazy=True)
    assert [error.reason_code for error in raised.value.schema_errors] == [SchemaErrorReason.CHECK_ERROR]


def test_a_column_that_is_missing_is_found() -> None:
    with pytest.raises(SchemaErrors) as raised:
        verdict_schema().validate(frame_of(["a"], ["b"]).drop(columns="second"), lazy=True)
    first = raised.value.schema_errors[0]
    assert isinstance(first, SchemaError)
    assert first.reason_code is SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME

"""The Pandera schema of an import: what it says, and that the rows found are those that Pandera itself reports."""

from __future__ import annotations

from collections.abc import Mapping as Names

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from client_import.field_types.registry import Rules
from client_import.fields.catalogue import BY_NAME, FIELDS
from client_import.mapping.resolve import MappedColumn, Mapping
from client_import.row_errors import Reason
from client_import.validation.schema import TEXT, build_schema, failing_rows

Failure = tuple[str, str, int]

CELLS: Names[str, list[str | None]] = {
    "code": ["A1", "A 1", "C" * 51, None],
    "type": ["Individual", "Zorp", None],
    "contact_relationships": ["Director;Shareholder", "Boss", None],
    "utr": ["1955839661", "1955839662", "12-34", None],
    "pcl_sent": ["Yes", "perhaps", None],
    "registered_address_post_code": ["SW1A 1AA", "75001", None],
    "registered_address_country": ["France", "UK", "UK\ufffd", None],
}
FRAMES = st.integers(0, 6).flatmap(
    lambda count: st.fixed_dictionaries(
        {name: st.lists(st.sampled_from(cells), min_size=count, max_size=count) for name, cells in CELLS.items()}
    )
)


def mapping_of(*names: str) -> Mapping:
    return Mapping(tuple(MappedColumn(at, name, name) for at, name in enumerate(names)), (), names[0])


def schema_of(*columns: str, lost_letters: bool = False) -> pandera.DataFrameSchema:
    names = {field.column: field.name for field in FIELDS}
    return build_schema(mapping_of(*[names[column] for column in columns]), Rules(), lost_letters=lost_letters)


def frame_of(cells: Names[str, list[str | None]]) -> pd.DataFrame:
    table = pa.table({name: pa.array(values, pa.string()) for name, values in cells.items()})
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def found_in(schema: pandera.DataFrameSchema, frame: pd.DataFrame) -> set[Failure]:
    return {
        (column, reason, int(row))
        for column, reasons in failing_rows(schema, frame).items()
        for reason, failed in reasons.items()
        for row in failed.nonzero()[0]
    }


def reported_by_pandera(schema: pandera.DataFrameSchema, frame: pd.DataFrame) -> set[Failure]:
    """What ``validate`` says; the failure cases of a check of the frame are whole rows, without the column meant."""
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        checks = {str(check.name): str(check.description) for check in schema.checks}
        return {
            (checks[case.check] if case.schema_context == "DataFrameSchema" else case.column, case.check, case.index)
            for case in errors.failure_cases.itertuples()
        }
    return set()


@pytest.mark.parametrize("lost_letters", [False, True])
@given(cells=FRAMES)
def test_failing_rows_are_those_that_pandera_reports(lost_letters: bool, cells: dict[str, list[str | None]]) -> None:
    schema, frame = schema_of(*CELLS, lost_letters=lost_letters), frame_of(cells)
    assert found_in(schema, frame) == reported_by_pandera(schema, frame)


def test_every_check_finds_its_rows() -> None:
    cells = {name: values * 5 for name, values in CELLS.items()}
    length = min(map(len, cells.values()))
    frame = frame_of({name: values[:length] for name, values in cells.items()})
    schema = schema_of(*CELLS, lost_letters=True)
    found = {(column, reason) for column, reason, _ in found_in(schema, frame)}
    assert found >= {
        ("code", "bad_format"),
        ("code", "too_long"),
        ("code", "missing_required"),
        ("type", "not_in_list"),
        ("contact_relationships", "not_in_list"),
        ("utr", "bad_format"),
        ("utr", "bad_check_digit"),
        ("pcl_sent", "bad_format"),
        ("registered_address_post_code", "bad_format"),
        ("registered_address_country", "bad_encoding"),
    }


def test_blank_cells_of_a_list_stay_good_beside_bad_ones() -> None:
    frame = frame_of({"code": ["A", "B", "C", "D"], "type": [None, "Zorp", None, "Trust"]})
    assert found_in(schema_of("code", "type"), frame) == {("type", "not_in_list", 1)}


def test_schema_has_every_field_with_its_type_and_its_reasons() -> None:
    schema = build_schema(mapping_of("Code", *[name for name in BY_NAME if name != "Code"]), Rules())
    assert set(schema.columns) == {field.column for field in FIELDS}
    for column in schema.columns.values():
        assert column.dtype == pandera.Column(TEXT).dtype
        assert {check.name for check in column.checks} <= {*Reason}
    assert {check.description for check in schema.checks} == {
        field.column for field in FIELDS if field.type == "post_code"
    }


@pytest.mark.parametrize(
    ("column", "reason", "statistics"),
    [
        ("name", "too_long", {"max_value": 200}),
        ("type", "not_in_list", {"allowed_values": BY_NAME["Type"].members}),
        ("contact_relationships", "not_in_list", {"allowed_values": BY_NAME["ContactRelationships"].members}),
        ("pcl_sent", "bad_format", {"pattern": "Yes|No"}),
        ("utr", "bad_format", {"pattern": "[0-9]{10}"}),
        ("utr", "bad_check_digit", {}),
    ],
)
def test_statistics_say_what_cells_are_held_to(column: str, reason: str, statistics: dict[str, object]) -> None:
    checks = {check.name: check for check in schema_of("code", column).columns[column].checks}
    assert checks[reason].statistics == statistics


def test_pandera_finds_a_column_of_another_type_and_one_that_is_missing() -> None:
    schema = schema_of("code", "name")
    with pytest.raises(SchemaErrors, match="name"):
        schema.validate(frame_of({"code": ["A"]}), lazy=True)
    with pytest.raises(SchemaErrors, match="WRONG_DATATYPE"):
        schema.validate(frame_of({"code": ["A"], "name": ["Ann"]}).astype({"name": "category"}), lazy=True)


def test_a_check_that_breaks_is_no_error_of_the_rows() -> None:
    def broken(series: pd.Series) -> pd.Series:
        raise ZeroDivisionError("broken")

    schema = pandera.DataFrameSchema({"code": pandera.Column(checks=[pandera.Check(broken, name="bad_format")])})
    with pytest.raises(ZeroDivisionError):
        failing_rows(schema, frame_of({"code": ["A"]}))

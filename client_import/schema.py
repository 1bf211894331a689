"""The one Pandera schema of an import, built from the catalogue for the mapped columns (semantics.md, section 4)."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from client_import.catalogue import Field
from client_import.faults import Reason
from client_import.mapping import Mapping
from client_import.values import VALUE_TYPES, Rules, post_code_is_good

_COUNTRY_OF = "PostCode", "Country"
"""A post code's country is the field of the same address: RegisteredAddressPostCode, RegisteredAddressCountry."""


def build_schema(mapping: Mapping, rules: Rules) -> pandera.DataFrameSchema:
    """Return the schema of a frame of normalised text, one Arrow-backed column for each mapped field's column.

    The name of each check is the reason code of its faults. A check of two columns is a check of the frame; its
    description is the column its faults are in. Checks judge a whole column at once, and keep one failure case
    only: the faults are taken from the checks' own results, because building Pandera's cases costs a minute when
    a million rows fail.
    """
    columns = {}
    frame_checks = []
    for column in mapping.columns:
        field = column.field
        checks = [
            _check(reason, _on_series(judge, field, rules)) for reason, judge in VALUE_TYPES[field.type].checks.items()
        ]
        if column.field_name == mapping.match_field:
            checks.append(_check(Reason.MISSING_REQUIRED, _is_present))
        columns[field.column] = pandera.Column(checks=checks, nullable=True)
        if field.type == "post_code":
            frame_checks.append(_post_code_check(field, mapping))
    return pandera.DataFrameSchema(columns, checks=frame_checks)


def text_of(series: pd.Series) -> pa.Array:
    """Return the Arrow array behind an Arrow-backed series; nothing is copied."""
    array = series.array.__arrow_array__()
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _check(reason: str, judge: Callable[..., pd.Series], description: str | None = None) -> pandera.Check:
    return pandera.Check(judge, name=str(reason), description=description, ignore_na=False, n_failure_cases=1)


def _verdicts(good: pa.Array, index: pd.Index) -> pd.Series:
    return pd.Series(good.to_numpy(zero_copy_only=False), index=index)


def _on_series(
    judge: Callable[[pa.Array, Field, Rules], pa.Array], field: Field, rules: Rules
) -> Callable[[pd.Series], pd.Series]:
    return lambda series: _verdicts(judge(text_of(series), field, rules), series.index)


def _is_present(series: pd.Series) -> pd.Series:
    return _verdicts(pc.is_valid(text_of(series)), series.index)


def _post_code_check(field: Field, mapping: Mapping) -> pandera.Check:
    country = mapping.column_of(field.name.replace(*_COUNTRY_OF))

    def judge(frame: pd.DataFrame) -> pd.Series:
        countries = text_of(frame[country.field.column]) if country else None
        return _verdicts(post_code_is_good(text_of(frame[field.column]), countries), frame.index)

    return _check(Reason.BAD_FORMAT, judge, description=field.column)

"""The one Pandera schema of an import, built from the catalogue for the mapped columns (docs/rules.md, section 4)."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.registry import VALUE_TYPES, Rules, is_damaged, post_code_is_good
from client_import.fields.catalogue import Field
from client_import.mapping.resolve import Mapping
from client_import.reading.chunks import as_array
from client_import.row_errors import Reason
from client_import.validation.verdicts import VerdictCheck, VerdictColumn, VerdictSchema

_COUNTRY_OF = "PostCode", "Country"
"""A post code's country is the field of the same address: RegisteredAddressPostCode, RegisteredAddressCountry."""


def build_schema(mapping: Mapping, rules: Rules, *, lost_letters: bool = False) -> VerdictSchema:
    """Return the schema of a frame of normalised text, one Arrow-backed column for each mapped field's column.

    The name of each check is the reason code of its errors. A check of two columns is a check of the frame; its
    description is the column its errors are in. Checks judge a whole column at once; the result of each is the
    Arrow array of its verdicts, True where a row is good. The check for ``lost_letters`` is needed only where there
    are any: each check of each column costs some time, however little it has to look at.
    """
    columns = {}
    frame_checks = []
    for column in mapping.columns:
        field = column.field
        checks = [
            _check(reason, _on_series(judge, field, rules)) for reason, judge in VALUE_TYPES[field.type].checks.items()
        ]
        if lost_letters:
            checks.append(_check(Reason.BAD_ENCODING, _is_undamaged))
        if column.field_name == mapping.match_field:
            checks.append(_check(Reason.MISSING_REQUIRED, _is_present))
        columns[field.column] = VerdictColumn(checks=[*checks], nullable=True)
        if field.type == "post_code":
            frame_checks.append(_post_code_check(field, mapping))
    return VerdictSchema(columns, checks=frame_checks)


def text_of(series: pd.Series) -> pa.Array:
    """Return the Arrow array behind an Arrow-backed series; nothing is copied."""
    array = series.array.__arrow_array__()
    return as_array(array) if isinstance(array, pa.ChunkedArray) else array


def _check(reason: str, judge: Callable[..., pa.Array], description: str | None = None) -> VerdictCheck:
    return VerdictCheck(judge, name=str(reason), description=description, ignore_na=False)


def _on_series(
    judge: Callable[[pa.Array, Field, Rules], pa.Array], field: Field, rules: Rules
) -> Callable[[pd.Series], pa.Array]:
    return lambda series: judge(text_of(series), field, rules)


def _is_undamaged(series: pd.Series) -> pa.Array:
    text = text_of(series)
    damaged = is_damaged(text)
    return pa.repeat(pa.scalar(True), len(text)) if damaged is None else pc.invert(damaged)


def _is_present(series: pd.Series) -> pa.Array:
    return pc.is_valid(text_of(series))


def _post_code_check(field: Field, mapping: Mapping) -> VerdictCheck:
    country = mapping.column_of(field.name.replace(*_COUNTRY_OF))

    def judge(frame: pd.DataFrame) -> pa.Array:
        countries = text_of(frame[country.field.column]) if country else None
        return post_code_is_good(text_of(frame[field.column]), countries)

    return _check(Reason.BAD_FORMAT, judge, description=field.column)

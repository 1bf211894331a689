"""Pandera for columns of Arrow: its checks give verdicts, and no table of failure cases is made of them.

The failure cases are the cells that failed, which the verdicts tell as well. Pandera collects them once for each
column and once more for the frame, and when a row in twenty is wrong that costs more than all checks do.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pandera
import pyarrow.compute as pc
from pandera.api.base.checks import CheckResult
from pandera.backends.pandas.checks import PandasCheckBackend
from pandera.backends.pandas.components import ColumnBackend
from pandera.backends.pandas.container import DataFrameSchemaBackend
from pandera.errors import FailureCaseMetadata, SchemaError


class VerdictCheck(pandera.Check):
    """A check whose function returns an Arrow array of flags: without null, one for each row, True where it is good.

    The array is the ``check_output`` of the SchemaError when it is not all good.
    """


class VerdictColumn(pandera.Column):
    """A column of a :class:`VerdictSchema`."""


class VerdictSchema(pandera.DataFrameSchema):
    """A schema whose SchemaErrors have their ``schema_errors``, and no failure cases."""


class _CheckBackend(PandasCheckBackend):
    def __call__(self, check_obj: pd.Series | pd.DataFrame, key: str | None = None) -> CheckResult:
        judged = check_obj if key is None else check_obj[key]
        verdicts = self.check_fn(judged)
        return CheckResult(verdicts, pc.all(verdicts, min_count=0).as_py(), judged, None)


class _ColumnBackend(ColumnBackend):
    def failure_cases_metadata(self, schema_name: str, schema_errors: list[SchemaError]) -> FailureCaseMetadata:
        return _no_cases(schema_errors)


class _SchemaBackend(DataFrameSchemaBackend):
    def failure_cases_metadata(self, schema_name: str, schema_errors: list[SchemaError]) -> FailureCaseMetadata:
        return _no_cases(schema_errors)


def _no_cases(schema_errors: list[SchemaError]) -> FailureCaseMetadata:
    return FailureCaseMetadata(None, {"errors": [str(error) for error in schema_errors]}, {})


VerdictCheck.register_backend(pd.Series, _CheckBackend)
VerdictCheck.register_backend(pd.DataFrame, _CheckBackend)
VerdictColumn.register_backend(pd.DataFrame, _ColumnBackend)
VerdictSchema.register_backend(pd.DataFrame, _SchemaBackend)

"""Describe the Pandera schema, for ``client-import fields --schema``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandera.pandas as pandera

from client_import.field_types.registry import Rules
from client_import.fields.catalogue import FIELDS
from client_import.mapping.resolve import MappedColumn, Mapping
from client_import.validation.schema import build_schema

LIMITS = (
    "An import has the columns that are mapped; missing_required is the check of the field by which rows find their "
    "clients, here Code. What Pandera does not check is the shape of a row, and how it compares with other rows and "
    "with the clients."
)
"""What the schema of the catalogue does not say, for users."""


@dataclass(frozen=True, slots=True)
class DescribedCheck:
    """A check: its name is the reason code of its row errors, its statistics are the limits it applies."""

    name: str
    statistics: dict[str, Any]

    def __str__(self) -> str:
        """Return it like a call, such as ``too_long(max_value=200)``."""
        if not self.statistics:
            return self.name
        return f"{self.name}({', '.join(f'{name}={_words(value)}' for name, value in self.statistics.items())})"


@dataclass(frozen=True, slots=True)
class DescribedColumn:
    """A column of the schema: that of a field, the type of its cells, and whether they may be blank."""

    field: str
    column: str
    dtype: str
    nullable: bool
    checks: tuple[DescribedCheck, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as an object."""
        return asdict(self)


def catalogue_schema() -> pandera.DataFrameSchema:
    """Return the schema of a file that has every field, and whose rows find their clients by Code."""
    columns = (MappedColumn(place, field.name, field.name) for place, field in enumerate(FIELDS))
    return build_schema(Mapping(tuple(columns), (), "Code"), Rules())


def described(schema: pandera.DataFrameSchema) -> list[DescribedColumn]:
    """Return the columns of the schema in order; a check of the whole frame is with the column of its errors."""
    return [
        DescribedColumn(
            field=str(column.title),
            column=name,
            dtype=str(column.dtype.type),
            nullable=column.nullable,
            checks=tuple(
                DescribedCheck(str(check.name), check.statistics)
                for check in (*column.checks, *schema.checks)
                if check.description in (None, name)
            ),
        )
        for name, column in schema.columns.items()
    ]


def _words(value: object) -> str:
    return " | ".join(map(str, value)) if isinstance(value, tuple) else str(value)

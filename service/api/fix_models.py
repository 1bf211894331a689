"""The bodies and responses of the calls on rejected rows, as the OpenAPI document describes them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from client_import.system.json_text import PlainText
from service.api.models import Code

MOST_CELLS = 5_000
"""The most cells of one call."""


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class _Given(_Model):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class TypedCellGiven(_Given):
    """A cell, and what is typed there."""

    row: int = Field(ge=1, le=1 << 40, description="the row number of a rejected row")
    column: PlainText = Field(description="a header, or import_record", examples=["Email"])
    text: PlainText | None = Field(description="null puts back what the file had", examples=["ann@example.com"])


class CellsGiven(_Given):
    """Cells of rejected rows; all are kept, or none."""

    cells: list[TypedCellGiven] = Field(min_length=1, max_length=MOST_CELLS)


class ReplacementGiven(_Given):
    """A value that is replaced in a whole column."""

    column: PlainText = Field(examples=["Type"])
    old: PlainText = Field(alias="from", description="as the cells say now, exactly", examples=["Widow"])
    new: PlainText = Field(alias="to", examples=["Individual"])


class FixColumn(_Model):
    """A column that can be typed into."""

    header: str
    field: str | None = Field(description="null where it is not imported")
    is_sensitive: bool


class FixRowError(_Model):
    """One thing that is wrong with a row as it is now."""

    column: str | None = Field(validation_alias="header", description="null for the whole row")
    reason: str = Field(examples=["bad_format"])
    message: str


class FixRow(_Model):
    """A rejected row as it is now."""

    row: int
    cells: list[str] = Field(description="one for each of the columns; sensitive ones are masked")
    typed: list[str] = Field(description="headers of the cells that are not as the file had them")
    errors: list[FixRowError]
    is_blank: bool = Field(description="nothing is in the row, so it will be left out")


class Replacement(_Model):
    """A value that was replaced in a whole column."""

    step: int
    column: str = Field(validation_alias="header")
    old: str = Field(serialization_alias="from", description="masked in a sensitive column")
    new: str = Field(serialization_alias="to", description="masked in a sensitive column")
    rows: int = Field(description="how many it found")


class FixPage(_Model):
    """Some rejected rows, with what is typed into them."""

    columns: list[FixColumn]
    rows: list[FixRow]
    wanted: int = Field(description="how many rows have such errors")
    total: int = Field(description="how many were rejected")
    touched: int = Field(description="how many have a typed cell")
    replacements: list[Replacement]
    imported_as: Code | None = Field(None, description="the job that these rows were imported as")


class FixedRows(_Model):
    """The rows that were typed into."""

    rows: list[FixRow]

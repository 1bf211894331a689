"""Which column goes to which field, as options say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from client_import.field_types.value_mappings import MOST_MAPPINGS, known_field, not_too_many
from client_import.system.json_text import PlainText


class ColumnMapping(BaseModel):
    """One header of the file and the field its cells go to."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")

    csv_header: PlainText
    target_field: PlainText

    @field_validator("target_field")
    @classmethod
    def _is_a_field(cls, name: str) -> str:
        return known_field(name)


def _as_list(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return [{"csvHeader": header, "targetField": field} for header, field in value.items()]


ColumnMappings = Annotated[
    tuple[ColumnMapping, ...], Field(max_length=MOST_MAPPINGS), not_too_many("columns"), BeforeValidator(_as_list)
]
"""Which header goes to which field; also as ``{"Client Ref": "Code"}``."""

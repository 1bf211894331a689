"""Saved mappings: which header goes to which field, kept under a code (semantics.md, section 3)."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from client_import.errors import OptionsError
from client_import.options import ColumnMapping, MatchField

_PRESETS = Path(__file__).with_name("presets")

CODE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,49}$"


class SavedMapping(BaseModel):
    """A mapping with a code and a name; the presets ship with the program and are read-only."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")

    code: Annotated[str, Field(pattern=CODE_PATTERN)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    column_mappings: tuple[ColumnMapping, ...]
    match_field: MatchField | None = None
    is_preset: bool = False
    created_date: datetime | None = None
    updated_date: datetime | None = None


def presets() -> tuple[SavedMapping, ...]:
    """Return the mappings that ship with the program, by code."""
    return tuple(
        SavedMapping.model_validate({**json.loads(file.read_text("utf-8")), "code": file.stem, "isPreset": True})
        for file in sorted(_PRESETS.glob("*.json"))
    )


def read_mapping_file(path: Path, **instead: str) -> SavedMapping:
    """Read a mapping from a JSON file: columnMappings, and optionally code, name and matchField; ``instead`` wins.

    Raises OptionsError when the file cannot be read or is no mapping.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise OptionsError(f"The mapping file {path} cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise OptionsError(f"The mapping file {path} is not JSON ({error}).") from None
    if isinstance(content, list):
        content = {"columnMappings": content}
    code = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:50] or "mapping"
    try:
        return SavedMapping.model_validate({"code": code, "name": path.stem, **content, **instead})
    except (ValidationError, TypeError) as error:
        if isinstance(error, ValidationError):
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"])
            message = f"{where}: {str(fault['msg']).removeprefix('Value error, ')}"
        else:
            message = "it should be an object with columnMappings"
        raise OptionsError(f"The mapping file {path} is no mapping ({message}).") from None

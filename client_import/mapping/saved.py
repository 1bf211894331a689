"""Saved mappings: column mappings and value mappings kept under a code (docs/rules.md, section 3)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from client_import.did_you_mean import did_you_mean
from client_import.errors import JobStateError, OptionsError
from client_import.field_types.value_mappings import ValueMappings
from client_import.options import ColumnMappings, MatchField, chosen
from client_import.system.json_text import PlainText, read_json
from client_import.wording import place_of, sentence_of, told

_PRESETS = Path(__file__).with_name("presets")


class MappingNotFoundError(OptionsError):
    """No saved mapping has that code."""


class ReadOnlyMappingError(JobStateError):
    """The mapping is a preset, which is read-only."""


class MappingExistsError(JobStateError):
    """A new mapping has the code of another."""


_LONGEST_SHOWN = 200

CODE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,49}$"


class SavedMapping(BaseModel):
    """A mapping with a code and a name; the presets ship with the program and are read-only."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")

    code: Annotated[str, Field(pattern=CODE_PATTERN)]
    name: Annotated[PlainText, Field(min_length=1, max_length=200)]
    column_mappings: ColumnMappings
    value_mappings: ValueMappings = ()
    match_field: Annotated[MatchField | None, chosen(MatchField)] = None
    is_preset: bool = False
    created_date: datetime | None = None
    updated_date: datetime | None = None


def code_of_name(name: str, most: int = 50) -> str:
    """Return a code of at most ``most`` characters, made from ``name``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:most] or "mapping"


def free_code(name: str, known: set[str]) -> str:
    """Return a code made from ``name`` that is not among the ``known`` codes."""
    stem = code_of_name(name, 40)
    codes = (stem, *(f"{stem}-{number}" for number in range(2, len(known) + 3)))
    return next(code for code in codes if code not in known and re.fullmatch(CODE_PATTERN, code))


def conflict(pairs: Sequence[tuple[str, str]]) -> str | None:
    """Return the error message if ``pairs`` of header and field map two columns to one field or one column to two.

    Return None if they do not.
    """
    fields = Counter(field for _, field in pairs)
    headers = Counter(header for header, _ in pairs)
    for header, field in pairs:
        if fields[field] > 1 and headers[header] == 1:
            rivals = " and ".join(f'"{other}"' for other, its_field in pairs if its_field == field)
            return f"{rivals} are mapped to one field, {field}; map one of them to it."
        if headers[header] > 1:
            return f'The header "{header}" is mapped twice; map it to one field.'
    return None


def presets() -> tuple[SavedMapping, ...]:
    """Return the presets, ordered by code."""
    return tuple(
        SavedMapping.model_validate({**json.loads(file.read_text("utf-8")), "code": file.stem, "isPreset": True})
        for file in sorted(_PRESETS.glob("*.json"))
    )


def read_mapping_file(path: Path, **instead: str) -> SavedMapping:
    """Read a mapping from a JSON file with columnMappings, and optionally valueMappings, code, name and matchField.

    ``instead`` overrides what the file says. Raises OptionsError if the file cannot be read or is no mapping.
    """
    try:
        content = read_json(path.read_text("utf-8"))
    except OSError as error:
        raise OptionsError(f"The mapping file {path} cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise OptionsError(f"The mapping file {path} is not JSON ({error}).") from None
    if isinstance(content, list):
        content = {"columnMappings": content}
    code = code_of_name(path.stem)
    if not isinstance(content, dict):
        raise OptionsError(f"The mapping file {path} cannot be used. Write a JSON object with columnMappings.")
    return make_mapping({"code": code, "name": path.stem, **content, **instead}, f"The mapping file {path}")


def make_mapping(content: Mapping[str, Any], whose: str) -> SavedMapping:
    """Return a mapping from ``content``: code, name, columnMappings, and optionally valueMappings and matchField.

    Raises OptionsError if it is no mapping or no file can be imported with it; the message begins with ``whose``.
    """
    try:
        mapping = SavedMapping.model_validate(content)
    except ValidationError as error:
        raise OptionsError(f"{whose} cannot be used. {told(error.errors(), _sentence)}") from None
    check_mapping(mapping, whose)
    return mapping


def _sentence(wrong: Any) -> str:
    sentence = sentence_of(wrong)
    if wrong["type"] == "string_pattern_mismatch":
        sentence = f'"{wrong["input"][:_LONGEST_SHOWN]}" is no code; use lower-case letters, digits and -, at most 50.'
    return f"{place_of(wrong)}: {sentence}"


def check_mapping(mapping: SavedMapping, whose: str) -> None:
    """Raise OptionsError if no file could be imported with ``mapping``; the message begins with ``whose``."""
    fields = {column.target_field for column in mapping.column_mappings}
    if not mapping.name.strip():
        wrong = "Its name is blank; give it one that can be seen."
    elif not mapping.column_mappings:
        wrong = "It maps no column; name at least one header and its field in columnMappings."
    elif mapping.match_field is not None and mapping.match_field not in fields:
        wrong = f"Its match field is {mapping.match_field}, and no column is mapped to that."
    elif unused := [each.target_field for each in mapping.value_mappings if each.target_field not in fields]:
        wrong = f"It maps words of {unused[0]}, and no column is mapped to that."
    else:
        wrong = conflict([(column.csv_header, column.target_field) for column in mapping.column_mappings]) or ""
    if wrong:
        raise OptionsError(f"{whose} cannot be used. {wrong}")


def unknown_mapping(code: str, known: Sequence[str]) -> MappingNotFoundError:
    """Return the error for a ``code`` that is not among the ``known`` codes."""
    shown = code[:_LONGEST_SHOWN]
    return MappingNotFoundError(
        f"There is no mapping {shown}. {did_you_mean(code, known)}`client-import mappings list` lists them.",
        "mapping_code",
    )

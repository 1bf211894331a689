"""The options of an import as fields of a form or of a query: a parameter each, and the mappings as JSON."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Optional

from fastapi import Form, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from client_import.options import OFFERED, ImportOptions, is_list
from client_import.system.json_text import read_plain_json

NAMES = {name: f"{to_camel(name)}Json" if is_list(name) else to_camel(name) for name in OFFERED}
"""The field of the form or query for each option; one that is no single value is JSON there."""

_SOURCES: dict[str, Any] = {"body": Form, "query": Query}


def options_in(where: Literal["body", "query"], *beside: str) -> Callable[..., Any]:
    """Return the dependency that reads the options from the form or the query; ``beside`` are its other fields.

    A field that is none of these is refused, so that no option is overlooked for its spelling.
    """

    async def read(request: Request, **given: Any) -> ImportOptions:
        fields: Sequence[str] = list(request.query_params if where == "query" else await request.form())
        unknown = sorted(set(fields) - {*NAMES.values(), *beside})
        if unknown:
            raise RequestValidationError(
                [{"type": "extra_forbidden", "loc": (where, name), "msg": "unknown"} for name in unknown]
            )
        chosen = {
            name: _read_mappings(name, value, where) if is_list(name) else value
            for name, value in given.items()
            if value is not None and not (is_list(name) and not value)
        }
        try:
            return ImportOptions.model_validate(chosen)
        except ValidationError as error:
            raise RequestValidationError([_placed(wrong, where) for wrong in error.errors()]) from None

    parameters = [
        inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request),
        *(_parameter(name, _SOURCES[where]) for name in OFFERED),
    ]
    read.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return read


def _parameter(name: str, source: Any) -> inspect.Parameter:
    field = ImportOptions.model_fields[name]
    if is_list(name):
        told = source(alias=NAMES[name], description=f"{field.description} As JSON.", examples=[_example(name)])
        annotation: Any = Annotated[str | None, told]
    else:
        told = source(alias=NAMES[name], description=field.description, examples=field.examples)
        annotation = Annotated[Optional[field.annotation], *field.metadata, told]  # noqa: UP045
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _example(name: str) -> str:
    examples = ImportOptions.model_fields[name].examples
    assert examples
    return json.dumps(examples[0])


def _read_mappings(name: str, text: str, where: str) -> Any:
    try:
        content = read_plain_json(text)
    except ValueError as error:
        message = f"This is no JSON that can be read: {error}."
        raise RequestValidationError([_wrong_field(where, NAMES[name], message)]) from None
    if not isinstance(content, list | dict):
        raise RequestValidationError([_wrong_field(where, NAMES[name], f"Give a list such as {_example(name)}.")])
    return content


def _placed(wrong: Any, where: str) -> dict[str, Any]:
    """Return an error of the options as one of the form or query, under the name that the field has there."""
    name, *rest = wrong["loc"] or ("options",)
    shown = next((field for option, field in NAMES.items() if name in (option, to_camel(option))), to_camel(str(name)))
    return {**wrong, "loc": (where, shown, *rest)}


def _wrong_field(where: str, field: str, message: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": (where, field), "msg": message}

"""The options of an import as fields of a form or of a query: a parameter each, and the mappings as JSON."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Optional

from fastapi import Form, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from client_import.options import ImportOptions
from client_import.system.json_text import read_plain_json

_AS_JSON = {
    "column_mappings": ("columnMappingsJson", '[{"csvHeader": "Client Ref", "targetField": "Code"}]'),
    "value_mappings": ("valueMappingsJson", '[{"targetField": "Type", "from": "Widow", "to": "Individual"}]'),
}
"""The options that are no single value: the field that has each as JSON, and an example."""

_SOURCES: dict[str, Any] = {"body": Form, "query": Query}

_EXAMPLES = {
    "match_field": "Code",
    "mapping_code": "limited-company-clients",
    "max_errors": "5%",
    "default_client_type": "Individual",
}


def options_in(where: Literal["body", "query"], *beside: str) -> Callable[..., Any]:
    """Return the dependency that reads the options from the form or the query; ``beside`` are its other fields.

    A field that is none of these is refused, so that no option is overlooked for its spelling.
    """
    names = {to_camel(name): name for name in ImportOptions.model_fields if name not in _AS_JSON}

    async def read(request: Request, **given: Any) -> ImportOptions:
        fields: Sequence[str] = list(request.query_params if where == "query" else await request.form())
        unknown = sorted(set(fields) - {*names, *(field for field, _ in _AS_JSON.values()), *beside})
        if unknown:
            raise RequestValidationError(
                [{"type": "extra_forbidden", "loc": (where, name), "msg": "unknown"} for name in unknown]
            )
        as_json = {name: given.pop(field) for name, (field, _) in _AS_JSON.items()}
        chosen = {name: value for name, value in given.items() if value is not None}
        chosen |= {name: _read_mappings(name, text, where) for name, text in as_json.items() if text}
        try:
            return ImportOptions.model_validate(chosen)
        except ValidationError as error:
            raise RequestValidationError([_placed(wrong, where) for wrong in error.errors()]) from None

    parameters = [
        inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request),
        *(_parameter(name, _SOURCES[where]) for name in names.values()),
        *(_json_parameter(name, _SOURCES[where]) for name in _AS_JSON),
    ]
    read.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return read


def _parameter(name: str, source: Any) -> inspect.Parameter:
    field = ImportOptions.model_fields[name]
    examples = [_EXAMPLES[name]] if name in _EXAMPLES else None
    told = source(alias=to_camel(name), description=field.description, examples=examples)
    annotation: Any = Annotated[Optional[field.annotation], *field.metadata, told]  # noqa: UP045
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _json_parameter(name: str, source: Any) -> inspect.Parameter:
    field, example = _AS_JSON[name]
    told = source(description=f"{ImportOptions.model_fields[name].description}, as JSON", examples=[example])
    return inspect.Parameter(
        field, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, told]
    )


def _read_mappings(name: str, text: str, where: str) -> Any:
    field, example = _AS_JSON[name]
    try:
        content = read_plain_json(text)
    except ValueError as error:
        raise RequestValidationError(
            [_wrong_field(where, field, f"This is no JSON that can be read: {error}.")]
        ) from None
    if isinstance(content, dict) and name == "column_mappings":
        content = [{"csvHeader": header, "targetField": target} for header, target in content.items()]
    if not isinstance(content, list | dict):
        raise RequestValidationError([_wrong_field(where, field, f"Give a list such as {example}.")])
    return content


def _placed(wrong: Any, where: str) -> dict[str, Any]:
    """Return an error of the options as one of the form or query, under the name that the field has there."""
    name, *rest = wrong["loc"] or ("options",)
    in_json = next((field for option, (field, _) in _AS_JSON.items() if name in (option, to_camel(option))), None)
    return {**wrong, "loc": (where, in_json or to_camel(str(name)), *rest)}


def _wrong_field(where: str, field: str, message: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": (where, field), "msg": message}

"""The options of an import as fields of a form or of a query: a parameter each, and the column mappings as JSON."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Optional

from fastapi import Form, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from client_import.json_text import read_plain_json
from client_import.options import ImportOptions

_MAPPINGS = "columnMappingsJson"
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
    names = {to_camel(name): name for name in ImportOptions.model_fields if name != "column_mappings"}

    async def read(request: Request, **given: Any) -> ImportOptions:
        fields: Sequence[str] = list(request.query_params if where == "query" else await request.form())
        unknown = sorted(set(fields) - {*names, _MAPPINGS, *beside})
        if unknown:
            raise RequestValidationError(
                [{"type": "extra_forbidden", "loc": (where, name), "msg": "unknown"} for name in unknown]
            )
        mappings = given.pop(_MAPPINGS)
        chosen = {name: value for name, value in given.items() if value is not None}
        if mappings:
            chosen["column_mappings"] = _column_mappings(mappings, where)
        try:
            return ImportOptions.model_validate(chosen)
        except ValidationError as error:
            raise RequestValidationError([_placed(fault, where) for fault in error.errors()]) from None

    parameters = [
        inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request),
        *(_parameter(name, _SOURCES[where]) for name in names.values()),
        inspect.Parameter(
            _MAPPINGS,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                _SOURCES[where](
                    description="which header goes to which field, instead of the suggestion, as JSON",
                    examples=['[{"csvHeader": "Client Ref", "targetField": "Code"}]'],
                ),
            ],
        ),
    ]
    read.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return read


def _parameter(name: str, source: Any) -> inspect.Parameter:
    field = ImportOptions.model_fields[name]
    examples = [_EXAMPLES[name]] if name in _EXAMPLES else None
    told = source(alias=to_camel(name), description=field.description, examples=examples)
    annotation: Any = Annotated[Optional[field.annotation], *field.metadata, told]  # noqa: UP045
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _column_mappings(text: str, where: str) -> Any:
    try:
        content = read_plain_json(text)
    except ValueError as error:
        raise RequestValidationError([_fault(where, f"This is no JSON that can be read: {error}.")]) from None
    if isinstance(content, dict):
        content = [{"csvHeader": header, "targetField": field} for header, field in content.items()]
    if not isinstance(content, list):
        raise RequestValidationError(
            [_fault(where, 'Give a list such as [{"csvHeader": "Client Ref", "targetField": "Code"}].')]
        )
    return content


def _placed(fault: Any, where: str) -> dict[str, Any]:
    """Return a fault of the options as one of the form or query, under the name that the field has there."""
    name, *rest = fault["loc"] or ("options",)
    shown = _MAPPINGS if name in ("column_mappings", "columnMappings") else to_camel(str(name))
    return {**fault, "loc": (where, shown, *rest)}


def _fault(where: str, message: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": (where, _MAPPINGS), "msg": message}

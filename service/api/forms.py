"""The options of an import as fields of a form or of a query: a parameter each, and the mappings as JSON."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, Literal, Optional

from fastapi import Form, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from starlette.datastructures import ImmutableMultiDict

from client_import.options import OFFERED, ImportOptions, is_list
from client_import.system.json_text import read_plain_json

NAMES = {name: f"{to_camel(name)}Json" if is_list(name) else to_camel(name) for name in OFFERED}
"""The field of the form or query for each option; one that is no single value is JSON there."""

_SOURCES: dict[str, Any] = {"body": Form, "query": Query}

_NO_FILE = "Send the file in this field, as multipart/form-data; curl does it with -F file=@clients.csv."
_IS_TEXT = "This is a text and not a file. With curl, write @ before the name of the file: -F file=@clients.csv."
_IS_FILE = "This is a file; give a text."


def options_in(where: Literal["body", "query"], *beside: str) -> Callable[..., Any]:
    """Return the dependency that reads the options from the form or the query; ``beside`` are its other fields.

    A field that is none of these, or is given twice, is refused, so that nothing that was sent is overlooked.
    """

    async def read(request: Request, **given: Any) -> ImportOptions:
        fields = request.query_params if where == "query" else await request.form()
        if repeated := _repeated(fields):
            raise RequestValidationError([_wrong_field(where, *wrong) for wrong in repeated])
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


async def one_file(request: Request) -> None:
    """Refuse a form without exactly one file, in its field ``file``."""
    form = await request.form()
    wrong = [(name, _IS_FILE) for name, value in form.multi_items() if name != "file" and not isinstance(value, str)]
    given = form.getlist("file")
    if not given:
        wrong.append(("file", _NO_FILE))
    elif any(isinstance(value, str) for value in given):
        wrong.append(("file", _IS_TEXT))
    elif len(given) > 1:
        wrong.append(("file", f"There are {len(given):,} files; send each of them in a call of its own."))
    if wrong:
        raise RequestValidationError([_wrong_field("body", *each) for each in wrong])


def _repeated(fields: ImmutableMultiDict[str, Any]) -> list[tuple[str, str]]:
    counts = Counter(name for name, _ in fields.multi_items())
    return [(name, f"It is given {count:,} times; give it once.") for name, count in counts.items() if count > 1]


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
    return {"type": "value_error", "loc": (where, field), "msg": message, "ctx": {"error": message}}

"""The commands ``fields`` and ``settings``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from client_import.fields.catalogue import FIELDS, catalogue_json
from client_import.settings import PREFIX, Settings, read_settings
from service.commands import AsJson
from service.output import print_json

OfSchema = Annotated[
    bool, typer.Option("--schema", help="Show the Pandera schema instead: the type of each column, and its checks.")
]


def fields(of_schema: OfSchema = False, as_json: AsJson = False) -> None:
    """List the client fields a column can be mapped to."""
    if of_schema:
        _schema(as_json)
        return
    if as_json:
        print_json([catalogue_json(field) for field in FIELDS])
        return
    from service.tables import show, table

    rows = [(field.name, field.type, field.max_length, field.rule.replace("|", ", "), field.notes) for field in FIELDS]
    show(table(("field", "type", "max length", "rule", "notes"), rows, ("max length",)))


def _schema(as_json: bool) -> None:
    from client_import.validation.described import LIMITS, catalogue_schema, described

    columns = described(catalogue_schema())
    if as_json:
        print_json([column.to_json() for column in columns])
        return
    from service.tables import show, table

    rows = [
        (each.field, each.column, each.dtype, "yes" if each.nullable else "no", ", ".join(map(str, each.checks)))
        for each in columns
    ]
    show(table(("field", "column", "dtype", "nullable", "checks"), rows, keys=("field", "dtype", "nullable")), LIMITS)


def settings(as_json: AsJson = False) -> None:
    """List every setting, its value and where that comes from."""
    current = read_settings()
    lines = []
    for name, field in Settings.model_fields.items():
        variable = f"{PREFIX}{name.upper()}"
        source = "environment" if variable in os.environ else "default"
        lines.append((variable, str(getattr(current, name)), source, field.description))
    if as_json:
        names = ("name", "value", "source", "description")
        print_json([dict(zip(names, line, strict=True)) for line in lines])
        return
    from service.tables import show, table

    show(table(("setting", "value", "from", "what it is"), lines))

"""The commands ``mappings list``, ``show``, ``save`` and ``delete``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from client_import.saved_mappings import read_mapping_file
from service.commands.place import open_place
from service.output import print_json

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code of the mapping.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@app.command("list")
def list_mappings(as_json: AsJson = False) -> None:
    """List the presets and the saved mappings."""
    with open_place() as place:
        mappings = place.store.mappings()
    if as_json:
        print_json([mapping.model_dump(mode="json", by_alias=True) for mapping in mappings])
        return
    from service.tables import show, table

    rows = [
        (
            mapping.code,
            mapping.name,
            len(mapping.column_mappings),
            mapping.match_field,
            "preset" if mapping.is_preset else "",
        )
        for mapping in mappings
    ]
    show(table(("code", "name", "columns", "match field", ""), rows, ("columns",)))


@app.command("show")
def show_mapping(code: Code, as_json: AsJson = False) -> None:
    """Show one mapping."""
    with open_place() as place:
        mapping = place.store.mapping(code)
    if as_json:
        print_json(mapping.model_dump(mode="json", by_alias=True))
        return
    from service.tables import show, table

    rows = [(column.csv_header, column.target_field) for column in mapping.column_mappings]
    show(f"{mapping.name} ({mapping.code}); match field: {mapping.match_field or 'Code, else Name'}")
    show(table(("column", "field"), rows))


@app.command("save")
def save_mapping(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.json", help="columnMappings, and optionally code, name, matchField."),
    ],
    code: Annotated[str | None, typer.Option(help="Keep it under this code.")] = None,
    name: Annotated[str | None, typer.Option(help="Call it this.")] = None,
) -> None:
    """Save the mapping in FILE.json, in the place of one with its code."""
    given = {key: value for key, value in (("code", code), ("name", name)) if value is not None}
    mapping = read_mapping_file(file, **given)
    with open_place() as place:
        saved = place.store.save_mapping(mapping)
    print(f"Saved as {saved.code}: client-import run FILE --mapping {saved.code}")


@app.command("delete")
def delete_mapping(code: Code) -> None:
    """Delete a saved mapping."""
    with open_place() as place:
        place.store.delete_mapping(code)
    print(f"Deleted {code}.")

"""The commands ``mappings list``, ``show``, ``save`` and ``delete``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from client_import.errors import OptionsError
from client_import.mapping.saved import SavedMapping, make_mapping, read_mapping_file
from client_import.options import ColumnMapping, ImportOptions
from service.commands import AsJson
from service.commands.importing import opened
from service.completion import complete_mapping
from service.import_options import read_options
from service.output import print_json, print_line, printing_result
from service.place import Place, open_place

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code of the mapping.", autocompletion=complete_mapping)]


@app.command("list")
def list_mappings(as_json: AsJson = False) -> None:
    """List the presets and the saved mappings."""
    with open_place() as place:
        mappings = place.store.mappings.all()
    if as_json:
        print_json([mapping.model_dump(mode="json", by_alias=True) for mapping in mappings])
        return
    from service.tables import show, table

    rows = [
        (each.code, each.name, len(each.column_mappings), each.match_field, "preset" if each.is_preset else "")
        for each in mappings
    ]
    show(table(("code", "name", "columns", "match field", ""), rows, ("columns",)))


@app.command("show")
def show_mapping(code: Code, as_json: AsJson = False) -> None:
    """Show one mapping."""
    with open_place() as place:
        mapping = place.store.mappings.get(code)
    if as_json:
        print_json(mapping.model_dump(mode="json", by_alias=True))
        return
    from service.tables import show, table

    rows = [(column.csv_header, column.target_field) for column in mapping.column_mappings]
    show(f"{mapping.name} ({mapping.code}); match field: {mapping.match_field or 'Code, else Name'}")
    show(table(("column", "field"), rows))
    if mapping.value_mappings:
        words = [(each.target_field, each.word, each.member) for each in mapping.value_mappings]
        show(table(("field", "word", "is taken for"), words))


@app.command("save")
def save_mapping(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE.json|CODE",
            help="A file with columnMappings, optionally valueMappings, code, name, matchField; with --from, the code.",
        ),
    ],
    from_file: Annotated[
        str | None, typer.Option("--from", metavar="FILE.csv", help="Save the mapping that is suggested for this file.")
    ] = None,
    map: Annotated[  # noqa: A002
        list[str] | None,
        typer.Option(metavar='"HEADER=FIELD"', help="With --from: map this column to this field; may be repeated."),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(metavar='"FIELD:WORD=MEMBER"', help="With --from: this word means this member of a list."),
    ] = None,
    match_on: Annotated[
        str | None, typer.Option(metavar="FIELD", help="With --from: the field by which a row finds its client.")
    ] = None,
    code: Annotated[str | None, typer.Option(help="Save it under this code.")] = None,
    name: Annotated[str | None, typer.Option(help="Its name.")] = None,
) -> None:
    """Save the mapping in FILE.json, or the one suggested for a CSV file; replace one with the same code."""
    given = {key: value for key, value in (("code", code), ("name", name)) if value is not None}
    with open_place() as place:
        if from_file is not None:
            own = read_options({"column_mappings": map, "value_mappings": value, "match_field": match_on})
            mapping = _suggested(place, from_file, source, given, own)
        elif map or value or match_on:
            raise OptionsError(
                "--map, --value and --match-on go with --from FILE.csv. A mapping file says these things itself."
            )
        else:
            mapping = _in_file(source, given)
        saved = place.store.mappings.save(mapping)
    count = len(saved.column_mappings)
    done = f"Saved {count} column{'' if count == 1 else 's'} as {saved.code}."
    with printing_result(done):
        print_line(done)
        print_line(f"client-import mappings show {saved.code}; client-import run FILE --mapping {saved.code}")


def _in_file(source: str, given: dict[str, str]) -> SavedMapping:
    path = Path(source)
    if not path.exists() and path.suffix != ".json":
        raise OptionsError(
            f"There is no mapping file {source}. To save the mapping that is suggested for a CSV file, name that: "
            "client-import mappings save CODE --from FILE.csv."
        )
    return read_mapping_file(path, **given)


def _suggested(place: Place, from_file: str, code: str, given: dict[str, str], options: ImportOptions) -> SavedMapping:
    """Return the suggested mapping of the CSV file, with the changes in ``options``."""
    from service.file_preview import preview_file

    if "code" in given or code.endswith(".json"):
        raise OptionsError("With --from, name the code once: client-import mappings save CODE --from FILE.csv.")
    with opened(from_file) as (stream, file_name), preview_file(place, stream) as look:
        mapping = look.suggested(options)
    columns = [ColumnMapping(csv_header=each.header, target_field=each.field_name) for each in mapping.columns]
    content = {
        "code": code,
        "name": Path(file_name).stem,
        "column_mappings": columns,
        "value_mappings": options.value_mappings or (),
        "match_field": options.match_field,
    }
    return make_mapping({**content, **given}, f"The mapping of {file_name}")


@app.command("delete")
def delete_mapping(code: Code) -> None:
    """Delete a saved mapping."""
    with open_place() as place:
        place.store.mappings.delete(code)
    with printing_result(f"Deleted {code}."):
        print_line(f"Deleted {code}.")

"""The commands ``export`` and ``template``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from client_import.mapping.saved import SavedMapping, read_mapping_file
from service.commands import Output
from service.output import data_target
from service.place import Place, open_place

MappingOption = Annotated[
    str | None,
    typer.Option(metavar="CODE|FILE.json", help="The columns and headers of this mapping, not all fields."),
]


def export(output: Output = None, mapping: MappingOption = None) -> None:
    """Write all clients as CSV; importing that again changes nothing."""
    from client_import.clients.store import open_clients
    from client_import.reports.export import export_clients

    with open_place() as place:
        chosen = _mapping(place, mapping)
        with (
            open_clients(place.settings, place.home).look(None) as session,
            data_target(output) as file,
        ):
            export_clients(session.tables, chosen, file)


def template(
    output: Output = None,
    mapping: MappingOption = None,
    as_xlsx: Annotated[bool, typer.Option("--xlsx", help="A workbook, with lists to choose from.")] = False,
) -> None:
    """Write an empty CSV, or workbook, with a column for every field."""
    from client_import.reports.export import write_template
    from client_import.reports.template_workbook import write_template_workbook

    with open_place() as place:
        chosen = _mapping(place, mapping)
        with data_target(output, is_text=not as_xlsx) as file:
            write = write_template_workbook if as_xlsx else write_template
            write(chosen.column_mappings if chosen else None, file)


def _mapping(place: Place, mapping: str | None) -> SavedMapping | None:
    if mapping is None:
        return None
    return read_mapping_file(Path(mapping)) if mapping.lower().endswith(".json") else place.store.mappings.get(mapping)

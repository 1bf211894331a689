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
    from client_import.merge.database import open_database
    from client_import.reports.export import export_clients

    with open_place() as place:
        chosen = _mapping(place, mapping)
        with (
            open_database(place.settings, place.home).open(read_only=True) as connection,
            data_target(output) as file,
        ):
            export_clients(connection, chosen, file)


def template(output: Output = None, mapping: MappingOption = None) -> None:
    """Write an empty CSV with a column for every field."""
    from client_import.reports.export import write_template

    with open_place() as place, data_target(output) as file:
        chosen = _mapping(place, mapping)
        write_template(chosen.column_mappings if chosen else None, file)


def _mapping(place: Place, mapping: str | None) -> SavedMapping | None:
    if mapping is None:
        return None
    return read_mapping_file(Path(mapping)) if mapping.lower().endswith(".json") else place.store.mappings.get(mapping)

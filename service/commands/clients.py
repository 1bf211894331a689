"""The commands ``export`` and ``template``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from client_import.errors import StoreError
from client_import.options import ColumnMapping
from client_import.private import as_the_user_says
from client_import.saved_mappings import read_mapping_file
from service.place import Place, open_place

Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")]
MappingOption = Annotated[
    str | None,
    typer.Option(metavar="CODE|FILE.json", help="The columns and headers of this mapping, not all fields."),
]


def export(output: Output = None, mapping: MappingOption = None) -> None:
    """Write all clients as CSV; importing that again changes nothing."""
    from client_import.export import export_clients
    from client_import.importing import open_database

    with open_place() as place:
        columns = _columns(place, mapping)
        with (
            open_database(place.settings, place.home).open(read_only=True) as connection,
            _target(output) as file,
        ):
            export_clients(connection, columns, file)


def template(output: Output = None, mapping: MappingOption = None) -> None:
    """Write an empty CSV with a column for every field."""
    from client_import.export import write_template

    with open_place() as place, _target(output) as file:
        write_template(_columns(place, mapping), file)


def _columns(place: Place, mapping: str | None) -> tuple[ColumnMapping, ...] | None:
    if mapping is None:
        return None
    if mapping.lower().endswith(".json"):
        return read_mapping_file(Path(mapping)).column_mappings
    return place.store.mapping(mapping).column_mappings


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with as_the_user_says():
            file = output.open("wb")
    except OSError as error:
        raise StoreError(f"The file {output} cannot be written ({error.strerror}).") from None
    with file:
        yield file

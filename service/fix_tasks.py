"""The functions on rejected rows that run in the processes of :mod:`service.preview_pool`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from client_import.fixing.grid import Grid, GridPage, GridRow, WantedRows
from client_import.fixing.typed import Cell, Replacement
from client_import.options import ImportOptions
from client_import.paths import Home
from client_import.reading.limits import Limits
from client_import.settings import Settings


def page(
    settings: Settings, code: str, options: ImportOptions, wanted: WantedRows, offset: int, limit: int, reveal: bool
) -> GridPage:
    """Return some rejected rows of the job: :meth:`client_import.fixing.grid.Grid.page`."""
    return _grid(settings, code, options).page(wanted, offset, limit, reveal=reveal)


def typed(
    settings: Settings, code: str, options: ImportOptions, cells: Sequence[Cell], reveal: bool
) -> tuple[GridRow, ...]:
    """Keep what is typed and return its rows: :meth:`client_import.fixing.grid.Grid.type`."""
    return _grid(settings, code, options).type(cells, reveal=reveal)


def replaced(settings: Settings, code: str, options: ImportOptions, header: str, old: str, new: str) -> Replacement:
    """Replace a value in a whole column: :meth:`client_import.fixing.grid.Grid.replace`."""
    return _grid(settings, code, options).replace(header, old, new)


def written(settings: Settings, code: str, options: ImportOptions, source: Path, target: Path) -> None:
    """Write the rows with everything that is typed: :meth:`client_import.fixing.grid.Grid.write`."""
    _grid(settings, code, options).write(source, target)


def _grid(settings: Settings, code: str, options: ImportOptions) -> Grid:
    return Grid(Home(settings.home).job(code), options, Limits.of(settings))

"""The calls of those who watch over the server."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import duckdb
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from client_import.database import ClientsDatabase
from client_import.disk import want_of_room
from client_import.errors import InUseError, StoreError
from client_import.importing import open_database
from client_import.settle import explain
from service.api.access import OPEN
from service.api.context import TheImports
from service.api.metrics import CONTENT_TYPE
from service.api.models import Health
from service.api.problems import answers
from service.imports import Imports

router = APIRouter(tags=["health"])

OK = "ok"

_WELL: list[tuple[Path, int, int, int]] = []
"""The clients database as it was when it was last found well: path, inode, size, time of change."""


@router.get(
    "/healthz",
    dependencies=[OPEN],
    response_model=Health,
    responses={503: {"model": Health, "description": "Not able to work"}},
)
def health(imports: TheImports) -> JSONResponse:
    """Say whether the server is alive, its stores can be used, and there is room for imports. Needs no key."""
    parts = {
        "jobStore": _job_store(imports),
        "clientsDatabase": _clients_database(imports),
        "disk": _disk(imports),
        "imports": OK if imports.launcher.is_able() else "imports cannot be started now; they wait",
    }
    is_well = all(part == OK for part in parts.values())
    status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"status": OK if is_well else "unable", **parts}, status)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}, **answers(503)})
def metrics(request: Request) -> Response:
    """Give the counters for Prometheus."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE)


def _job_store(imports: Imports) -> str:
    try:
        imports.store.check()
    except StoreError as error:
        return str(error)
    return OK


def _clients_database(imports: Imports) -> str:
    """Open the file, which takes milliseconds, unless it is the one that was well before; never wait for an import."""
    place = imports.place
    path = place.home.clients_database
    try:
        stat = path.stat() if path.exists() else None
        _open(
            open_database(place.settings, place.home, 0), stat and (path, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        )
    except InUseError:
        return OK
    except (StoreError, OSError, duckdb.Error) as error:
        return explain(error)
    return OK


def _open(database: ClientsDatabase, file: tuple[Path, int, int, int] | None) -> None:
    """Raise StoreError when the database cannot be used; what was well is not opened again while it is the same."""
    if file not in _WELL:
        with database.open(read_only=True):
            _WELL[:] = [file] if file else []


def _disk(imports: Imports) -> str:
    """Look at the disks where an import writes."""
    place = imports.place
    folders = [place.home.path, *(folder for folder in [place.home.dagster] if folder.exists())]
    wants = (want_of_room(folder, place.settings.min_free_mb) for folder in folders)
    return next((want for want in wants if want), OK)

"""The calls of those who watch over the server."""

from __future__ import annotations

import shutil
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from client_import.errors import StoreError
from service.api.access import OPEN
from service.api.context import TheImports
from service.api.metrics import CONTENT_TYPE
from service.api.models import Health
from service.api.problems import answers
from service.imports import Imports

router = APIRouter(tags=["health"])

_DUCKDB_MARK = slice(8, 12)
OK = "ok"

_LEAST_ROOM = 64 << 20
"""Bytes: what the smallest import writes, Dagster's records and DuckDB's first pages among it, with some to spare."""


@router.get(
    "/healthz",
    dependencies=[OPEN],
    response_model=Health,
    responses={503: {"model": Health, "description": "Not able to work"}},
)
def health(imports: TheImports) -> JSONResponse:
    """Say whether the server is alive and able to reach its stores. Needs no key."""
    parts = {
        "jobStore": _job_store(imports),
        "clientsDatabase": _clients_database(imports.place.home.clients_database),
        "disk": _disk(imports.place.home.path),
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
        imports.store.uploads_waiting()
    except StoreError as error:
        return str(error)
    return OK


def _disk(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    if free >= _LEAST_ROOM:
        return OK
    return f"The disk has {free >> 20:,} MiB free, and an import may need {_LEAST_ROOM >> 20}; free some space."


def _clients_database(path: Path) -> str:
    """Look at the file alone: to open it would make an import wait, or wait for one."""
    try:
        with path.open("rb") as file:
            is_ours = file.read(_DUCKDB_MARK.stop)[_DUCKDB_MARK] == b"DUCK"
    except FileNotFoundError:
        return OK  # the first import makes it
    except OSError as error:
        return f"The clients database cannot be read ({error.strerror})."
    return OK if is_ours else "The clients database is no DuckDB file; move it away, or put the right one there."

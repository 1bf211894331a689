"""The HTTP API as one ASGI application."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.concurrency import run_in_threadpool

from client_import.errors import ClientImportError
from client_import.jobs.log import logger
from client_import.notify.deliverer import Deliverer
from client_import.recovery.recover import describe_error
from client_import.recovery.recoverer import Recoverer
from client_import.system.fork_server import start_fork_server
from pipelines.launcher import Launcher
from service.api.attempts import Attempts
from service.api.document import openapi_document
from service.api.guard import AccessGuard
from service.api.head import HeadAsGet
from service.api.health_check import HealthCheck
from service.api.journal import Journal
from service.api.links import Links, secret_of
from service.api.methods import AllowedMethods
from service.api.metrics import Metrics
from service.api.problems import tell_problems
from service.api.routes import clients, fixes, health, imports, mappings, reference, results
from service.api.threads import PreviewThreads
from service.api.uploads import BodyLimit, largest_body
from service.imports import Imports
from service.page.error_pages import add_error_pages
from service.page.router import ROUTERS as PAGE
from service.place import Place
from service.preview_pool import PreviewPool

_HOUSEKEEPING_SECONDS = 20

_ROUTERS = (*(module.router for module in (imports, results, fixes, mappings, reference, health, clients)), *PAGE)

_ABOUT = (
    "Brings a table of clients up to date with CSV files. Upload a file, look at the preview, start the import, "
    "and download the rows that were not imported, each with its reason. Errors are RFC 9457 problem documents."
)


def create_app(place: Place, launcher: Launcher) -> FastAPI:
    """Return the application for the open home folder ``place``; ``launcher`` starts its imports.

    The caller closes both when the application has ended.
    """
    settings = place.settings
    metrics, origins = Metrics(place.store), settings.origins
    app = FastAPI(
        title="client-import",
        version="1",
        description=_ABOUT,
        lifespan=_lifespan,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        openapi_url=None,  # the page serves the document, to users who are signed in
    )
    app.state.place = place
    app.state.deliverer = Deliverer(settings)
    app.state.imports = Imports(place, launcher, PreviewPool(settings), Recoverer(settings))
    app.state.health_check = HealthCheck(app.state.imports)
    app.state.preview_threads = PreviewThreads(settings)
    app.state.links = Links(secret_of(settings, place.home))
    app.state.metrics, app.state.attempts = metrics, Attempts()
    routes = [route for router in _ROUTERS for route in router.routes]
    app.add_middleware(AllowedMethods, routes=routes)
    app.add_middleware(BodyLimit, largest=largest_body(settings))
    app.add_middleware(AccessGuard, settings=settings, routes=routes)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Location", "Link", "X-Total-Count"],
        )
    app.add_middleware(HeadAsGet)
    app.add_middleware(Journal, metrics=metrics)
    tell_problems(app)
    add_error_pages(app)
    for router in _ROUTERS:
        app.include_router(router)
    app.openapi = lambda: openapi_document(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    imports: Imports = app.state.imports
    start_fork_server()
    imports.previews.warm_up()
    await run_in_threadpool(app.state.health_check.parts)  # the first use of DuckDB is slow
    tempfile.tempdir = str(imports.place.home.coming_in)  # uploads arrive on the disk that keeps them
    imports.place.home.coming_in.mkdir(parents=True, exist_ok=True)
    app.state.deliverer.start()
    housekeeping = asyncio.create_task(_clean_up(imports))
    try:
        yield
    finally:
        housekeeping.cancel()
        with suppress(asyncio.CancelledError):
            await housekeeping
        await run_in_threadpool(app.state.deliverer.close)
        await run_in_threadpool(imports.close)
        await run_in_threadpool(app.state.health_check.close)


async def _clean_up(imports: Imports) -> None:
    while True:
        try:
            await run_in_threadpool(imports.clean_up)
        except ClientImportError:
            pass  # the job store cannot be used, which every call reports
        except Exception as error:
            logger.error("What is over cannot be cleaned up now; it is tried again. %s", describe_error(error))
        await asyncio.sleep(_HOUSEKEEPING_SECONDS)

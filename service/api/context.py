"""Dependencies of the routes: the imports and the download links of this server."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from client_import.jobs.record import Job
from service.api.links import Links
from service.imports import Imports
from service.names import base_url


def imports_of(request: Request) -> Imports:
    """Return the imports of the server that handles the request."""
    return cast(Imports, request.app.state.imports)


def links_of(request: Request) -> Links:
    """Return the signer of download links."""
    return cast(Links, request.app.state.links)


TheImports = Annotated[Imports, Depends(imports_of)]
TheLinks = Annotated[Links, Depends(links_of)]


def record(request: Request, job: Job) -> dict[str, object]:
    """Return the public record of ``job``, with a fresh download link."""
    settings = imports_of(request).place.settings
    base = base_url(request.headers, request.url.scheme, settings)
    if not settings.public_url:
        base += str(request.scope.get("root_path", "")).rstrip("/")
    return dict(links_of(request).with_link(job, base).to_json())

"""What the calls are given: the imports, the links and the settings of this server."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from client_import.jobs import Job
from service.api.links import Links
from service.imports import Imports


def imports_of(request: Request) -> Imports:
    """Return the imports of the server that has the request."""
    return cast(Imports, request.app.state.imports)


def links_of(request: Request) -> Links:
    """Return what makes and knows the download links."""
    return cast(Links, request.app.state.links)


TheImports = Annotated[Imports, Depends(imports_of)]
TheLinks = Annotated[Links, Depends(links_of)]


def record(request: Request, job: Job) -> dict[str, object]:
    """Return the public record of ``job``, with a fresh download link."""
    return dict(links_of(request).with_link(job, str(request.base_url)).to_json())

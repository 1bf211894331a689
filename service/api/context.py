"""What the routes share: the imports and the download links of this server, and the paging of lists."""

from __future__ import annotations

from typing import Annotated, cast
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response

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
Limit = Annotated[int, Query(ge=1, le=1_000, description="how many at most")]


def next_page(request: Request, response: Response, *, cursor: str) -> None:
    """Add the header ``Link`` with the address of the page after ``cursor`` (RFC 8288) to ``response``."""
    same = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    address = f"{quote(request.scope['path'])}?{urlencode([*same, ('cursor', cursor)])}"
    response.headers["Link"] = f'<{address}>; rel="next"'


def record(request: Request, job: Job) -> dict[str, object]:
    """Return the public record of ``job``, with a fresh download link."""
    settings = imports_of(request).place.settings
    base = base_url(request.headers, request.url.scheme, settings)
    if not settings.public_url:
        base += str(request.scope.get("root_path", "")).rstrip("/")
    return dict(links_of(request).with_link(job, base).to_json())

"""Responses of the page: HTML from templates that escape every value, with a strict security policy."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from client_import.jobs.record import iso
from client_import.undo.left_alone import sentence_of
from service.api.access import settings_of
from service.page import labels

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Only our own scripts, styles and pictures are loaded, and no data of clients stays in a cache."""


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=labels.number,
        label_of=labels.label_of,
        is_empty=labels.is_empty,
        score_label=labels.score_label,
        duration=labels.duration,
        date=labels.date_label,
        iso=iso,
        count_of=labels.rows_label,
        as_read=labels.as_read,
    )
    environment.globals.update(
        left_sentence=sentence_of,
        row_list=labels.row_list,
        status_label=labels.status_label,
        statuses=labels.STATUSES,
        version=_version(),
    )
    return environment


def _version() -> str:
    """Return a text that changes with the static files, so that browsers can keep them forever."""
    digest = sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


_TEMPLATES = _environment()


def is_htmx(request: Request) -> bool:
    """Return whether htmx makes the request, for a part of a page."""
    return request.headers.get("hx-request") == "true"


def root_of(request: Request) -> str:
    """Return the path that all addresses of the page begin with: empty unless a proxy serves the page below a path."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def html(request: Request, template: str, context: Mapping[str, Any], status: int = 200) -> Response:
    """Return the response with ``template`` rendered from ``context``."""
    content = _TEMPLATES.get_template(template).render(
        root=root_of(request), asks_for_keys=bool(settings_of(request).keys), path=request.url.path, **context
    )
    return HTMLResponse(content.encode("utf-8", "replace"), status, HEADERS)  # a message may quote invalid text


def go_to(request: Request, path: str) -> Response:
    """Return the response that sends the browser to ``path`` of this page, for htmx and for a plain form."""
    address = root_of(request) + path
    if is_htmx(request):
        return Response(status_code=204, headers={**HEADERS, "HX-Redirect": address})
    return RedirectResponse(address, 303, HEADERS)

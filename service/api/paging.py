"""Paging of lists: the response header ``Link`` has the address of the next page (RFC 8288)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

Limit = Annotated[int, Query(ge=1, le=1_000, description="how many at most")]


def next_page(request: Request, response: Response, *, cursor: str) -> None:
    """Add the address of the page after ``cursor`` to the headers of ``response``."""
    address = request.url.include_query_params(cursor=cursor)
    response.headers["Link"] = f'<{address.path}?{address.query}>; rel="next"'

"""Check which website a browser request comes from, by the headers Origin and Sec-Fetch-Site.

A website can make a browser send requests to its user's servers. Host names are checked in :mod:`service.names`.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from client_import.settings import Settings

_HARMLESS = ("GET", "HEAD")


def is_from_elsewhere(headers: Headers, method: str, origins: Collection[str] = ()) -> bool:
    """Return whether a browser sends the request on behalf of another website, which is not one of ``origins``.

    Links from other websites may be followed: such a GET loads a whole page, which only the user sees. Programs send
    neither Origin nor Sec-Fetch-Site, and count as no website.
    """
    given = headers.getlist("origin")
    if given and all(origin in origins for origin in given):
        return False
    own = headers.get("host", "").lower()
    if any(origin.lower() not in (f"http://{own}", f"https://{own}") for origin in given):
        return True
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return False
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return not (is_link and method in _HARMLESS)


def known_origins(settings: Settings) -> set[str]:
    """Return the websites that may call the API: CLIENT_IMPORT_CORS_ORIGINS, and that of CLIENT_IMPORT_PUBLIC_URL."""
    public = urlsplit(settings.public_url)
    return {*settings.origins, *([f"{public.scheme}://{public.netloc}".lower()] if public.netloc else [])}

"""Where a request comes from: the name it calls this server by, and the website a browser sends it from.

Pure functions over headers, for everything here that listens to browsers. A website can have a browser send requests
to servers of its user, and can have its own name lead to one of them (DNS rebinding): the first shows in Origin and
Sec-Fetch-Site, the second in Host.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from service.api.keys import is_loopback

_HOST = re.compile(r"(?:(?P<name>[^:\[\]]+)|\[(?P<address>[^\[\]]+)\])(?::\d+)?")

_HARMLESS = ("GET", "HEAD")


def name_in(host: str) -> str | None:
    """Return the name or address of a Host header, in small letters and without its port; None when it has neither."""
    match = _HOST.fullmatch(host.lower())
    return (match["name"] or match["address"]) if match else None


def names_of(*addresses: str) -> frozenset[str]:
    """Return the host names of URLs; empty ones have none."""
    return frozenset(name for address in addresses if (name := urlsplit(address).hostname))


def is_known_host(host: str, names: Collection[str]) -> bool:
    """Return whether a Host header names this machine itself, or is one of ``names``, whatever its port."""
    name = name_in(host)
    return name is not None and (is_loopback(name) or name in names)


def is_from_elsewhere(headers: Headers, method: str, origins: Collection[str] = ()) -> bool:
    """Return whether a browser sends the request for another website than the one the request is for.

    ``origins`` are websites that may. A link from elsewhere may be followed: that is a GET of a whole page, whose
    answer only its reader sees. Programs send neither Origin nor Sec-Fetch-Site, and are from nowhere.
    """
    given = headers.getlist("origin")
    if given and all(origin in origins for origin in given):
        return False
    own = headers.get("host", "").lower()
    if any(origin.lower().partition("://")[2] != own for origin in given):
        return True
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return False
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return not (is_link and method in _HARMLESS)

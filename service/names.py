"""Check the host name of a request: pure functions of its headers and the settings.

A website can point its own name at this machine (DNS rebinding), so only requests whose ``Host`` is a known name are
answered, and links contain only known names.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from starlette.datastructures import Headers

from client_import.settings import Settings
from client_import.system.printable import printable

_HOST = re.compile(
    r"(?:(?P<name>[a-z0-9._-]{1,255})|\[(?P<address>[0-9a-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE
)

_EVERYWHERE = ("", "0.0.0.0", "::")

_UNKNOWN = (
    "This server does not know the name {host}. Call it localhost or 127.0.0.1; or name it in "
    "CLIENT_IMPORT_ALLOWED_HOSTS, or in CLIENT_IMPORT_PUBLIC_URL, if it is yours."
)


class Name(NamedTuple):
    """A port, and a host name in canonical form: lower case, no final dot, IP addresses in short form."""

    host: str
    port: int | None

    @property
    def is_loopback(self) -> bool:
        """Whether the name always means the client's own machine."""
        return is_loopback(self.host)


def name_of(host: str) -> Name | None:
    """Return the name in a ``Host`` header; None if the name or the port is not valid."""
    match = _HOST.fullmatch(host)
    if match is None or int(match["port"] or 0) > 65_535:
        return None
    name = (match["name"] or match["address"]).lower().removesuffix(".")
    try:
        address = ip_address(name)
    except ValueError:
        if match["address"] or not name:
            return None
    else:
        if isinstance(address, IPv6Address) != bool(match["address"]):
            return None
        name = str(address)
    return Name(name, int(match["port"]) if match["port"] else None)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server bound to ``host``."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refused_host(headers: Headers, settings: Settings) -> str | None:
    """Return why the request is refused for its host name; None if it is not.

    Loopback names are always known, and so are the name of CLIENT_IMPORT_PUBLIC_URL and those of
    CLIENT_IMPORT_ALLOWED_HOSTS; a name there without a port allows every port. The request must have exactly one
    ``Host`` header; no other header counts.
    """
    given = headers.getlist("host")
    name = name_of(given[0]) if len(given) == 1 else None
    if name is not None and (name.is_loopback or any(_is(name, known) for known in _known(settings))):
        return None
    shown = printable(" and ".join(given))[:300]
    return _UNKNOWN.format(host=f'"{shown}"' if shown else "it was called by, which is none")


def base_url(headers: Headers, scheme: str, settings: Settings) -> str:
    """Return the beginning of links to this server, without a slash at the end.

    That is CLIENT_IMPORT_PUBLIC_URL, else the host name of the request, which :func:`refused_host` has accepted.
    Forwarding headers of proxies are ignored.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    name = name_of(headers.get("host", ""))
    if name is None:
        return ""
    host = f"[{name.host}]" if ":" in name.host else name.host
    return f"{scheme}://{host}" + (f":{name.port}" if name.port is not None else "")


def served_at(host: str, settings: Settings) -> Settings:
    """Return the settings of a server bound to ``host``: that name is allowed too, unless it means all addresses."""
    shown = f"[{host}]" if ":" in host else host
    if host in _EVERYWHERE or name_of(shown) is None:
        return settings
    return settings.model_copy(update={"allowed_hosts": ",".join(filter(None, (settings.allowed_hosts, shown)))})


def _known(settings: Settings) -> list[Name]:
    return [name for host in settings.hosts if (name := name_of(host)) is not None]


def _is(name: Name, known: Name) -> bool:
    return name.host == known.host and known.port in (None, name.port)

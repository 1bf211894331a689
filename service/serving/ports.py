"""Check that the ports to serve on are free before anything is started."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from client_import.errors import OptionsError


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address to serve on, and the option that sets its port."""

    host: str
    port: int
    option: str


def check_ports(*wanted: Wanted) -> None:
    """Raise OptionsError, naming the port and its option, when one of the addresses cannot be bound."""
    by_port: dict[int, str] = {}
    for each in wanted:
        if each.port in by_port:
            raise OptionsError(f"{by_port[each.port]} and {each.option} are both {each.port}; they must differ.")
        by_port[each.port] = each.option
        _check(each)


def _check(wanted: Wanted) -> None:
    try:
        places = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise OptionsError(f'"{wanted.host}" is no address of this machine; choose another one with --host.') from None
    for family, kind, protocol, _, address in places:
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server may have just ended there
            try:
                listener.bind(address)
            except OSError as error:
                raise OptionsError(_sentence(wanted, error)) from None


def _sentence(wanted: Wanted, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {wanted.port} is in use; choose another one with {wanted.option}."
    if error.errno == errno.EACCES:
        return f"This user may not serve on port {wanted.port}; choose another one with {wanted.option}."
    return f'"{wanted.host}" is no address of this machine; choose another one with --host.'

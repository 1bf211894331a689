"""Limit how often an API key may be guessed, from one address and from all addresses together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from time import monotonic

MOST_OF_ONE = 10
MOST_OF_ALL = 60
WINDOW_SECONDS = 5 * 60.0

_IPV6_NETWORK_BITS = 64


class Attempts:
    """The failed attempts of the last five minutes, in the memory of this process. Methods are thread-safe."""

    def __init__(self, time: Callable[[], float] = monotonic) -> None:
        self._time = time
        self._lock = threading.Lock()
        self._failed: deque[tuple[float, str]] = deque(maxlen=MOST_OF_ALL)

    def wait_seconds(self, address: str) -> int:
        """Return for how many seconds ``address`` may not try again; 0 if it may try now."""
        with self._lock:
            since = self._time() - WINDOW_SECONDS
            failed = [(when, where) for when, where in self._failed if when > since]
            own = [when for when, where in failed if where == _place(address)]
            ends = [own[-MOST_OF_ONE]] if len(own) >= MOST_OF_ONE else []
            ends += [failed[-MOST_OF_ALL][0]] if len(failed) >= MOST_OF_ALL else []
            return max((int(when - since) + 1 for when in ends), default=0)

    def failed(self, address: str) -> None:
        """Record an attempt with a wrong key."""
        with self._lock:
            self._failed.append((self._time(), _place(address)))


def _place(address: str) -> str:
    """Return the address to count: for IPv6 the /64 network, all of whose addresses one user may have."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(int(known) >> (128 - _IPV6_NETWORK_BITS))
    return str(getattr(known, "ipv4_mapped", None) or known)

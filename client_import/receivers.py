"""Who is told when a job ends: the addresses of CLIENT_IMPORT_NOTIFY, and the outcomes each wants to hear of.

An address may have a password or a token in it. No text from here shows more of one than where it leads.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

_WEBHOOKS = ("http", "https")

_SPLIT = re.compile(r",\s*(?=[^,:/?#]*[A-Za-z][A-Za-z0-9+.-]*://)")
"""The commas between addresses: one that no address follows belongs to the address it is in."""

_ADDRESS = re.compile(r"(?:(?P<outcomes>[^:/?#=]*)=\s*)?(?P<url>(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://.*)", re.DOTALL)

_HOW = (
    "Write https://host/path for a webhook, or an address of Apprise such as mailto://user:password@example.com "
    "(docs/notifications.md)"
)


class Outcome(StrEnum):
    """How a job ended, for whoever is told: completed without or with rejected rows, failed, or cancelled."""

    CLEAN = "clean"
    ERRORS = "errors"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One address, the ``number``-th of the setting, that is told of jobs with one of the ``outcomes``."""

    number: int
    url: str = field(repr=False)
    outcomes: frozenset[Outcome]

    @property
    def is_webhook(self) -> bool:
        """Whether it gets JSON by HTTP; Apprise sends to the others."""
        return urlsplit(self.url).scheme in _WEBHOOKS

    @property
    def mark(self) -> str:
        """What the job store knows the address by: it says nothing about it."""
        return _mark(self.url)

    @property
    def shown(self) -> str:
        """What messages call it: its number, and for a webhook its server."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2] if self.is_webhook else ""
        return f"address {self.number} of CLIENT_IMPORT_NOTIFY ({parts.scheme}://{host and f'{host}/'}...)"


def receivers_of(text: str) -> tuple[Receiver, ...]:
    """Return the receivers in ``text``; raises ValueError that says what is wrong with which, without showing it."""
    parts = [part.strip() for part in _SPLIT.split(text.strip().rstrip(","))] if text.strip() else []
    found: dict[str, Receiver] = {}
    for number, part in enumerate(parts, start=1):
        receiver = _receiver(number, part)
        same = found.setdefault(receiver.url, receiver)
        if same is not receiver:
            raise ValueError(f"{receiver.shown} is address {same.number} again; write it once, with all its outcomes")
    return tuple(found.values())


def _receiver(number: int, text: str) -> Receiver:
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError(f"address {number} is none. {_HOW}")
    words = [*Outcome] if match["outcomes"] is None else match["outcomes"].lower().split("+")
    outcomes = frozenset(outcome for outcome in Outcome if outcome in [word.strip() for word in words])
    receiver = Receiver(number, match["url"], outcomes)
    if re.search(r"\s", receiver.url):
        raise ValueError(f"{receiver.shown} has a space in it. Put a comma between addresses, and write a space as %20")
    if len(outcomes) < len(words):
        raise ValueError(
            f"before the = of {receiver.shown} is something that is no outcome, or one twice. The outcomes are "
            f"{', '.join(Outcome)}; put + between them: failed+errors=https://host/path"
        )
    if receiver.is_webhook:
        _check_webhook(receiver)
    return receiver


def _check_webhook(receiver: Receiver) -> None:
    try:
        parts = urlsplit(receiver.url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError(f"address {receiver.number} has no host, or a port that is none. {_HOW}")
    if "," in receiver.url:
        raise ValueError(f"{receiver.shown} has a comma that no address follows. {_HOW}; write a comma in one as %2C")


@lru_cache(maxsize=64)
def _mark(url: str) -> str:
    """Return a hash that is slow to make: whoever reads the job store cannot try out passwords on it."""
    return hashlib.scrypt(
        url.encode("utf-8", "surrogatepass"), salt=b"client-import", n=1 << 14, r=8, p=1, dklen=8
    ).hex()

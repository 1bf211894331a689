"""What the sensor of the drop folder remembers from one tick to the next; it stays small however full the folder is."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Self

from client_import.inbox.folder import IgnoredFile, Waiting


@dataclass(frozen=True, slots=True)
class DropCursor:
    """The marks of files, by :func:`mark`.

    ``seen`` are those whose next sight decides whether they have stopped growing; ``asked`` those that are still
    here and how often a run was asked for; ``told`` is a mark of what was last said to be ignored, and ``time``
    when the tick was, in seconds since 1970.
    """

    seen: tuple[str, ...] = ()
    asked: dict[str, int] = field(default_factory=dict)
    told: str = ""
    time: float = 0.0

    @classmethod
    def load(cls, text: str | None) -> Self:
        """Read what :meth:`dump` wrote; a cursor that somebody else wrote counts as none."""
        try:
            content = json.loads(text or "")
            return cls(tuple(content["seen"]), dict(content["asked"]), str(content["told"]), float(content["time"]))
        except (ValueError, TypeError, KeyError):
            return cls()

    def dump(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self), separators=(",", ":"))


def mark(file: Waiting) -> str:
    """Return a short mark of name, size and time of ``file``."""
    return _short(file.key)


def mark_of_all(ignored: Iterable[IgnoredFile]) -> str:
    """Return a short mark of what is ignored and why."""
    return _short("\0".join(f"{each.name}\0{each.reason}" for each in ignored))


def _short(text: str) -> str:
    return urlsafe_b64encode(blake2b(text.encode(errors="surrogateescape"), digest_size=9).digest()).decode()

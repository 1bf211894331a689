"""Watch the drop folder until the files that have come are whole: they rest, and no program is writing them.

A file rests when its size and time are the same at two looks. When it is claimed, they must be the same once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic, sleep

from client_import.inbox.folder import DropFolder, Listing, Waiting

REST_SECONDS = 1.0
"""For how long a file in a watched folder must not change."""


def watch(
    drop: DropFolder,
    is_new: Callable[[Waiting], bool],
    was_seen: Callable[[Waiting], bool],
    seconds: float,
    pause: Callable[[float], None] = sleep,
) -> tuple[frozenset[Waiting], Listing]:
    """Look at the folder for up to ``seconds``; return the new files that are whole, and the last listing.

    ``is_new`` says which files matter, and ``was_seen`` which of them were the same at an earlier watch: those rest
    already. The watch ends early when every new file is whole. A folder where each look is a call over a network is
    watched only while there are new files. With 0 seconds there is one look.
    """
    since: dict[Waiting, float] = {}
    end = monotonic() + seconds
    while True:
        listing, now = drop.look(), monotonic()
        new = [file for file in listing.waiting if is_new(file)]
        since = {file: since.get(file, -math.inf if was_seen(file) else now) for file in new}
        rest = max(REST_SECONDS, drop.backend.look_seconds)
        whole = frozenset(file for file in new if now - since[file] >= rest and not drop.is_being_written(file))
        is_done = len(whole) == len(new) if new else drop.backend.is_remote
        if is_done or now + drop.backend.look_seconds > end:
            return whole, listing
        pause(drop.backend.look_seconds)

"""Watch the drop folder until the files in it are whole: they rest, and no program is writing them.

A file rests when its size and time are the same at two looks. When it is claimed, they must be the same once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic, sleep

from client_import.inbox.folder import DropFolder, Listing, Waiting

REST_SECONDS = 1.0
"""For how long a file must not change."""


def watch(
    drop: DropFolder,
    seconds: float = 2.0,
    pause: Callable[[float], None] = sleep,
    *,
    is_new: Callable[[Waiting], bool] = lambda _: True,
    was_seen: Callable[[Waiting], bool] = lambda _: False,
    awaits_files: bool = False,
) -> tuple[tuple[Waiting, ...], Listing]:
    """Look at the folder for ``seconds`` at most; return the new files that are whole, and the last listing.

    ``is_new`` says which files matter, and ``was_seen`` which of them were the same at an earlier watch: those rest
    already. The watch ends early when every new file is whole. If there is none, it goes on only if it ``awaits_files``
    and a look is no call over a network. With 0 seconds there is one look. Whole files are in the order of the listing.
    """
    since: dict[Waiting, float] = {}
    between, end = drop.backend.look_seconds, math.inf
    while True:
        listing, now = drop.look(), monotonic()
        end = min(end, now + seconds)
        new = [file for file in listing.waiting if is_new(file)]
        since = {file: since.get(file, -math.inf if was_seen(file) else now) for file in new}
        rest = max(REST_SECONDS, between)
        whole = tuple(file for file in new if now - since[file] >= rest and not drop.is_being_written(file))
        is_done = len(whole) == len(new) and (new or not awaits_files or drop.backend.is_remote)
        if is_done or now + between > end:
            return whole, listing
        pause(between)

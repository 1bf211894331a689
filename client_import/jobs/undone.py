"""Which jobs are undone. An undo can be undone too: then what it had undone is done again."""

from __future__ import annotations

from collections.abc import Iterable


def undone(undos: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the code of the undo for each job that is undone now.

    ``undos`` are the Completed ones that changed some client, in their order, each its code and that of the job that it
    undid.
    """
    by, of = dict[str, str](), dict[str, str]()

    def set_undone(code: str, undo: str | None) -> None:
        if undo is None:
            by.pop(code, None)
        else:
            by[code] = undo
        if code in of:
            set_undone(of[code], code if undo is None else None)

    for undo, job in undos:
        of[undo] = job
        set_undone(job, undo)
    return by

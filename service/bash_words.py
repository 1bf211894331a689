"""Whole words for completion in bash, which ends a word at = and : as it does at a blank.

``--mode=up`` comes as three words, of which what is offered takes the place of the last. Typer knows whole words only.
"""

from __future__ import annotations

import io
import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress

_ASKED, _WORDS, _CURRENT = "_CLIENT_IMPORT_COMPLETE", "COMP_WORDS", "COMP_CWORD"
"""The variables in which the script of ``--install-completion`` asks; there is a word on each line."""

_BREAKS = set("=:")


@contextmanager
def whole_words() -> Iterator[None]:
    """If bash asks for completion, give Typer whole words in the context, and bash what is offered for its last one."""
    if os.environ.get(_ASKED) != "complete_bash":
        yield
        return
    current = int(os.environ.get(_CURRENT) or 0)
    words, kept = joined(os.environ.get(_WORDS, "").split("\n")[: current + 1])
    os.environ |= {_WORDS: "\n".join(words), _CURRENT: str(len(words) - 1)}
    offered = io.StringIO()
    try:
        with redirect_stdout(offered):
            yield
    finally:
        for offer in offered.getvalue().splitlines():
            print(offer.removeprefix(kept))


def joined(pieces: Sequence[str]) -> tuple[list[str], str]:
    """Return the words of which bash made ``pieces``, and with what an offer begins that bash has on the line already.

    That is nothing if the last word is one piece, and never the name of an option, which no offer has.
    """
    words: list[str] = []
    kept, is_open = "", False
    for piece in pieces:
        is_break = bool(piece) and _BREAKS.issuperset(piece)
        if words and piece and (is_break or is_open):
            kept = words[-1]
            words[-1] += piece
        else:
            kept = ""
            words.append(piece)
        is_open = is_break
    return words, _value(words[-1] if is_open else kept)


def _value(text: str) -> str:
    """Return ``text`` as a program gets it, without an option in front of it."""
    with suppress(ValueError):  # a quote that is not closed
        text = "".join(shlex.split(text))
    return text.partition("=")[2] if text.startswith("-") else text

"""Parse JSON so that bad input raises ValueError and nothing worse."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import AfterValidator, TypeAdapter

T = TypeVar("T")

_MAY_SAY_NO_TEXT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|[\x00\ud800-\udfff]")
"""Matches JSON that may contain invalid characters. Most JSON does not match and needs no closer look."""

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def read_json(text: str | bytes) -> Any:
    """Parse the JSON ``text``. Raises ValueError if it is invalid or nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_json_as(kind: type[T], text: str | bytes) -> T:
    """Parse the JSON ``text`` as an object of ``kind``, a dataclass. Raises ValueError if it is none."""
    parsed: T = _adapter(cast(Any, kind)).validate_json(text)
    return parsed


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # takes some milliseconds


def read_plain_json(text: str | bytes) -> Any:
    """Parse ``text`` like :func:`read_json`. Also raises ValueError if a string has a NUL or a lone surrogate."""
    try:
        written = text if isinstance(text, str) else text.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not in UTF-8") from None
    content = read_json(written)
    if not _MAY_SAY_NO_TEXT.search(written):
        return content
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            _is_text(value)
    return content


def _is_text(value: str) -> str:
    found = _NO_TEXT.search(value)
    if found is not None:
        raise ValueError(f"It has a character that is no text, U+{ord(found[0]):04X}.")
    return value


PlainText = Annotated[str, AfterValidator(_is_text)]
"""Text that can be stored and encoded anywhere: without NUL and lone surrogates, both of which JSON can express."""

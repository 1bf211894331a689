"""What is wrong with something that was given, in plain words: pydantic's errors without the words of programmers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_IN_WORDS = {
    "bool_parsing": "Give true or false.",
    "bool_type": "Give true or false.",
    "datetime_from_date_parsing": "Give a date and time such as 2026-11-30T09:00:00Z.",
    "datetime_parsing": "Give a date and time such as 2026-11-30T09:00:00Z.",
    "datetime_type": "Give a date and time such as 2026-11-30T09:00:00Z.",
    "dict_type": "Give a JSON object, {{...}}.",
    "enum": "Give one of {expected}.",
    "extra_forbidden": "There is no such option.",
    "float_parsing": "Give a number.",
    "greater_than": "It must be more than {gt:,}.",
    "greater_than_equal": "It must be {ge:,} or more.",
    "int_from_float": "Give a whole number.",
    "int_parsing": "Give a whole number.",
    "int_parsing_size": "Give a whole number; this one is too large.",
    "int_type": "Give a whole number.",
    "json_invalid": "This is not JSON: {error}.",
    "less_than_equal": "It must be {le:,} or less.",
    "list_type": "Give a JSON list, [...].",
    "literal_error": "Give one of {expected}.",
    "missing": "It is missing; give it.",
    "model_attributes_type": "Give a JSON object, {{...}}.",
    "model_type": "Give a JSON object, {{...}}.",
    "string_too_long": "It may have {max_length:,} characters at most.",
    "string_too_short": "It must not be empty.",
    "string_type": "Give a text.",
    "string_unicode": "Give a text in UTF-8.",
    "too_long": "It is too long: {max_length:,} is the most.",
    "too_short": "It must not be empty.",
    "tuple_type": "Give a JSON list, [...].",
    "value_error": "{error}",
}
"""What to say, by the type of error that pydantic has for it."""

MOST_TOLD = 20
"""How many errors are told one by one."""


def sentence_of(error: Mapping[str, Any]) -> str:
    """Return what is wrong as a sentence that says what to do; ``error`` is one of pydantic's, as a dictionary.

    What our own validators raise is taken as it is, with a full stop.
    """
    words = _IN_WORDS.get(error["type"])
    message = str(error["msg"]) if words is None else words.format_map(error.get("ctx", {}))
    return message if message.endswith(".") else f"{message}."


def place_of(error: Mapping[str, Any]) -> str:
    """Return where the error is, as ``columnMappings.0.csvHeader``; empty if it is in all of what was given."""
    return ".".join(str(part) for part in error["loc"])


def told(errors: Sequence[Any], sentence: Callable[[Any], str]) -> str:
    """Return a sentence for each of the first of the ``errors``, and how many more there are."""
    return " ".join([*map(sentence, errors[:MOST_TOLD]), *and_more(errors)])


def and_more(errors: Sequence[Any]) -> list[str]:
    """Return the sentence that says how many of the ``errors`` are not told one by one, if there are some."""
    more = len(errors) - MOST_TOLD
    return [f"And {more:,} more errors like these."] if more > 0 else []

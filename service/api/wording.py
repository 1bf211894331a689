"""What is wrong with a part of a request, in words: pydantic's errors, told without the words of programmers."""

from __future__ import annotations

from typing import Any

_IN_WORDS = {
    "bool_parsing": "Give true or false.",
    "bool_type": "Give true or false.",
    "dict_type": "Give a JSON object, {{...}}.",
    "enum": "Give one of {expected}.",
    "extra_forbidden": "There is no such option.",
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
    "too_long": "It may have {max_length:,} items at most.",
    "too_short": "It must not be empty.",
    "tuple_type": "Give a JSON list, [...].",
}
"""What to say, by the type of error that pydantic has for it."""

_NO_BODY = "Send a JSON object, {...}, with the header Content-Type: application/json."
_NO_BODY_TYPES = ("missing", "model_attributes_type", "model_type", "dict_type")


def message_of(error: dict[str, Any]) -> str:
    """Return what is wrong as a sentence that says what to do; ``error`` is what pydantic or FastAPI says of it."""
    if error["type"] in _NO_BODY_TYPES and len(error["loc"]) == 1:
        return _NO_BODY
    if error["type"] in _IN_WORDS:
        return _IN_WORDS[error["type"]].format_map(error.get("ctx", {}))
    message = str(error["msg"]).removeprefix("Value error, ")
    return message if message.endswith(".") else f"{message}."

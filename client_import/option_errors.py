"""What is wrong with an option, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def option_error(wrong: Any, shown: Mapping[str, str]) -> str:
    """Return the sentence for an error that pydantic found; ``shown`` are the names users know the options by."""
    message = str(wrong["msg"]).removeprefix("Value error, ")
    if not wrong["loc"]:
        return message
    option = shown.get(str(wrong["loc"][0])) or ".".join(str(part) for part in wrong["loc"])
    if wrong["type"] == "extra_forbidden":
        return f"There is no option {option}."
    return f"{option}: {message}"

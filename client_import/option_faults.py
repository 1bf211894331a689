"""What is wrong with an option, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def option_fault(fault: Any, shown: Mapping[str, str]) -> str:
    """Return the sentence for a fault that pydantic found; ``shown`` are the names users know the options by."""
    message = str(fault["msg"]).removeprefix("Value error, ")
    if not fault["loc"]:
        return message
    option = shown.get(str(fault["loc"][0])) or ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"There is no option {option}."
    return f"{option}: {message}"

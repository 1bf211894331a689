"""What ``ImportOptions`` declares of each option, as the doors read it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin

from client_import.options.import_options import ImportOptions
from client_import.options.offered import Offered

OFFERED: dict[str, Offered] = {
    name: next(each for each in field.metadata if isinstance(each, Offered))
    for name, field in ImportOptions.model_fields.items()
}
"""How each option is offered, by its name, in the order in which the doors offer them."""


def members_of(name: str) -> tuple[StrEnum, ...]:
    """Return the members that the option ``name`` chooses from; none when it is no choice from a list."""
    return next((tuple(kind) for kind in _kinds(name) if isinstance(kind, type) and issubclass(kind, StrEnum)), ())


def is_list(name: str) -> bool:
    """Whether the option ``name`` is many mappings, and no single value."""
    return any(get_origin(kind) is tuple for kind in _kinds(name))


def _kinds(name: str) -> list[Any]:
    annotation = ImportOptions.model_fields[name].annotation
    return [
        get_args(kind)[0] if get_origin(kind) is Annotated else kind for kind in (annotation, *get_args(annotation))
    ]

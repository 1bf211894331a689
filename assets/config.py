"""What is typed into the Launchpad to start an import or an undo."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Optional

import dagster as dg
from pydantic import Field, create_model

from client_import.errors import OptionsError
from client_import.options import OFFERED, ImportOptions, is_list, members_of

_JSON: dict[str, Any] = {"column_mappings": dict[str, str], "value_mappings": dict[str, dict[str, str]]}
"""How the mappings are typed: header: field, and field: word: member."""

_LEVELS = {"column_mappings": 1, "value_mappings": 2}
"""How many levels of names the value of an option has. One more is Dagster's way to name an environment variable."""


def _as_shown(name: str) -> Any:
    """Return the field for the option ``name``; an enum has its values for names, which the Launchpad shows."""
    declared = ImportOptions.model_fields[name]
    members, kind, default, told = members_of(name), declared.annotation, declared.default, declared.description
    if is_list(name):
        return _JSON[name], Field({}, description=told)
    if OFFERED[name].takes_words:
        return str | None, Field(None, description=f"{told} {', '.join(members)}.")
    if members:
        shown = {member.value: member.value for member in members}
        enum: Any = Enum(type(members[0]).__name__, shown)  # type: ignore[misc]
        kind = enum if default is not None else Optional[enum]  # noqa: UP045 - a type that is made here
        default = None if default is None else enum[default.value]
    return kind, Field(default, description=told)


_Options: Any = create_model("_Options", __base__=dg.Config, **{name: _as_shown(name) for name in OFFERED})


class ImportConfig(_Options):  # type: ignore[misc]
    """The file and the options.

    A job ``job_code`` that exists already has its file and options, and ``path`` only says what the file is called. A
    file named by ``dropped`` has the options of the options files beside it, and its new job gets ``job_code``.
    """

    path: str = Field(description="the CSV file to import, in a folder of CLIENT_IMPORT_LAUNCH_FROM")
    job_code: str | None = Field(None, description="a job that is Queued, instead of a path")
    dropped: str | None = Field(None, description="the name of a file in the drop folder, instead of a path")
    version: str | None = Field(None, description="its size and time, to import no other file of that name")

    def options(self) -> ImportOptions:
        """Return the options; raises OptionsError when one is wrong. What is the usual has not been said."""
        fields = type(self).model_fields
        return ImportOptions.parse(
            {
                name: value.value if isinstance(value, Enum) else value
                for name, value in self
                if name in OFFERED and value != fields[name].default
            }
        )


class UndoConfig(dg.Config):
    """The job to undo; an undo ``job_code`` that exists already knows which."""

    undoes: str | None = Field(None, description="the code of the Completed job to undo: an import, or an undo")
    job_code: str | None = Field(None, description="an undo that is Queued, instead")


def refuse_overrides(run_config: Mapping[str, Any]) -> None:
    """Raise OptionsError when a run was launched with resources of its own, or with environment variables as values.

    Either would reach what the settings of the server keep closed: other folders and databases, and its secrets.
    """
    if run_config.get("resources"):
        raise OptionsError("The resources of a run are those of the server: take `resources` out of the launch.")
    for op in run_config.get("ops", {}).values():
        for name, value in (op or {}).get("config", {}).items():
            if _names_variable(value, _LEVELS.get(name, 0)):
                raise OptionsError(f"{name} cannot be that of an environment variable: write the value itself.")


def _names_variable(value: object, levels: int) -> bool:
    if isinstance(value, list):
        return any(_names_variable(each, 1) for each in value)
    if not isinstance(value, dict):
        return False
    return not levels or any(_names_variable(each, levels - 1) for each in value.values())

"""What is typed into the Launchpad to start an import."""

from __future__ import annotations

from enum import Enum
from typing import Any

import dagster as dg
from pydantic import Field

from client_import.options import (
    BlankCells,
    ClientType,
    Duplicates,
    Escape,
    ImportOptions,
    LineEnding,
    MatchField,
    Mode,
)


def _as_shown(kind: type[Enum]) -> Any:
    """Return ``kind`` with its values for names, because the Launchpad shows and takes an enum's names."""
    return Enum(kind.__name__, {member.value: member.value for member in kind})


_Mode, _MatchField = _as_shown(Mode), _as_shown(MatchField)
_BlankCells, _Duplicates = _as_shown(BlankCells), _as_shown(Duplicates)
_Escape, _LineEnding = _as_shown(Escape), _as_shown(LineEnding)
_FILE = {"path", "job_code", "dropped", "version"}


class ImportConfig(dg.Config):
    """The file and the options.

    A job ``job_code`` that exists already has its file and options, and ``path`` only says what the file is called. A
    file named by ``dropped`` has the options of the options files beside it, and its new job gets ``job_code``.
    """

    path: str = Field(description="the CSV file to import, in a folder of CLIENT_IMPORT_LAUNCH_FROM")
    job_code: str | None = Field(None, description="a job that is Queued, instead of a path")
    dropped: str | None = Field(None, description="the name of a file in the drop folder, instead of a path")
    version: str | None = Field(None, description="its size and time, to import no other file of that name")
    import_mode: _Mode = Field(  # type: ignore[valid-type]
        _Mode.CreateAndUpdate, description="which rows are applied"
    )
    match_field: _MatchField | None = Field(  # type: ignore[valid-type]
        None, description="the field a row finds its client by; Code when it is mapped, else Name"
    )
    mapping_code: str | None = Field(None, description="the code of a saved mapping")
    column_mappings: dict[str, str] = Field({}, description="header: field, instead of the suggested mapping")
    value_mappings: dict[str, dict[str, str]] = Field(
        {}, description="field: word: the member of its list that is meant; Type: {Widow: Individual}"
    )
    default_client_type: str | None = Field(
        None, description=f"the Type of a created client whose row has none: {', '.join(ClientType)}, or a word for one"
    )
    blank_cells: _BlankCells = Field(  # type: ignore[valid-type]
        _BlankCells.keep, description="keep the stored value, or clear it"
    )
    duplicates: _Duplicates = Field(  # type: ignore[valid-type]
        _Duplicates.reject, description="rows of the file with one match value"
    )
    max_errors: str | None = Field(None, description='"100" or "5%": more rejected rows and nothing is imported')
    fail_if_empty: bool = Field(False, description="a file without data rows is a failure")
    encoding: str | None = Field(None, description="instead of the detected one")
    delimiter: str | None = Field(None, description="instead of the detected one: , ; | or tab")
    quote: str | None = Field(None, description="instead of the detected one")
    escape: _Escape | None = Field(  # type: ignore[valid-type]
        None, description="how a quote stands inside quotes, instead of what was detected"
    )
    line_ending: _LineEnding | None = Field(  # type: ignore[valid-type]
        None, description="the only thing that ends a row, instead of each of them"
    )
    has_header_row: bool | None = Field(None, description="instead of what was detected")
    header_row: str | None = Field(None, description='the row of the header: "3", or "3-4" for two lines')
    day_first: bool = Field(True, description="31/12/2024 (true) or 12/31/2024 (false)")

    def options(self) -> ImportOptions:
        """Return the options; raises OptionsError when one is wrong. What is the usual has not been said."""
        fields = type(self).model_fields
        given = {
            name: value.value if isinstance(value, Enum) else value
            for name, value in self
            if name not in (*_FILE, "column_mappings", "value_mappings") and value != fields[name].default
        }
        if self.column_mappings:
            given["column_mappings"] = [
                {"csv_header": header, "target_field": field} for header, field in self.column_mappings.items()
            ]
        if self.value_mappings:
            given["value_mappings"] = self.value_mappings
        return ImportOptions.parse(given)

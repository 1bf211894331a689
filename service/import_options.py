"""The options of ``run`` and ``preview``, defined once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from client_import.errors import OptionsError
from client_import.field_types.value_mappings import together
from client_import.mapping.saved import read_mapping_file
from client_import.options import ClientType, ImportOptions, MatchField

_FIELDS = ", ".join(MatchField)
_TYPES = ", ".join(ClientType)

_OPTIONS: dict[str, Any] = {
    "mode": Annotated[
        str | None,
        typer.Option(help="create-and-update, create-only or update-only.", show_default="create-and-update"),
    ],
    "match_on": Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help=f"The field a row finds its client by: {_FIELDS}.",
            show_default="Code, or Name",
        ),
    ],
    "mapping": Annotated[str | None, typer.Option(metavar="CODE|FILE.json", help="A saved mapping, or one in a file.")],
    "map": Annotated[list[str] | None, typer.Option(metavar='"HEADER=FIELD"', help="Map one column; may be repeated.")],
    "value": Annotated[
        list[str] | None,
        typer.Option(
            metavar='"FIELD:WORD=MEMBER"',
            help="Take a word for a member of the field's list, such as Type:Widow=Individual; may be repeated.",
        ),
    ],
    "default_type": Annotated[
        str | None,
        typer.Option(
            metavar="TYPE", help=f"The Type of new clients without one: {_TYPES}, or a word for one such as Ltd."
        ),
    ],
    "blank": Annotated[
        str | None,
        typer.Option(metavar="keep|clear", help="Blank cells keep the stored value, or clear it.", show_default="keep"),
    ],
    "duplicates": Annotated[
        str | None,
        typer.Option(
            metavar="reject|first|last", help="Rows of one client with different content.", show_default="reject"
        ),
    ],
    "max_errors": Annotated[
        str | None,
        typer.Option(metavar="N|P%", help="Import nothing when more rows are rejected.", show_default="no limit"),
    ],
    "fail_if_empty": Annotated[bool, typer.Option("--fail-if-empty", help="A file without data rows is a failure.")],
    "encoding": Annotated[str | None, typer.Option(help="Instead of the detected one.")],
    "delimiter": Annotated[str | None, typer.Option(help="Instead of the detected one: , ; | tab or another.")],
    "quote": Annotated[str | None, typer.Option(help="Instead of the detected one: \", ' or none.")],
    "escape": Annotated[
        str | None,
        typer.Option(metavar="doubled|backslash", help="How a quote stands inside quotes."),
    ],
    "line_ending": Annotated[
        str | None,
        typer.Option(metavar="LF|CRLF|CR", help="The only thing that ends a row.", show_default="any"),
    ],
    "header": Annotated[bool | None, typer.Option("--header/--no-header", help="Instead of what was detected.")],
    "header_row": Annotated[
        str | None, typer.Option(metavar="N|N-M", help="The row that the header is in, or both its rows.")
    ],
    "day_first": Annotated[
        bool | None,
        typer.Option("--day-first/--month-first", help="31/12/2024 or 12/31/2024.", show_default="day-first"),
    ],
}
_DEFAULTS = {"fail_if_empty": False}


def takes_import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command``, whose parameter ``options`` is an ImportOptions, the command-line options it is made of."""
    signature = inspect.signature(command, eval_str=True)
    own = [parameter for parameter in signature.parameters.values() if parameter.name != "options"]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name), annotation=annotation)
        for name, annotation in _OPTIONS.items()
    ]

    @wraps(command)
    def wrapped(**given: Any) -> None:
        options = _parse(**{name: given.pop(name) for name in _OPTIONS})
        command(**given, options=options)

    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own[1:]]
    wrapped.__signature__ = signature.replace(parameters=[own[0], *added, *keyword_only])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
    return wrapped


_SHOWN = {
    "import_mode": "--mode",
    "match_field": "--match-on",
    "column_mappings": "--map",
    "value_mappings": "--value",
    "default_client_type": "--default-type",
    "blank_cells": "--blank",
    "duplicates": "--duplicates",
    "max_errors": "--max-errors",
    "encoding": "--encoding",
    "delimiter": "--delimiter",
    "quote": "--quote",
    "escape": "--escape",
    "line_ending": "--line-ending",
    "header_row": "--header-row",
}


_FLAGS = {"fail_if_empty": ("--fail-if-empty", ""), "day_first": ("--day-first", "--month-first")}
_SAID = {**_SHOWN, "mapping_code": "--mapping"}


def words_of_options(options: ImportOptions) -> list[str]:
    """Return the words that say ``options`` on the command line; those that were not given are not said."""
    words = []
    for name, value in options.model_dump(exclude_unset=True, exclude_none=True, mode="json").items():
        if name == "column_mappings":
            words += [word for each in value for word in ("--map", f"{each['csv_header']}={each['target_field']}")]
        elif name == "value_mappings":
            said = (f"{each['target_field']}:{each['word']}={each['member']}" for each in value)
            words += [word for each in said for word in ("--value", each)]
        elif name == "has_header_row":
            words.append("--header" if value else "--no-header")
        elif name in _FLAGS:
            usual = ImportOptions.model_fields[name].default
            words += [flag for flag in [_FLAGS[name][not value]] if flag and value is not usual]
        elif value != ImportOptions.model_fields[name].default:
            words += [_SAID[name], str(value)]
    return words


def parse_options(options: dict[str, Any]) -> ImportOptions:
    """Return the options; raises OptionsError with a sentence that names them as the command line does."""
    return ImportOptions.parse(options, _SHOWN)


def _parse(**given: Any) -> ImportOptions:
    options: dict[str, Any] = {
        "import_mode": given["mode"],
        "match_field": given["match_on"],
        "default_client_type": given["default_type"],
        "blank_cells": given["blank"],
        "duplicates": given["duplicates"],
        "max_errors": given["max_errors"],
        "fail_if_empty": given["fail_if_empty"],
        "encoding": given["encoding"],
        "delimiter": given["delimiter"],
        "quote": given["quote"],
        "escape": given["escape"],
        "line_ending": given["line_ending"],
        "header_row": given["header_row"],
        "has_header_row": given["header"],
        "day_first": given["day_first"],
    }
    if given["map"]:
        options["column_mappings"] = [mapping_pair(text) for text in given["map"]]
    if given["value"]:
        options["value_mappings"] = [value_pair(text) for text in given["value"]]
    said = {name: value for name, value in _with_mapping(options, given["mapping"]).items() if value is not None}
    return parse_options(said)


def mapping_pair(text: str) -> dict[str, str]:
    """Return the column mapping that ``HEADER=FIELD`` says; raises OptionsError when it does not look like that."""
    header, equals, field = text.rpartition("=")
    if not equals or not header.strip() or not field.strip():
        raise OptionsError(f'--map: "{text}" should look like "HEADER=FIELD", for example "Client Ref=Code".')
    return {"csv_header": header.strip(), "target_field": field.strip()}


def value_pair(text: str) -> dict[str, str]:
    """Return the value mapping of ``FIELD:WORD=MEMBER``; raises OptionsError when it does not look like that."""
    field, colon, rest = text.partition(":")
    word, equals, member = rest.rpartition("=")
    if not (colon and equals and field.strip() and word.strip() and member.strip()):
        raise OptionsError(
            f'--value: "{text}" should look like "FIELD:WORD=MEMBER", for example "Type:Widow=Individual".'
        )
    return {"target_field": field.strip(), "word": word.strip(), "member": member.strip()}


def _with_mapping(options: dict[str, Any], mapping: str | None) -> dict[str, Any]:
    """Return ``options`` with the mapping that ``--mapping`` names: a file's content, or a saved one's code."""
    if mapping is None:
        return options
    if not mapping.lower().endswith(".json"):
        return {**options, "mapping_code": mapping}
    if "column_mappings" in options:
        raise OptionsError(f"Both --map and the mapping file {mapping} were given; give one of them.")
    content = read_mapping_file(Path(mapping))
    own = parse_options({"value_mappings": options.get("value_mappings")}).value_mappings or ()
    return {
        **options,
        "column_mappings": content.column_mappings,
        "value_mappings": together(own, content.value_mappings),
        "match_field": options["match_field"] or content.match_field,
    }

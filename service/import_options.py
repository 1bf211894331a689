"""The options of ``run`` and ``preview``: those of an import, as the command line says them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from client_import.errors import OptionsError
from client_import.field_types.value_mappings import together
from client_import.mapping.saved import read_mapping_file
from client_import.options import OFFERED, ImportOptions, is_list, members_of
from service.completion import completion_of

_FLAGS = {name: offered.flag.partition("/") for name, offered in OFFERED.items()}
"""The flag of each option, and behind a stroke the one that says the opposite."""

_SHOWN = {name: offered.flag for name, offered in OFFERED.items()}
"""What each option is called in sentences."""


def _annotation(name: str) -> Any:
    """Return the parameter of typer for the option ``name``; every one is None where it is not given."""
    offered, declared, members = OFFERED[name], ImportOptions.model_fields[name], members_of(name)
    told = f"{declared.description} {', '.join(members)}." if members and offered.value else f"{declared.description}"
    default = _in_words(name, declared.default) or offered.unset
    kind: Any = str
    if is_list(name):
        kind, told = list[str], f"{told} May be repeated."
    elif not members and declared.annotation in (bool, bool | None):
        kind = bool
    choices = "|".join(_as_word(member) for member in members)
    shown = typer.Option(
        offered.flag,
        help=told,
        metavar=(offered.value or choices or None),
        show_default=default or False,
        autocompletion=completion_of(name, _as_word if not offered.value else str),
    )
    return Annotated[kind | None, shown]


def _as_word(member: str) -> str:
    """A member as it is typed: CreateOnly is create-only."""
    return member if member.isupper() else re.sub(r"(?<=[a-z])(?=[A-Z])", "-", member).lower()


def _in_words(name: str, default: Any) -> str:
    """The default of an option as it is said on the command line; nothing where it has none."""
    if isinstance(default, bool):
        return _FLAGS[name][0 if default else 2].removeprefix("--")
    return _as_word(default) if default else ""


_CHOICES = {
    ", ".join(members): ", ".join(_as_word(member) for member in members)
    for members in (members_of(name) for name, offered in OFFERED.items() if not offered.value)
    if members
}
"""The choices of an option as a sentence lists them, and how the command line does."""


def takes_import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give ``command``, whose parameter ``options`` is an ImportOptions, the command-line options it is made of."""
    signature = inspect.signature(command, eval_str=True)
    own = [parameter for parameter in signature.parameters.values() if parameter.name != "options"]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(name))
        for name in OFFERED
    ]

    @wraps(command)
    def wrapped(**given: Any) -> None:
        options = read_options({name: given.pop(name) for name in OFFERED})
        command(**given, options=options)

    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own[1:]]
    wrapped.__signature__ = signature.replace(parameters=[own[0], *added, *keyword_only])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
    return wrapped


def words_of_options(options: ImportOptions) -> list[str]:
    """Return the words that say ``options`` on the command line; those that were not given are not said."""
    words = []
    for name, value in options.model_dump(exclude_unset=True, exclude_none=True, mode="json").items():
        flag, _, opposite = _FLAGS[name]
        if name == "column_mappings":
            words += [word for each in value for word in (flag, f"{each['csv_header']}={each['target_field']}")]
        elif name == "value_mappings":
            said = (f"{each['target_field']}:{each['word']}={each['member']}" for each in value)
            words += [word for each in said for word in (flag, each)]
        elif value == ImportOptions.model_fields[name].default:
            continue
        elif isinstance(value, bool):
            words.append(flag if value else opposite)
        else:
            words += [flag, str(value)]
    return words


def parse_options(options: dict[str, Any]) -> ImportOptions:
    """Return the options; raises OptionsError with a sentence that names them, and choices, as they are typed."""
    try:
        return ImportOptions.parse(options, _SHOWN)
    except OptionsError as error:
        sentence = str(error)
        for members, words in _CHOICES.items():
            sentence = sentence.replace(members, words)
        raise OptionsError(sentence) from None


def read_options(given: dict[str, Any]) -> ImportOptions:
    """Return the options that were typed, where None is an option left out; raises as :func:`parse_options` does."""
    options = {name: value for name, value in given.items() if value is not None}
    mapping = options.pop("mapping_code", None)
    if "column_mappings" in options:
        options["column_mappings"] = [_column_mapping(text) for text in options["column_mappings"]]
    if "value_mappings" in options:
        options["value_mappings"] = [_value_mapping(text) for text in options["value_mappings"]]
    return parse_options(_with_mapping(options, mapping))


def _column_mapping(text: str) -> dict[str, str]:
    """Return the column mapping that ``HEADER=FIELD`` says."""
    header, equals, field = text.rpartition("=")
    if not equals or not header.strip() or not field.strip():
        raise OptionsError(f'--map: "{text}" should look like "HEADER=FIELD", for example "Client Ref=Code".')
    return {"csv_header": header.strip(), "target_field": field.strip()}


def _value_mapping(text: str) -> dict[str, str]:
    """Return the value mapping that ``FIELD:WORD=MEMBER`` says."""
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
        "match_field": options.get("match_field") or content.match_field,
    }

"""The options of a dropped file: its own options file over the folder's (docs/drop-folder.md)."""

from __future__ import annotations

from typing import Any

from pydantic.alias_generators import to_camel

from client_import.errors import OptionsError
from client_import.options import MAPPINGS, OFFERED, ImportOptions
from client_import.system.json_text import read_json

_CAMEL = {name: to_camel(name) for name in OFFERED}
_MAPPINGS = {to_camel(name) for name in MAPPINGS}


def options_of(own: tuple[str, bytes] | None, defaults: tuple[str, bytes] | None) -> ImportOptions:
    """Return the options that the two options files, each a name and its bytes, make: the file's own win, key by key.

    A mapping, saved or inline, takes the place of the folder's, whichever kind that is. ``null`` is an option left
    out. Raises OptionsError naming the options file and what is wrong in it.
    """
    chosen: dict[str, Any] = {}
    for named in (defaults, own):
        if named is None:
            continue
        name, content = named
        given = _read(name, content)
        try:
            ImportOptions.parse(_without_null(given))
        except OptionsError as error:
            raise _error(name, f"is wrong. {error}") from None
        if _MAPPINGS & given.keys():
            chosen = {key: value for key, value in chosen.items() if key not in _MAPPINGS}
        chosen |= given
    return ImportOptions.parse(_without_null(chosen))


def _read(name: str, content: bytes) -> dict[str, Any]:
    """Return the options in the file, under their camelCase names."""
    try:
        options = read_json(content.decode("utf-8-sig"))
    except ValueError as error:
        raise _error(name, f"is not JSON ({error}).") from None
    if not isinstance(options, dict):
        raise _error(name, 'should be an object such as {"importMode": "UpdateOnly"}.')
    return {_CAMEL.get(str(key), str(key)): value for key, value in options.items()}


def _error(name: str, what: str) -> OptionsError:
    return OptionsError(f"The options file {name} {what} Correct it, and drop the file again.")


def _without_null(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}

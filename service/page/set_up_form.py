"""The form in which a file is set up, as it comes back: which options it says, and which mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from client_import.errors import OptionsError
from client_import.fields.catalogue import BY_NAME
from client_import.mapping.saved import SavedMapping
from client_import.options import OFFERED, ImportOptions, Section
from client_import.system.json_text import read_json
from service.page.labels import label_of

OWN = "own"
"""The value of the choice of mappings for what the table of columns says; empty is the suggestion."""

_SHOWN = {name: offered.label for name, offered in OFFERED.items()}
_PLAIN = [
    name
    for name, offered in OFFERED.items()
    if offered.section is not Section.COLUMNS and name not in ("has_header_row", "header_row")
]
"""The options that are a field of the form each."""

_FIELD_OF_WORDS = {label_of(name).casefold(): name for name in BY_NAME}

Form = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form asks for; ``saved`` is the code of a saved mapping that was chosen just now, and may not fit."""

    options: ImportOptions
    saved: str | None


def read_form(form: Form) -> Wish:
    """Return what the form says. Raises OptionsError when that is not possible."""
    chosen: dict[str, Any] = {name: form[name] for name in _PLAIN if form.get(name)}
    header = form.get("header")
    if header == "none":
        chosen["has_header_row"] = False
    elif header:
        chosen["header_row"] = header
    if "default_client_type" in form:
        chosen["default_client_type"] = form["default_client_type"]  # none is chosen, too
    wanted, shown = form.get("mapping", ""), form.get("mapping_shown", "")
    saved = None
    if wanted != shown and wanted != OWN:
        saved = wanted or None
    elif wanted == OWN or _is_changed(form):
        chosen["column_mappings"] = _own(form)
    elif wanted:
        chosen["mapping_code"] = wanted
    chosen["value_mappings"] = _words(form, keeps_saved="column_mappings" in chosen) or None
    return Wish(ImportOptions.parse(chosen, _SHOWN), saved)


def _places(form: Form) -> list[str]:
    return [name.removeprefix("header.") for name in form if name.startswith("header.")]


def _words(form: Form, *, keeps_saved: bool) -> list[dict[str, str]]:
    """The value mappings that the form says; ``keeps_saved`` also those that are the saved mapping's own.

    A field that another column goes to now keeps none.
    """
    used, words = _used(form)
    changed = {used[1]} if used else set()
    for place in _places(form):
        fields = _field(form, place), str(form.get(f"shown.{place}", ""))
        changed.update(fields if fields[0] != fields[1] else ())
    for name in [name for name in form if name.startswith("word.")]:
        place = name.removeprefix("word.")
        member, saved = form.get(f"member.{place}", ""), form.get(f"saved.{place}", "")
        field, word = _texts(str(form[name]), 2)
        if member and field not in changed and (keeps_saved or member != saved):
            words.append({"target_field": field, "word": word, "member": str(member)})
    return words


def _used(form: Form) -> tuple[tuple[str, str] | None, list[dict[str, str]]]:
    """The place and the field of the offer that was taken, if any, and the value mappings that come with it."""
    place, _, rest = str(form.get("use", "")).partition(":")
    field, _, words = rest.partition(":")
    pairs = _texts(words) if words else []
    mappings = [
        {"target_field": field, "word": word, "member": member}
        for word, member in zip(pairs[::2], pairs[1::2], strict=False)
    ]
    return ((place, field), mappings) if field else (None, mappings)


def _texts(written: str, count: int | None = None) -> list[str]:
    """The texts of a list that the page wrote as JSON."""
    try:
        texts = read_json(written)
    except ValueError:
        texts = None
    is_list = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    if not is_list or count not in (None, len(texts)):
        raise OptionsError("The form names a word that is not there. Load the page again.")
    return list(texts)


def _is_changed(form: Form) -> bool:
    return bool(form.get("use")) or any(
        _field(form, place) != form.get(f"shown.{place}", "") for place in _places(form)
    )


def _own(form: Form) -> list[dict[str, str]]:
    """The mapping that the table of columns says."""
    fields = {place: _field(form, place) for place in _places(form)}
    used, _ = _used(form)
    if used:
        fields[used[0]] = used[1]
    mappings = []
    for place, name in fields.items():
        if name not in BY_NAME and name:
            raise OptionsError(f'There is no field "{name[:200]}". Choose one from the list.')
        if name:
            mappings.append({"csv_header": _header(form, place), "target_field": name})
    return mappings


def _header(form: Form, place: str) -> str:
    try:
        header = read_json(str(form[f"header.{place}"]))
    except (KeyError, ValueError):
        header = None
    if not isinstance(header, str):
        raise OptionsError("The form names a column that is not there. Load the page again.")
    return header


def _field(form: Form, place: str) -> str:
    """The field chosen for a column: its name, also where its words were typed."""
    given = str(form.get(f"field.{place}", "")).strip()
    return _FIELD_OF_WORDS.get(given.casefold(), given)


def fitting(saved: SavedMapping, headers: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """Return the options by which a file with ``headers`` uses ``saved``, and the headers of it that are not there.

    A saved mapping that does not fit as a whole is used as far as it does.
    """
    there = {header.strip().casefold() for header in headers}
    fits = [each for each in saved.column_mappings if each.csv_header.strip().casefold() in there]
    missing = [each.csv_header for each in saved.column_mappings if each not in fits]
    if not missing:
        return {"mapping_code": saved.code}, []
    if not fits:
        return {}, missing
    fields = {each.target_field for each in fits}
    words = tuple(each for each in saved.value_mappings if each.target_field in fields)
    wanted: dict[str, Any] = {"column_mappings": fits, "value_mappings": words}
    if saved.match_field in fields:
        wanted["match_field"] = saved.match_field
    return wanted, missing

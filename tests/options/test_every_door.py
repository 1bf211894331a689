"""Covers that an option is declared once: every door offers each of them, with the same help and the same choices."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

from assets.config import ImportConfig
from client_import.errors import OptionsError
from client_import.inbox.options import options_of
from client_import.options import OFFERED, Concern, ImportOptions, Section, is_list, members_of
from service.import_options import read_options, words_of_options
from service.page.set_up_form import read_form
from tests.service.page.visits import TWO, put_in, text_of
from tests.support.api_server import IMPORTS, ApiServer
from tests.support.cli import CommandLine

EXAMPLES: dict[str, Any] = {
    "mapping_code": "sage-clients",
    "column_mappings": {"Client Ref": "Code"},
    "value_mappings": {"Type": {"Widow": "Individual"}},
    "match_field": "Email",
    "import_mode": "UpdateOnly",
    "default_client_type": "Trust",
    "blank_cells": "clear",
    "duplicates": "last",
    "max_errors": "5%",
    "fail_if_empty": True,
    "sheet": "Clients 2024",
    "encoding": "latin-1",
    "delimiter": ";",
    "quote": "'",
    "escape": "backslash",
    "line_ending": "CRLF",
    "has_header_row": True,
    "header_row": "3",
    "day_first": False,
}
"""A value of each option that is not its default."""

NAMES = list(OFFERED)


def help_of(name: str) -> str:
    told = ImportOptions.model_fields[name].description
    assert (told or "").endswith("."), f"{name} has no sentence of help"
    return str(told)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        yield server


def test_every_option_is_declared_and_has_an_example_here() -> None:
    assert NAMES == list(ImportOptions.model_fields) == list(EXAMPLES)
    assert all(offered.again for offered in OFFERED.values() if offered.concern is Concern.ROWS)


@pytest.mark.parametrize("command", ["run", "preview"])
def test_the_command_line_offers_every_option(command: str, tmp_path: Path) -> None:
    told = re.sub(r"\s+", " ", CommandLine(tmp_path, COLUMNS="1000")(command, "--help").stdout)
    for name, offered in OFFERED.items():
        assert help_of(name) in told
        assert all(re.search(rf"{flag}\b", told) for flag in offered.flag.split("/"))
        for member in members_of(name):
            assert re.search(rf"\b{member}\b", told.replace("-", ""), re.IGNORECASE), (name, member)


@pytest.mark.parametrize("name", NAMES)
def test_the_launchpad_offers_every_option(name: str) -> None:
    schema = ImportConfig.model_json_schema()
    field = schema["properties"][name]
    assert field["description"].startswith(help_of(name))
    choices = json.dumps([field, *(schema["$defs"][each.rpartition("/")[2]] for each in _references(field))])
    assert [member for member in members_of(name) if f"{member.value}" not in choices] == []
    said = ImportOptions.parse({name: EXAMPLES[name]})
    launched = ImportConfig(**{"path": "clients.csv", name: EXAMPLES[name]}).options()
    assert (launched, launched.model_fields_set) == (said, said.model_fields_set)


def _references(schema: Any) -> list[str]:
    return re.findall(r'"\$ref": "([^"]+)"', json.dumps(schema))


def test_the_api_offers_every_option_in_forms_queries_and_bodies(server: ApiServer) -> None:
    document = server.client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    query = {each["name"]: each for each in document["paths"][f"{IMPORTS}/{{code}}/plan"]["get"]["parameters"]}
    form = schemas[_references(document["paths"][IMPORTS]["post"]["requestBody"])[0].rpartition("/")[2]]["properties"]
    body = schemas["ImportOptions"]["properties"]
    for name in NAMES:
        camel = to_camel(name)
        shown = f"{camel}Json" if is_list(name) else camel
        for field in (query[shown], form[shown], body[camel]):
            assert field["description"].startswith(help_of(name))
            if members := members_of(name):
                (reference,) = set(_references(field))
                assert schemas[reference.rpartition("/")[2]]["enum"] == [member.value for member in members]


def test_the_page_offers_every_option(server: ApiServer) -> None:
    answer = server.client.get(f"/jobs/{put_in(server, TWO)}")
    words = text_of(answer)
    lists = {
        re.search(r'name="([^"]+)"', tag)[1]: inside  # type: ignore[index]
        for tag, inside in re.findall(r"<select\b([^>]*)>(.*?)</select>", answer.text, re.DOTALL)
    }
    for name, offered in OFFERED.items():
        if offered.section is Section.COLUMNS or name == "has_header_row":
            continue
        assert help_of(name) in words
        assert offered.label in words
        shown = lists.get("header" if name == "header_row" else name, "")
        values = [unescape(value) for value in re.findall(r'<option value="([^"]*)"', shown)]
        wanted = [*members_of(name), *(str(value).lower() for value in offered.words if isinstance(value, bool))]
        assert set(wanted) <= set(values), name
    assert {"header", "mapping"} <= set(lists)
    assert 'name="field.0"' in answer.text


@pytest.mark.parametrize(
    "name",
    [name for name, offered in OFFERED.items() if offered.section is not Section.COLUMNS and "header" not in name],
)
def test_the_page_takes_what_it_offers(name: str) -> None:
    value = EXAMPLES[name]
    form = {name: str(value).lower() if isinstance(value, bool) else value}
    assert getattr(read_form(form).options, name) == getattr(ImportOptions.parse({name: value}), name)


@pytest.mark.parametrize("name", NAMES)
def test_the_drop_folder_takes_every_option(name: str) -> None:
    content = json.dumps({to_camel(name): EXAMPLES[name]}).encode()
    assert options_of(("clients.options.json", content), None) == ImportOptions.parse({name: EXAMPLES[name]})


@pytest.mark.parametrize("name", NAMES)
def test_words_of_options_say_what_was_chosen(name: str) -> None:
    words = words_of_options(ImportOptions.parse({name: EXAMPLES[name]}))
    flag = OFFERED[name].flag.split("/")
    assert words[0] == flag[-1 if EXAMPLES[name] is False else 0]
    assert words_of_options(ImportOptions.parse({})) == []


WRONG: dict[str, Any] = {
    "mapping_code": "a\0b",
    "column_mappings": ["Ref=Shoe size"],
    "value_mappings": ["Type:Widow=Shoe"],
    "match_field": "Team",
    "import_mode": "sometimes",
    "default_client_type": "Zorp",
    "blank_cells": "eat",
    "duplicates": "all",
    "max_errors": "many",
    "fail_if_empty": "perhaps",
    "sheet": "a\0b",
    "encoding": "klingon",
    "delimiter": "abc",
    "quote": "xx",
    "escape": "caret",
    "line_ending": "full stop",
    "has_header_row": "perhaps",
    "header_row": "top",
    "day_first": "perhaps",
}
"""A value that each option refuses, as it is typed."""


def test_there_is_a_wrong_value_of_every_option() -> None:
    assert set(WRONG) == set(OFFERED)


@pytest.mark.parametrize("name", WRONG)
def test_errors_name_the_option_as_the_command_line_does(name: str) -> None:
    with pytest.raises(OptionsError) as error:
        read_options({name: WRONG[name]})
    assert str(error.value).startswith(f"{OFFERED[name].flag}: ")
    _is_in_words_of_the_command_line(str(error.value))


@pytest.mark.parametrize("name", WRONG)
def test_errors_name_the_option_as_the_api_and_options_files_do(name: str) -> None:
    wrong = {
        "column_mappings": [{"csvHeader": "Ref", "targetField": "Shoe size"}],
        "value_mappings": [{"targetField": "Type", "from": "Widow", "to": "Shoe"}],
    }.get(name, WRONG[name])
    with pytest.raises(OptionsError, match=f"^{to_camel(name)}\\b"):
        ImportOptions.parse({to_camel(name): wrong})


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        ({"header_row": "2", "has_header_row": False}, ("--header-row", "--header/--no-header")),
        ({"delimiter": ";", "quote": ";"}, ("--delimiter", "--quote")),
    ],
)
def test_options_that_contradict_each_other_are_named_as_each_door_does(
    options: dict[str, Any], flags: tuple[str, ...]
) -> None:
    with pytest.raises(OptionsError) as typed:
        read_options(options)
    assert all(flag in str(typed.value) for flag in flags)
    _is_in_words_of_the_command_line(str(typed.value))
    with pytest.raises(OptionsError) as sent:
        ImportOptions.parse({to_camel(name): value for name, value in options.items()})
    assert all(to_camel(name) in str(sent.value) for name in options)
    assert "--" not in str(sent.value)


def _is_in_words_of_the_command_line(sentence: str) -> None:
    """Check that no option is called what only the API, or only Python, calls it."""
    others = {
        called for name in OFFERED for called in (name, to_camel(name)) if called.lower() != called or "_" in called
    }
    assert [called for called in others if re.search(rf"\b{called}\b", sentence)] == []

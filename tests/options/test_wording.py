"""Covers that whatever is wrong is told in plain words, at each door through which options and mappings come in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client_import.errors import OptionsError
from client_import.inbox.options import options_of
from client_import.mapping.saved import make_mapping, read_mapping_file
from client_import.options import ImportOptions, MatchField
from service.api.models import MappingContent

PROGRAMMERS = (
    "Value error", "Input should", "Value should", "String should", "Field required", "not permitted", "valid tuple",
    "_", "^",
)  # fmt: skip

ODD: tuple[Any, ...] = (
    *(None, 5, 5.5, -1, True, "", "perhaps", "x" * 3_000, "{ge}", "a\0b", [], [5], ["a"], [[]], [None], [["a", "b"]]),
    *({}, {"A": 5}, {"A": "Shoe"}, {"A": {"B": 5}}, [{"csvHeader": "A"}], [{"csvHeader": 5, "targetField": "Code"}]),
    *([{"csvHeader": "A", "targetField": "Code", "x": 1}], [{"targetField": "Type", "from": 5, "to": "Trust"}]),
)

TOLD = {
    "sheet": (5, "sheet: Give a text."),
    "dayFirst": ("perhaps", "dayFirst: Give true or false."),
    "columnMappings": ([{"csvHeader": "A"}], "columnMappings.0.targetField: It is missing; give it."),
    "importMod": ("x", 'There is no option importMod. Did you mean "importMode"? docs/options.md has all of them.'),
}

WRONG_MAPPINGS: dict[str, tuple[Any, str]] = {
    "name": (5, "name: Give a text."),
    "code": ("A B", 'code: "A B" is no code; use lower-case letters, digits and -, at most 50.'),
    "columnMappings": ({"A": "Shoe"}, 'columnMappings.0.targetField: "Shoe" is not a client field.'),
    "matchField": ("Shoe", 'matchField: "Shoe" is not one of Code, CompanyNumber,'),
    "shoe": (1, "shoe: There is no such option."),
}


def mapping(**others: Any) -> dict[str, Any]:
    return {"code": "ours", "name": "Ours", "columnMappings": {"Ref": "Code"}, **others}


def what_is_told(check: Callable[[Any], object]) -> list[str]:
    """What is said of each odd value, apart from the value itself."""
    told = []
    for value in ODD:
        try:
            check(value)
        except OptionsError as error:
            told.append(str(error).replace("x" * 200, ""))
    return told


@pytest.mark.parametrize("name", [*ImportOptions.model_fields, "shoe"])
def test_no_option_is_told_in_the_words_of_programmers(name: str) -> None:
    told = what_is_told(lambda value: ImportOptions.parse({name: value}))
    assert told
    for sentence in told:
        assert sentence.endswith(".")
        assert not any(word in sentence.replace(name, "") for word in PROGRAMMERS), sentence


@pytest.mark.parametrize("name", ["code", "name", "columnMappings", "valueMappings", "matchField", "isPreset", "shoe"])
def test_no_saved_mapping_is_told_so(name: str) -> None:
    told = what_is_told(lambda value: make_mapping(mapping(**{name: value}), "The mapping"))
    assert told
    for sentence in told:
        assert sentence.startswith("The mapping cannot be used. ")
        assert not any(word in sentence for word in PROGRAMMERS), sentence


@pytest.mark.parametrize("name", TOLD)
def test_a_wrong_options_file_is_told_with_its_place_and_what_to_do(name: str) -> None:
    value, sentence = TOLD[name]
    with pytest.raises(OptionsError) as refused:
        options_of(("clients.csv.json", json.dumps({name: value}).encode()), None)
    said = "The options file clients.csv.json is wrong. {} Correct it, and drop the file again."
    assert str(refused.value) == said.format(sentence)


@pytest.mark.parametrize("name", WRONG_MAPPINGS)
def test_a_wrong_mapping_file_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    value, sentence = WRONG_MAPPINGS[name]
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(mapping(**{name: value})))
    with pytest.raises(OptionsError) as refused:
        read_mapping_file(file)
    assert str(refused.value).startswith(f"The mapping file {file} cannot be used. {sentence}")


def test_many_errors_are_counted() -> None:
    with pytest.raises(OptionsError) as refused:
        ImportOptions.parse({"columnMappings": [5] * 100})
    assert str(refused.value).count("Give a JSON object") == 20
    assert str(refused.value).endswith("And 80 more errors like these.")


def test_all_that_is_wrong_with_a_mapping_is_told_at_once() -> None:
    with pytest.raises(OptionsError, match=r"name: Give a text\. matchField: "):
        make_mapping(mapping(name=5, matchField="Shoe"), "The mapping")


def test_a_mapping_names_its_match_field_as_options_do() -> None:
    assert make_mapping(mapping(matchField="code"), "The mapping").match_field is MatchField.CODE
    assert MappingContent.model_validate(mapping(matchField="company number")).match_field is MatchField.COMPANY_NUMBER

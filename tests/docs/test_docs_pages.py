"""The pages that are generated are what the code says, whole and as committed."""

from __future__ import annotations

import re

import pytest

from client_import.field_types.registry import VALUE_TYPES
from client_import.fields.catalogue import FIELDS
from client_import.row_errors import Reason, SkipReason
from docs.forms import FORMS
from docs.generate import FOLDER, HELP_FOLDER, help_pages, pages

PAGES, HELP = pages(), help_pages()


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_what_the_generator_gives(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PAGES[name], "run: make docs"


@pytest.mark.parametrize("name", HELP)
def test_the_help_that_is_served_is_what_the_pages_say(name: str) -> None:
    assert (HELP_FOLDER / name).read_text("utf-8") == HELP[name], "run: make docs"


def test_the_help_links_what_is_served_alone() -> None:
    assert {file.name for file in HELP_FOLDER.iterdir()} == set(HELP)
    for name, text in HELP.items():
        for link in re.findall(r'href="([^"]*)"', text):
            page, _, anchor = link.partition("#")
            linked = HELP[f"{page}.html" if page else name]
            assert not anchor or f'id="{anchor}"' in linked, link


def test_every_reason_has_a_section_and_says_something() -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.+?)(?=^##)", PAGES["reasons.md"] + "\n##", re.MULTILINE | re.DOTALL))
    assert set(sections) == {*map(str, Reason), *map(str, SkipReason)}
    for reason, section in sections.items():
        assert f'<h3 id="{reason}">' in HELP["reasons.html"]
        assert re.search(r"^(?:> |\| ---)", section, re.MULTILINE), f"{reason} has no example"


def test_every_field_is_named() -> None:
    named = set(re.findall(r"`(\w+)`", PAGES["preparing-your-file.md"]))
    assert {field.name for field in FIELDS} <= named


def test_every_type_is_shown() -> None:
    assert set(FORMS) == set(VALUE_TYPES)
    for form in FORMS.values():
        assert form.rejected

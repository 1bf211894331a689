"""Covers the saved mappings in a real browser, on a desk and on a phone, and without scripts.

Every page is looked at with axe, which must find nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.service.page.browser import CHROMIUM, DARK, DESKTOP, PHONE, WITHOUT_ONE, Person, opened
from tests.support.api_server import ApiServer

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT_ONE), pytest.mark.long]

COLUMNS = [{"csvHeader": name, "targetField": name} for name in ("Code", "Name", "Type")]
WORDS = {"Type": {"Widow": "Individual"}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


@pytest.mark.parametrize(
    "kind",
    [DESKTOP, PHONE | DARK, DESKTOP | {"java_script_enabled": False}],
    ids=["desk", "dark-phone", "without-scripts"],
)
def test_a_mapping_is_looked_at_renamed_and_deleted(browser: Browser, server: ApiServer, kind: dict[str, Any]) -> None:
    server.client.post("/csv-mappings", json={"name": "Ours", "columnMappings": COLUMNS, "valueMappings": WORDS})
    person, has_scripts = Person(browser, server, **kind), kind.get("java_script_enabled", True)
    page = person.page

    def look(what: str) -> None:
        if has_scripts:  # axe is one
            person.look(what)

    page.goto("/")
    page.get_by_role("contentinfo").get_by_role("link", name="Saved mappings").click()
    look("the mappings")
    page.get_by_role("link", name="Individual clients").click()
    look("a preset")
    expect(page.get_by_role("button", name="Rename")).to_have_count(0)
    page.go_back()
    page.get_by_role("link", name="Ours").click()
    page.get_by_label("Name", exact=True).fill("Theirs")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("h1")).to_have_text("Theirs")
    expect(page.get_by_role("button", name="Yes, delete the mapping")).to_be_hidden()
    page.get_by_text("Delete this mapping").click()
    look("a mapping with its question")
    page.get_by_role("button", name="Yes, delete the mapping").click()
    expect(page.locator("h1")).to_have_text("Saved mappings")
    expect(page.get_by_role("link", name="Theirs")).to_have_count(0)
    person.close()

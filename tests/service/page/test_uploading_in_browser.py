"""Covers uploads in a real browser: a wrong file and then another, the kept file, a file of 500 columns.

Every page is looked at with axe, which must find nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.service.page.browser import CHROMIUM, DARK, DESKTOP, PHONE, WITHOUT_ONE, Person, opened
from tests.service.page.visits import put_in
from tests.support.api_server import ApiServer

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT_ONE), pytest.mark.long]

KINDS = pytest.mark.parametrize("kind", [DESKTOP, PHONE | DARK], ids=["desk", "dark-phone"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


@KINDS
def test_a_wrong_file_is_followed_by_another_and_tried_again(
    browser: Browser, server: ApiServer, tmp_path: Path, kind: dict[str, Any]
) -> None:
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    right.write_bytes(b"Code,Name,Type\nU1,Una,Individual\n")
    person = Person(browser, server, **kind)
    page = person.page
    page.goto("/")
    person.choose(wrong)
    expect(page.locator("#objection")).to_contain_text("looks like a PDF document")
    person.look("a file that cannot be read")
    with page.expect_response(lambda answer: answer.url.endswith("/set-up")):
        page.locator("#delimiter").select_option(";")
    person.wait_for_plan()
    page.locator("#file").set_input_files(right)  # the drop area was drawn anew, and is as good as the first
    expect(page.locator("h1")).to_have_text("Check right.csv")
    person.wait_for_plan()
    page.get_by_role("button", name="Do not import this file").click()
    page.get_by_role("button", name="Try again with right.csv").click()
    expect(page.locator("h1")).to_have_text("Check right.csv")
    person.wait_for_plan()
    page.goto("/")
    person.look("the start with files that wait")
    page.goto("/jobs?unstarted=yes")
    person.look("the history with files that nobody started")
    person.close()


@KINDS
def test_five_hundred_columns_stay_a_page_that_can_be_used(
    browser: Browser, server: ApiServer, kind: dict[str, Any]
) -> None:
    headers = ["Code", "Name", "Type", *(f"Extra {number}" for number in range(497))]
    code = put_in(server, (",".join(headers) + "\nC1,Cy,Individual" + ",x" * 497 + "\n").encode())
    person = Person(browser, server, **kind)
    page = person.page
    page.goto(f"/jobs/{code}")
    person.wait_for_plan()
    person.look("five hundred columns")
    assert page.evaluate("document.documentElement.scrollHeight") < 8 * 900
    page.get_by_label("Find a column").fill("extra 49")
    expect(page.locator("#found-columns")).to_have_text("8 of 500 columns shown")
    page.get_by_label("Show", exact=True).select_option("used")
    expect(page.locator("#found-columns")).to_have_text("0 of 500 columns shown")
    page.get_by_label("Show", exact=True).select_option("unused")
    expect(page.locator("#found-columns")).to_have_text("8 of 500 columns shown")
    with page.expect_response(lambda answer: answer.url.endswith("/set-up")):
        page.get_by_label("Field for Extra 496").fill("Trading as")
        page.get_by_label("Field for Extra 496").press("Tab")
    expect(page.locator(".tally")).to_have_text("4 of 500 columns imported")
    expect(page.locator("#found-columns")).to_have_text("7 of 500 columns shown")
    person.wait_for_plan()
    person.close()


@KINDS
def test_a_label_without_a_blank_stays_in_the_window(browser: Browser, server: ApiServer, kind: dict[str, Any]) -> None:
    label = "https://example.com/" + "a" * 300
    person = Person(browser, server, **kind)
    code = server.uploaded(f"Code,Name,Type,{label}\nU2,Una,Individual,1\n".encode())
    person.page.goto(f"/jobs/{code}")
    person.wait_for_plan()
    expect(person.page.locator("main")).to_contain_text(label)
    person.look("the check of a file with a long label")
    assert server.put(code).status_code == 201
    person.page.goto(f"/jobs/{code}")
    expect(person.page.locator("main")).to_contain_text(label)
    person.look("the result of a file with a long label")
    person.close()

"""Covers the way back in a real browser: changes, undo, undo of the undo, clients, on a desk and on a phone.

Every new page is looked at with axe, which must find nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.service.page.browser import CHROMIUM, DARK, DESKTOP, PHONE, WITHOUT_ONE, Person, opened
from tests.service.page.visits import imported
from tests.support.api_server import ApiServer

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT_ONE), pytest.mark.long]

HEAD = "Code,Name,Type,Email\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


@pytest.mark.parametrize("kind", [DESKTOP, PHONE | DARK], ids=["desk", "dark-phone"])
def test_an_import_is_looked_into_and_taken_back(browser: Browser, server: ApiServer, kind: dict[str, Any]) -> None:
    mark = "P" if "has_touch" in kind else "D"
    many = "".join(f"{mark}{n},Many {n},Individual,\n" for n in range(60))
    first = imported(server, f"{HEAD}{many}{mark}X,Ann,Individual,ann@example.com\n".encode())
    imported(server, f"{HEAD}{mark}X,Anna,Individual,anna@example.com\n".encode())
    person = Person(browser, server, **kind)
    page = person.page

    page.goto(f"/jobs/{first}")
    page.get_by_text("Every change, client by client").click()
    expect(page.locator("#job-changes-caption")).to_contain_text("Changes 1 to 50 of 61")
    person.look("the result with its changes")
    page.get_by_role("link", name="Later changes").click()
    expect(page.locator("#job-changes-caption")).to_contain_text("Changes 51 to 61 of 61")
    page.get_by_label("Client's code").fill(f"{mark.lower()}x")
    page.get_by_label("Client's code").press("Enter")
    expect(page.locator("#job-changes-caption")).to_contain_text("Changes 1 to 1 of 1")

    page.get_by_role("link", name="Undo this import").click()
    expect(page.locator("main")).to_contain_text(
        "60 clients would be removed, 0 put back, 1 was changed since and stays."
    )
    person.look("the preview of the undo")
    page.get_by_role("button", name="Yes, undo this import").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Undone: 60 removed; 1 left alone")
    person.look("the result of the undo")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download what was left alone").click()
    assert b"changed_since" in coming.value.path().read_bytes()
    page.goto("/jobs")
    expect(page.locator(".badge.undone").first).to_be_visible()
    person.look("the history with an undo")

    page.goto("/client-list")
    person.look("the clients")
    page.get_by_label("Name, code, number").fill("anna@")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("cell", name=f"{mark}X").wait_for()
    page.get_by_role("row").filter(has_text=f"{mark}X").get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Anna")
    expect(page.locator(".timeline")).to_contain_text("ann@example.com")
    person.look("a client")
    page.goto(f"/client?code={mark}1")
    expect(page.locator(".timeline > li").first).to_contain_text("Removed by Undo of clients.csv")
    person.look("a client that was removed")

    page.locator(".timeline > li").first.get_by_role("link").click()
    page.get_by_role("link", name="Undo this undo").click()
    person.look("the preview of the undo of an undo")
    page.get_by_role("button", name="Yes, undo this undo").click()
    expect(page.locator("h1")).to_have_text("Undone: 60 brought back")
    person.look("the result of the undo of an undo")
    person.close()


def test_an_undo_is_followed_and_cancelled_while_it_waits(browser: Browser, server: ApiServer) -> None:
    code = imported(server, f"{HEAD}W1,Will,Individual,\n".encode())
    person = Person(browser, server, **DESKTOP)
    page = person.page
    page.goto(f"/jobs/{code}/undo")
    with server.cli.locked():
        page.get_by_role("button", name="Yes, undo this import").click()
        expect(page.locator("h1")).to_have_text("Undo of clients.csv")
        expect(page.locator("#progress")).to_contain_text("Waiting for")
        person.look("the progress of an undo")
        page.get_by_text("Cancel this undo").click()
        page.get_by_role("button", name="Yes, cancel the undo").click()
        expect(page.locator("h1")).to_have_text("Cancelled: nothing was undone")
    person.look("the cancelled undo")
    person.close()


def test_the_way_back_needs_no_scripts(browser: Browser, server: ApiServer) -> None:
    code = imported(server, f"{HEAD}N1,Nan,Individual,\n".encode())
    person = Person(browser, server, **DESKTOP, java_script_enabled=False)
    page = person.page
    page.goto(f"/jobs/{code}")
    page.get_by_text("Every change, client by client").click()
    page.get_by_role("link", name="Show the changes").click()
    expect(page.locator("table.changes")).to_contain_text("N1")
    page.get_by_role("link", name="Back to the result").click()
    page.get_by_role("link", name="Undo this import").click()
    page.get_by_role("button", name="Yes, undo this import").click()
    expect(page.locator("h1")).to_have_text("Undone: 1 removed")
    person.close()

"""Covers /docs in a real browser: it draws the document from our own files, and its policy forbids nothing of that."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.service.page.browser import CHROMIUM, WITHOUT_ONE, opened
from tests.support.api_server import ApiServer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT_ONE)]

KEY = "a-key-for-tests"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("docs") / "home", CLIENT_IMPORT_API_KEYS=KEY) as server:
        yield server


def test_the_documentation_needs_no_internet_and_makes_calls(browser: Browser, guarded: ApiServer) -> None:
    page = browser.new_context(base_url=guarded.url).new_page()
    asked: list[Request] = []
    errors: list[str] = []
    page.on("request", lambda each: asked.append(each))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto("/docs")
    page.get_by_label("Key").fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".opblock").first).to_be_visible()
    assert page.locator(".opblock").count() > 15
    assert {urlsplit(each.url).netloc for each in asked if not each.url.startswith("data:")} == {
        urlsplit(guarded.url).netloc
    }
    page.locator("#operations-health-health .opblock-summary").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    assert errors == []


def test_nothing_of_it_is_written_into_the_page(guarded: ApiServer) -> None:
    answer = guarded.client.get("/docs", headers={"x-api-key": KEY})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "<script>" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text

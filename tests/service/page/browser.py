"""A real headless Chromium, and what a person does with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.api_server import ApiServer
from tests.support.cli import PATIENCE_SECONDS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WITHOUT_ONE = "There is no Chromium here: install the package chromium to test the page in a browser."

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 780}, "has_touch": True}
DARK: dict[str, Any] = {"color_scheme": "dark"}

_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")


@contextmanager
def opened() -> Iterator[Browser]:
    """Open the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


class Person:
    """Somebody at a browser, who notices every error of a script and everything axe finds."""

    def __init__(self, browser: Browser, server: ApiServer, **kind: Any) -> None:
        self.context = browser.new_context(base_url=server.url, locale="en-GB", **kind)
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    def look(self, what: str) -> None:
        """Check the page as it is: no finding of axe, nothing wider than the window, no error of a script."""
        found = Axe().run(self.page).response["violations"]
        told = [(each["impact"], each["id"], [node["html"] for node in each["nodes"][:2]]) for each in found]
        assert told == [], f"{what}: {told}"
        width, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= window, f"{what} is {width} wide in a window of {window}"
        assert self.errors == [], f"{what}: {self.errors}"

    def choose(self, file: Path) -> None:
        """Choose a file, which uploads it, up to where its plan is shown."""
        self.page.locator("#file").set_input_files(file)
        self.wait_for_plan()

    def wait_for_plan(self) -> None:
        """Wait until the page says what would happen, or why the import cannot start."""
        self.page.wait_for_selector("#check")
        self.page.wait_for_selector("#plan:not([aria-busy]), #objection")

    def redraw(self, selector: str, value: str) -> None:
        """Choose another value, and wait until the page is drawn anew, with its plan."""
        with self.page.expect_response(lambda answer: answer.url.endswith("/set-up")):
            self.page.locator(selector).focus()
            self.page.locator(selector).select_option(value)
        expect(self.page.locator(selector)).to_have_value(value)
        self.wait_for_plan()

    def start(self) -> None:
        """Start the import, and wait for its result."""
        self.page.locator("#start").click()
        self.page.wait_for_selector(".steps li.now:has-text('Result')")

    def close(self) -> None:
        """Leave; an error that was not looked at fails the test."""
        self.context.close()
        assert self.errors == []

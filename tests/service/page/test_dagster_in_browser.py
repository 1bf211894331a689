"""Covers the Dagster UI behind its guard with a real Chromium: sign in, launch a run, and see it end as it does.

Needs Chromium; skipped where there is none. PICTURES in the environment is a folder to put pictures into.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from client_import.jobs.record import Status
from tests.service.page.browser import CHROMIUM, DESKTOP, WITHOUT_ONE, opened
from tests.support.cli import PATIENCE_SECONDS
from tests.support.daemon import Daemon

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT_ONE)]

KEY = "a-key-for-tests"
EVIL = "http://127.0.0.1:1/"
CLIENTS = b"Code,Name,Type\nA1,Alpha,Ltd\n"

ATTACK = """
async ([address, query]) => {
    const asked = `${address}?query=${encodeURIComponent(query)}`, body = JSON.stringify({query});
    const tries = [
        [asked, {}],
        [asked, {method: "POST", body}],
        [asked, {method: "POST", body: new URLSearchParams({query})}],
        [address, {method: "POST", body, mode: "cors", headers: {"content-type": "application/json"}}],
    ];
    for (const [url, more] of tries)
        await fetch(url, {mode: "no-cors", credentials: "include", ...more}).catch(() => 0);
    return await new Promise(done => {
        const opened = new WebSocket(address.replace("http", "ws"), "graphql-ws");
        opened.onopen = () => done("opened");
        opened.onerror = () => done("rejected");
    });
}
"""
OWN = """
async query => {
    const headers = {"content-type": "application/json"};
    return await (await fetch("/graphql", {method: "POST", body: JSON.stringify({query}), headers})).json();
}
"""
LAUNCH = """
mutation { launchRun(executionParams: {
  selector: {repositoryLocationName: "client_import", repositoryName: "__repository__", jobName: "client_import"}
  runConfigData: {ops: {source_file: {config: {path: "/etc/passwd"}}}}
}) { __typename } }
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with closing(Daemon(tmp_path / "home", KEY)) as daemon:
        yield daemon


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_run_is_launched_and_seen_to_its_end(daemon: Daemon) -> None:
    file = daemon.folder.parents[1] / "clients.csv"
    file.write_bytes(CLIENTS)
    with opened() as browser:
        context = browser.new_context(base_url=daemon.url, locale="en-GB", **DESKTOP)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        page = context.new_page()
        rejections: list[str] = []
        frames: list[str | bytes] = []
        page.on("response", lambda answer: rejections.append(answer.url) if answer.status >= 400 else None)
        page.on("websocket", lambda opened: _listen(opened, frames))

        page.goto("/jobs")
        picture(page, "sign-in")
        page.get_by_label("Key").fill(KEY)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/jobs")
        page.get_by_role("link", name="client_import").first.wait_for()
        picture(page, "jobs")

        page.goto("/locations/client_import/jobs/client_import/playground")
        editor = page.locator(".CodeMirror").first
        expect(editor).to_contain_text("source_file")
        editor.click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(f'{{"ops": {{"source_file": {{"config": {{"path": "{file}"}}}}}}}}')
        picture(page, "launchpad")
        page.get_by_role("button", name="Launch Run").click()
        page.wait_for_url("**/runs/*")
        run = page.url.rpartition("/")[2]
        expect(page.get_by_text("Success", exact=True).first).to_be_visible()
        picture(page, "run")

        assert daemon.status(run) == "SUCCESS"
        assert [job.status for job in daemon.store.jobs()] == [Status.COMPLETED]
        _await_frame(page, frames, "RUN_SUCCESS")  # the page may show the end before the log of the run has told it
        download = context.request.get(f"/download_debug/{run}")
        assert download.headers["content-type"] == "application/gzip"
        assert download.body()[:2] == b"\x1f\x8b"
        assert rejections == []


def test_a_page_of_another_website_does_nothing_in_the_browser_of_somebody_signed_in(daemon: Daemon) -> None:
    """That page is on this very machine, so its requests have the session: only the guard refuses them."""
    with opened() as browser:
        page = browser.new_context(base_url=daemon.url).new_page()
        page.goto("/sign-in")
        page.get_by_label("Key").fill(KEY)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/overview/**")
        evil = page.context.new_page()
        evil.route(EVIL, lambda route: route.fulfill(body="<p>Win a prize</p>", content_type="text/html"))
        evil.goto(EVIL)
        assert evil.evaluate(ATTACK, [f"{daemon.url}/graphql", LAUNCH]) == "rejected"
        assert daemon.runs() == []
        assert page.evaluate(OWN, LAUNCH) == {"data": {"launchRun": {"__typename": "LaunchRunSuccess"}}}
        assert len(daemon.runs()) == 1


def _listen(opened: WebSocket, frames: list[str | bytes]) -> None:
    opened.on("framereceived", lambda frame: frames.append(frame))


def _await_frame(page: Page, frames: list[str | bytes], text: str) -> None:
    """Wait until ``text`` was heard over the WebSocket; the page must be given turns for frames to arrive."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not any(text in str(frame) for frame in frames):
        assert time.monotonic() < ends, f"{text} was not heard of while the run was looked at"
        page.wait_for_timeout(100)

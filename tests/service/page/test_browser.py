"""Covers the page in a real browser: the whole way of a file, on a desk and on a phone, by keyboard, without scripts.

Every state is looked at with axe, which must find nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service.page.browser import CHROMIUM, DARK, DESKTOP, PHONE, WITHOUT_ONE, Person, opened
from tests.service.page.visits import EXAMPLE, TWO, put_in
from tests.support.api_server import ApiServer
from tests.support.cli import wait_until

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT_ONE), pytest.mark.long]

SMALL = b"Code,Name,Type,Handler\nS1,Sam,Individual,Zoe\nS2,,Individual,Zoe\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


@pytest.fixture
def person(browser: Browser, server: ApiServer) -> Iterator[Person]:
    """Somebody at a desk."""
    person = Person(browser, server, **DESKTOP)
    yield person
    person.close()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_bytes(SMALL)
    return path


def words(page: Page, selector: str = "main") -> str:
    return re.sub(r"\s+", " ", page.locator(selector).inner_text())


@pytest.mark.parametrize("kind", [DESKTOP, PHONE | DARK], ids=["desk", "dark-phone"])
def test_the_whole_way_of_the_example(browser: Browser, tmp_path: Path, kind: dict[str, Any]) -> None:
    with ApiServer(tmp_path / "home") as server:
        person = Person(browser, server, **kind)
        page = person.page
        page.goto("/")
        person.look("the start")
        person.choose(EXAMPLE)
        person.look("the check")
        assert "18 of 19 columns imported" in words(page)
        expect(page.locator("#start")).to_have_text("Import: create 921, update 0")

        person.redraw("#field-18", "InternalReference")
        assert "19 of 19 columns imported" in words(page)
        assert (
            "my own choice, below" in words(page, "#mapping option:checked") or page.locator("#mapping").input_value()
        )
        assert page.evaluate("document.activeElement.id") == "field-18"
        person.redraw("#match_field", "NiNumber")
        expect(page.locator("#objection")).to_contain_text("No column goes to NI number")
        expect(page.locator("#start")).to_be_disabled()
        person.look("the check with an objection")
        person.redraw("#match_field", "")

        page.get_by_text("Save this for the next file").click()
        page.get_by_label("Name of the mapping").fill("Practice list")
        page.get_by_role("button", name="Save mapping").click()
        expect(page.locator(".message")).to_contain_text("is saved")
        expect(page.locator("#mapping")).to_have_value("practice-list")
        person.wait_for_plan()
        person.look("the check with a saved mapping")

        person.start()
        expect(page.locator("h1")).to_have_text("921 clients created; 73 rows need your attention")
        page.get_by_text("Every error, with its row").click()
        page.wait_for_selector("table.errors")
        person.look("the result")
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download rejected.csv").click()
        rows = Path(coming.value.path()).read_bytes()
        assert rows.count(b"\r\n") == 74

        fixed = tmp_path / "fixed.csv"
        head, *lines = [line for line in rows.split(b"\r\n") if b"Entity Type" in line or b"not_in_list" in line]
        fixed.write_bytes(b"\r\n".join([head, *lines]))
        person.choose(fixed)
        expect(page.locator("#mapping")).to_have_value("practice-list")
        type_of = [column.strip() for column in head.decode("utf-8-sig").split(",")].index("Entity Type")
        assert page.locator(f"#field-{type_of}").input_value() == "Type"
        page.goto("/jobs")
        person.look("the history")
        page.goto("/jobs/nothing")
        person.errors.clear()  # the browser notes the 404 itself
        person.look("a page that is not there")
        person.close()


def test_a_fixed_file_is_sent_again(person: Person, small: Path, tmp_path: Path) -> None:
    page = person.page
    page.goto("/")
    person.choose(small)
    person.start()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download rejected.csv").click()
    fixed = tmp_path / "not_imported.csv"
    fixed.write_bytes(Path(coming.value.path()).read_bytes().replace(b'"S2",""', b'"S2","Sue"'))
    person.choose(fixed)
    expect(page.locator("#start")).to_have_text("Import: create 1, update 0")
    person.start()
    expect(page.locator("h1")).to_have_text("1 client created")
    person.look("the result of the fixed file")


@pytest.mark.parametrize("kind", [DESKTOP, PHONE | DARK], ids=["desk", "phone"])
def test_words_are_chosen_for_and_the_opposite_is_used(
    browser: Browser, server: ApiServer, tmp_path: Path, kind: dict[str, Any]
) -> None:
    person = Person(browser, server, **kind)
    page, file, is_phone = person.page, tmp_path / "words.csv", "has_touch" in kind
    code = "P" if is_phone else "D"
    rows = f"{code}1,Ann,Widow,Yes,No\n{code}2,Bob,Ltd,0,Yes\n"
    file.write_text(f"Code,Name,Type,Do not email,Active\n{rows}")
    page.goto("/")
    person.choose(file)
    expect(page.locator("#start")).to_have_text("Import: create 1, update 0")
    person.look("words in no list, and offers")
    for column in ("Do not email", "Active"):
        with page.expect_response(lambda answer: answer.url.endswith("/set-up")):
            page.get_by_role("button", name=f"Use it for {column}").click()
        person.wait_for_plan()
    with page.expect_response(lambda answer: answer.url.endswith("/set-up")):
        page.get_by_label("What Widow means in Type").select_option("Individual")
    person.wait_for_plan()
    expect(page.locator("#start")).to_have_text("Import: create 2, update 0")
    person.look("words that mean a member")
    person.start()
    expect(page.locator("h1")).to_have_text("2 clients created")
    person.close()


def test_an_import_is_cancelled_while_it_waits(person: Person, server: ApiServer, small: Path) -> None:
    page = person.page
    page.goto("/")
    person.choose(small)
    server.run(TWO)  # so that there is a clients database to be locked
    with server.cli.locked():
        page.locator("#start").click()
        expect(page.locator("#progress")).to_contain_text("Waiting for another import")
        expect(page.locator("#said")).to_contain_text("Waiting for another import")
        person.look("the progress")
        page.get_by_text("Cancel this import").click()
        person.look("the progress with its question")
        page.get_by_role("button", name="Yes, cancel the import").click()
        expect(page.locator("h1")).to_have_text("Cancelled: nothing was imported")
    person.look("the cancelled import")


def test_a_running_import_is_asked_for_the_less_often_the_longer_nothing_changes(
    person: Person, server: ApiServer, small: Path
) -> None:
    page, asked, answered = person.page, list[str](), list[str]()
    server.run(TWO)
    page.clock.install()
    page.goto("/")
    person.choose(small)
    page.on("request", lambda request: asked.append(request.url) if "/progress" in request.url else None)
    page.on("requestfinished", lambda request: answered.append(request.url) if "/progress" in request.url else None)
    with server.cli.locked():
        page.locator("#start").click()
        expect(page.locator("#progress")).to_contain_text("Waiting for another import")
        hide(page, is_hidden=True)
        wait_until(lambda: page.wait_for_timeout(50) or len(answered) == len(asked), "what was asked for before")
        asked.clear()
        page.clock.run_for(600_000)
        assert asked == []
        with page.expect_response("**/progress"):
            hide(page, is_hidden=False)
        page.clock.run_for(3_000)
        assert len(asked) == 1
        with page.expect_response("**/progress"):
            page.clock.run_for(10_000)
    page.clock.resume()
    expect(page.locator("h1")).not_to_contain_text("Importing")


def hide(page: Page, *, is_hidden: bool) -> None:
    """Hide the tab as if another one were looked at, or show it again."""
    page.evaluate(
        """(isHidden) => {
            Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )


def test_everything_is_done_by_keyboard(person: Person, small: Path) -> None:
    page = person.page
    page.on("filechooser", lambda _: None)  # asked for this early, the browser surely catches the one below
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to(page, "#file")
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Enter")
    choosing.value.set_files(small)
    person.wait_for_plan()
    tab_to(page, "#import_mode")
    with page.expect_response(lambda answer: answer.url.endswith("/set-up")):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#import_mode")).to_have_value("CreateOnly")
    person.wait_for_plan()
    assert page.evaluate("document.activeElement.id") == "import_mode"
    tab_to(page, "#start")
    page.keyboard.press("Enter")
    page.wait_for_selector(".steps li.now:has-text('Result')")


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the element has the focus, which must be seen on each way-point."""
    for _ in range(most):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way by keyboard to {selector}")


@pytest.mark.parametrize("window", [(320, 256), (375, 780), (640, 450)], ids=["400%", "phone", "200%"])
def test_nothing_hides_what_has_the_focus_or_a_name(
    browser: Browser, server: ApiServer, window: tuple[int, int]
) -> None:
    person = Person(browser, server, viewport={"width": window[0], "height": window[1]})
    page = person.page
    code = put_in(server, SMALL.replace(b"S", b"F%d" % window[0]), f"{'long ' * 40}.csv")
    page.goto(f"/jobs/{code}")
    person.wait_for_plan()
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(HIDDEN) == ""
        if page.evaluate("document.activeElement.id") == "start":
            break
    page.locator("#start").click()
    page.wait_for_selector(".steps li.now:has-text('Result')")
    page.goto("/jobs")
    name, state = page.locator(".jobs tbody th").first.bounding_box(), page.locator(".jobs .badge").first.bounding_box()
    assert name is not None
    assert state is not None
    assert state["x"] >= name["x"] + name["width"] or state["y"] >= name["y"] + name["height"]
    person.close()


HIDDEN = """(() => {
    const [focused, bar] = [document.activeElement, document.querySelector(".start-bar")];
    const [at, over] = [focused.getBoundingClientRect(), bar.getBoundingClientRect()];
    const isSeen = bar.contains(focused) || at.bottom <= over.top + 1 || at.top >= over.bottom;
    return isSeen ? "" : focused.outerHTML;
})()"""
"""What has the focus, if the bar with the buttons is over it."""


def test_a_file_is_dropped(person: Person) -> None:
    page = person.page
    page.goto("/")
    dropped = page.evaluate_handle(
        """(text) => {
            const data = new DataTransfer();
            data.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
            return data;
        }""",
        SMALL.decode(),
    )
    page.dispatch_event("main", "dragover", {"dataTransfer": dropped})
    expect(page.locator(".drop")).to_have_class(re.compile("over-it"))
    page.dispatch_event("main", "drop", {"dataTransfer": dropped})
    person.wait_for_plan()
    expect(page.locator("h1")).to_have_text("Check dropped.csv")


def test_without_scripts_it_is_plain_forms(browser: Browser, server: ApiServer, small: Path) -> None:
    person = Person(browser, server, **DESKTOP, java_script_enabled=False)
    page = person.page
    page.goto("/")
    page.locator("#file").set_input_files(small)
    page.get_by_role("button", name="Upload and check").click()
    page.locator("#import_mode").select_option("UpdateOnly")
    page.get_by_role("button", name="Show with these choices").click()
    expect(page.locator("#import_mode")).to_have_value("UpdateOnly")
    page.get_by_role("link", name="See what would happen").click()
    expect(page.locator("#plan")).to_contain_text("To skip")
    page.locator("#import_mode").select_option("CreateAndUpdate")
    page.locator("#start").click()
    page.wait_for_selector(".steps li.now:has-text('Result')")
    person.close()


def test_a_server_that_is_away_is_told_and_noticed_when_it_is_back(browser: Browser, tmp_path: Path) -> None:
    with ApiServer(tmp_path / "home") as server:
        code = put_in(server, SMALL)
        person = Person(browser, server, **DESKTOP)
        page = person.page
        page.goto(f"/jobs/{code}")
        person.wait_for_plan()
        server.stop()
        page.locator("#import_mode").select_option("UpdateOnly")
        expect(page.locator("#away")).to_be_visible()
        expect(page.locator("#away")).to_contain_text("The server does not answer")
        server.start()
        with page.expect_response(lambda answer: answer.url.endswith("/set-up")):
            expect(page.locator("#away")).to_be_hidden()
        person.wait_for_plan()
        expect(page.locator("#import_mode")).to_have_value("UpdateOnly")
        expect(page.locator("#start")).to_have_text("Finish: there is nothing to change")

        page.route("**/set-up", lambda route: route.fulfill(status=503, content_type="text/html", body="Not now"))
        page.locator("#import_mode").select_option("CreateAndUpdate")
        expect(page.locator("#notice")).to_have_text("Not now")
        expect(page.locator("#import_mode")).to_have_value("UpdateOnly")
        person.errors.clear()  # the browser notes each call that was not answered
        person.close()


@pytest.mark.parametrize("kind", [DESKTOP | DARK, PHONE], ids=["dark-desk", "phone"])
def test_signing_in(browser: Browser, tmp_path: Path, kind: dict[str, Any]) -> None:
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_API_KEYS="open-sesame") as server:
        person = Person(browser, server, **kind)
        page = person.page
        page.goto("/jobs")
        person.look("the way in")
        page.get_by_label("Key").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#key-error")).to_contain_text("not one of the keys")
        person.errors.clear()  # the browser notes the 403 itself
        person.look("the way in with an error")
        page.get_by_label("Key").fill("open-sesame")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("h1")).to_have_text("History")
        person.look("the empty history")
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("h1")).to_have_text("Sign in")
        person.close()

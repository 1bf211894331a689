"""Covers the grid in which rejected rows are fixed, in a real browser: by keyboard alone, on a desk and on a phone.

Every state of it is looked at with axe, which must find nothing at all.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service.page.browser import CHROMIUM, DARK, DESKTOP, PHONE, WITHOUT_ONE, Person, opened
from tests.service.page.visits import EXAMPLE, imported, put_in
from tests.support.api_server import ApiServer

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT_ONE), pytest.mark.long]

HEAD = "Code,Name,Type,Email,Shoe Size\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


def wrong_rows(mark: str, count: int = 3) -> bytes:
    lines = [f"{mark}{n},Client {n},Zorp,mail{n}@,9" for n in range(1, count + 1)]
    return (HEAD + "\n".join(lines) + f"\n{mark}X,Right,Ltd,,9\n").encode()


def cell(page: Page, row: int, column: str) -> Any:
    """The cell of the file's ``row`` below the header ``column``."""
    page.locator("#grid tbody td").first.wait_for()
    headers = page.locator("#grid thead th").all_text_contents()
    line = page.locator("#grid tbody tr").filter(has=page.locator("th", has_text=f"{row}").first)
    return line.first.locator("td").nth(headers.index(column) - 1)


def value(page: Page, row: int, column: str) -> Any:
    return cell(page, row, column).locator(".value")


def saved(page: Page) -> None:
    expect(page.locator("#kept")).to_have_text("Everything is saved.")


def opened_grid(browser: Browser, server: ApiServer, code: str, **kind: Any) -> Person:
    person = Person(browser, server, **kind)
    person.page.goto(f"/jobs/{code}/fixes")
    person.page.locator("#grid tbody td").first.wait_for()
    return person


@pytest.mark.parametrize("kind", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_the_first_wrong_cell_of_a_wide_table_is_in_sight(
    browser: Browser, server: ApiServer, kind: dict[str, Any]
) -> None:
    code = imported(server, EXAMPLE.read_bytes())
    person = opened_grid(browser, server, code, **kind)
    in_sight = """cell => {
        const [inner, outer] = [cell, document.querySelector("#grid-box")].map(each => each.getBoundingClientRect());
        return outer.left <= inner.left && inner.right <= outer.right && document.activeElement === document.body;
    }"""
    assert person.page.locator("#grid td.wrong").first.evaluate(in_sight)
    assert person.page.evaluate("scrollY") == 0
    person.close()


@pytest.mark.parametrize("kind", [DESKTOP, PHONE | DARK], ids=["desk", "dark-phone"])
def test_rows_are_fixed_and_imported_by_keyboard_alone(
    browser: Browser, server: ApiServer, kind: dict[str, Any]
) -> None:
    code = imported(server, wrong_rows("P" if "has_touch" in kind else "D"))
    person = Person(browser, server, **kind)
    page = person.page
    page.goto(f"/jobs/{code}")
    person.look("the result")
    page.get_by_role("link", name="Fix the rejected rows here").focus()
    page.keyboard.press("Enter")
    page.locator("#grid tbody td").first.wait_for()
    person.look("the grid")
    expect(page.locator("#grid-caption")).to_have_text("Rows 1 to 3 of 3")
    expect(cell(page, 2, "Email")).to_have_attribute("aria-invalid", "true")
    expect(cell(page, 2, "Email")).to_contain_text("not an email address")
    assert "Shoe Size" not in page.locator("#grid thead").inner_text()

    expect(page.locator("#replace")).to_be_disabled()
    page.locator("#only-typed").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(cell(page, 2, "Code")).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(cell(page, 2, "Email")).to_be_focused()
    expect(page.locator("#cell-help")).to_contain_text("Row 2, Email:")
    page.keyboard.type("one@example.com")
    person.look("the grid while a cell is edited")
    page.keyboard.press("Enter")
    expect(cell(page, 3, "Email")).to_be_focused()
    saved(page)
    expect(cell(page, 2, "Email")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#touched")).to_have_text("1")

    page.keyboard.press("F2")
    page.keyboard.type("never")
    page.keyboard.press("Escape")
    expect(value(page, 3, "Email")).to_have_text("mail2@")
    page.keyboard.press("Delete")
    saved(page)
    expect(value(page, 3, "Email")).to_have_text("")
    page.keyboard.press("Control+z")
    expect(value(page, 3, "Email")).to_have_text("mail2@")
    page.keyboard.press("Control+y")
    expect(value(page, 3, "Email")).to_have_text("")
    saved(page)

    page.keyboard.press("ArrowLeft")
    expect(cell(page, 3, "Type")).to_be_focused()
    page.locator("#replace").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#replaced-value")).to_have_text("Zorp")
    person.look("the question what to replace")
    page.keyboard.type("Ltd")
    page.keyboard.press("Enter")
    expect(page.locator("#replacements")).to_contain_text("“Zorp” is “Ltd” now, in 3 rows")
    expect(value(page, 4, "Type")).to_have_text("Ltd")
    person.look("the grid with a replacement")
    page.locator("#import-rows").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".steps li.now:has-text('Result')")
    expect(page.locator("h1")).to_contain_text("2")
    page.goto(f"/jobs/{code}/fixes")
    page.locator("#grid tbody td").first.wait_for()
    expect(page.locator("#fixes")).to_contain_text("These rows were imported.")
    expect(page.locator("#import-rows")).to_be_disabled()
    person.look("the grid of rows that were imported")
    person.close()


def test_a_block_is_pasted_and_taken_back(browser: Browser, server: ApiServer) -> None:
    code = imported(server, wrong_rows("B"))
    person = opened_grid(browser, server, code, **DESKTOP)
    page = person.page
    cell(page, 2, "Type").focus()
    paste = """text => {
        const data = new DataTransfer();
        data.setData("text/plain", text);
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
    }"""
    page.evaluate(paste, 'Ltd\ta@example.com\r\n"In\ndividual"\tb@example.com\r\n')
    saved(page)
    expect(value(page, 2, "Email")).to_have_text("a@example.com")
    expect(value(page, 3, "Type")).to_have_text("In\ndividual")
    expect(value(page, 4, "Type")).to_have_text("Zorp")
    page.locator("#undo").click()
    expect(value(page, 3, "Email")).to_have_text("mail2@")
    saved(page)
    page.reload()
    expect(value(page, 2, "Type")).to_have_text("Zorp")
    cell(page, 4, "Email").focus()
    page.evaluate(paste, "d@example.com\ne@example.com\n")
    expect(page.locator("#notice")).to_contain_text("1 rows of what was pasted do not fit")
    expect(value(page, 4, "Email")).to_have_text("d@example.com")
    saved(page)

    hidden = imported(server, b"Code,Name,Type,NI Number\nH1,Ann,Zorp,QQ123456C\n")
    page.goto(f"/jobs/{hidden}/fixes")
    for number in ("AB123456C", "CE123456D"):
        cell(page, 2, "NI Number").focus()
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        expect(value(page, 2, "NI Number")).to_have_text("•••")
    page.locator("#undo").click()
    expect(value(page, 2, "NI Number")).to_have_text("•••")
    saved(page)
    rows = server.client.get(f"/clients/import/csv/{hidden}/fixes", params={"reveal": True}).json()["rows"]
    assert rows[0]["cells"][3] == "AB123456C"
    person.close()


def test_tab_goes_through_the_cells_and_escape_leaves_them(browser: Browser, server: ApiServer) -> None:
    code = imported(server, wrong_rows("T"))
    person = opened_grid(browser, server, code, **DESKTOP)
    page = person.page
    cell(page, 2, "Code").focus()
    page.keyboard.press("Tab")
    expect(cell(page, 2, "Name")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.type(" Ltd")
    page.keyboard.press("Tab")
    expect(cell(page, 2, "Type")).to_be_focused()
    expect(value(page, 2, "Name")).to_have_text("Client 1 Ltd")
    page.keyboard.press("Control+End")
    expect(cell(page, 4, "Email")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('#grid')")
    page.keyboard.press("Shift+Tab")
    expect(cell(page, 4, "Email")).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("!document.activeElement.closest('#grid')")
    person.close()


def test_nothing_typed_is_lost_by_a_lost_connection_and_a_reload(browser: Browser, server: ApiServer) -> None:
    code = imported(server, wrong_rows("L"))
    person = opened_grid(browser, server, code, **DESKTOP)
    page = person.page
    lost = "**/fixes"
    page.route(lost, lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    cell(page, 2, "Type").focus()
    page.keyboard.type("Ltd")
    page.keyboard.press("Enter")
    expect(page.locator("#kept")).to_contain_text("Not saved yet: 1 in this browser. The server does not answer.")
    page.locator("#import-rows").click()
    expect(page.locator("#notice")).to_contain_text("not saved yet")
    expect(page.locator("#notice")).to_be_in_viewport()
    page.reload()
    expect(value(page, 2, "Type")).to_have_text("Ltd")
    expect(page.locator("#kept")).to_contain_text("Not saved yet")
    other = person.context.new_page()  # where what waits in the first tab waits, too
    other.route(lost, lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    other.goto(page.url)
    expect(other.locator("#kept")).to_contain_text("Not saved yet")
    cell(page, 2, "Type").focus()
    page.keyboard.type("Charity")
    page.locator("#import-rows").click()
    expect(page.locator("#notice")).to_contain_text("not saved yet")
    page.unroute(lost)
    saved(page)
    expect(page.locator("#notice")).to_be_empty()
    other.unroute(lost)
    saved(other)
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(value(page, 2, "Type")).to_have_text("Charity")
    person.errors.clear()  # of the calls that were cut off
    person.close()


def test_rows_are_filtered_and_a_refused_cell_is_told(browser: Browser, server: ApiServer) -> None:
    data = wrong_rows("F", 120) + b"FY,,Ltd,y@example.com,9\n"
    code = imported(server, data)
    person = opened_grid(browser, server, code, **PHONE)
    page = person.page
    expect(page.locator("#grid-caption")).to_have_text("Rows 1 to 50 of 121")
    page.locator("#later").click()
    expect(page.locator("#grid-caption")).to_have_text("Rows 51 to 100 of 121")
    page.locator("#only-reason").select_option("missing_required")
    expect(page.locator("#grid-caption")).to_have_text("Rows 1 to 1 of 1")
    page.locator("#only-reason").select_option("")
    page.locator("#only-column").select_option("Email")
    expect(page.locator("#grid-caption")).to_have_text("Rows 1 to 50 of 120")
    page.locator("#all-columns").check()
    expect(page.locator("#grid thead")).to_contain_text("Shoe Size")
    page.locator("#page-number").fill("3")
    page.locator("#page-number").press("Enter")
    expect(page.locator("#grid-caption")).to_have_text("Rows 101 to 120 of 120")
    person.look("the last page of filtered rows on a phone")
    answer = server.client.post(f"/clients/import/csv/{code}/fixes/import")
    server.ended(answer.json()["code"])
    page.locator("#grid tbody td").first.focus()
    page.keyboard.type("late")
    page.locator("#import-rows").click()
    expect(page.locator("#notice")).to_contain_text("were imported as job")
    expect(page.locator("#notice")).to_be_in_viewport()
    expect(page.locator("#kept")).to_have_text("Not everything is kept.")
    expect(page).to_have_url(f"{server.url}/jobs/{code}/fixes")
    page.locator("#import-rows").click()
    expect(page).to_have_url(f"{server.url}/jobs/{answer.json()['code']}")
    person.errors.clear()  # of the refused call
    person.close()


def test_good_rows_are_imported_before_the_others_are_fixed(browser: Browser, server: ApiServer) -> None:
    code = put_in(server, wrong_rows("G"))
    person = Person(browser, server, **PHONE)
    page = person.page
    page.goto(f"/jobs/{code}")
    person.wait_for_plan()
    expect(page.locator(".rejected-rows td.wrong").first).to_contain_text("Zorp")
    person.look("the plan with its rejected rows")
    page.get_by_role("button", name="Import the good rows now, and fix the others here").focus()
    page.keyboard.press("Enter")
    expect(value(page, 2, "Type")).to_have_text("Zorp")
    expect(page).to_have_url(f"{server.url}/jobs/{code}/fixes")
    assert server.job(code)["createdCount"] == 1
    person.close()


def test_hundred_thousand_rejected_rows_are_fixed(browser: Browser, server: ApiServer) -> None:
    """Prints how long it takes from a typed cell to its verdict, in milliseconds: the median and the worst of 30."""
    lines = "".join(f"H{n},Client {n},Zorp,mail{n}@,9\n" for n in range(100_000))
    code = imported(server, (HEAD + lines).encode())
    person = opened_grid(browser, server, code, **DESKTOP)
    page = person.page
    expect(page.locator("#grid-caption")).to_have_text("Rows 1 to 50 of 100,000")
    page.locator("#page-number").fill("2000")
    page.locator("#page-number").press("Enter")
    expect(page.locator("#grid-caption")).to_have_text("Rows 99,951 to 100,000 of 100,000")
    cell(page, 99_952, "Email").focus()
    times = []
    for n in range(30):
        took = page.evaluate(
            """async text => {
                const cell = document.activeElement;
                const begun = performance.now();
                cell.dispatchEvent(new KeyboardEvent("keydown", {key: "F2", bubbles: true}));
                document.activeElement.value = text;
                document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
                const isWrong = !text.includes(".");
                while (document.documentElement.dataset.kept !== "true" || cell.classList.contains("wrong") !== isWrong
                    || cell.querySelector(".value").textContent !== text) await new Promise(requestAnimationFrame);
                cell.focus();
                return performance.now() - begun;
            }""",
            f"m{n}@example" if n % 2 else f"m{n}@example.com",
        )
        times.append(took)
    print(f"from a typed cell to its verdict: {statistics.median(times):.0f} ms, the worst {max(times):.0f} ms")
    assert statistics.median(times) < 2_000
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.locator("#replace").click()
    page.locator("#replacement").fill("Ltd")
    page.locator("#replacing button.main").click()
    expect(page.locator("#replacements")).to_contain_text("in 100,000 rows")
    person.look("the grid of 100,000 rows")
    person.close()

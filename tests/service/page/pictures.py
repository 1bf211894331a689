"""The pictures in README.md, of the page and Dagster with the example: ``python -m tests.service.page.pictures``."""

from __future__ import annotations

import io
import tempfile
from contextlib import closing
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.service.page.browser import CHROMIUM, DARK, PHONE, WITHOUT_ONE, Person, opened
from tests.service.page.visits import EXAMPLE, imported
from tests.support.api_server import ApiServer
from tests.support.cli import PATIENCE_SECONDS, wait_until
from tests.support.daemon import Daemon

IMAGES = Path(__file__).parents[3] / "docs" / "images"
_DESK = {"viewport": {"width": 1180, "height": 820}, "device_scale_factor": 1.25}
_WIDE = {"viewport": {"width": 1720, "height": 560}}
_GRAPH = {"x": 370, "y": 112, "width": 1305, "height": 350}
"""Where the assets are in the window once the menu is hidden; all of their cards fit into it."""


def take() -> None:
    """Walk through the page and the Dagster UI with the examples, and keep what they look like."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with opened() as browser:
        take_lineage(browser)
    with tempfile.TemporaryDirectory() as folder, ApiServer(Path(folder) / "home") as server, opened() as browser:
        person = Person(browser, server, **_DESK)
        person.page.goto("/")
        person.choose(EXAMPLE)
        person.page.evaluate("document.querySelector('#columns-head').scrollIntoView()")
        _keep(person, "page-check.png")
        person.start()
        _keep(person, "page-result.png")
        person.close()
        imported(server, b"Client Ref,Client Name\nAMA001,Amara Tarnwith\n")
        person = Person(browser, server, **PHONE, **DARK, device_scale_factor=2)
        person.page.goto("/")
        person.choose(EXAMPLE.with_name("clients-update.csv"))
        person.page.evaluate("document.querySelector('#plan').scrollIntoView()")
        _keep(person, "page-phone.png")
        person.close()


def take_lineage(browser: Browser) -> None:
    """Import the example in Dagster, and keep what its lineage looks like then."""
    settings = {"CLIENT_IMPORT_LAUNCH_FROM": str(EXAMPLE.parent)}
    with tempfile.TemporaryDirectory() as folder, closing(Daemon(Path(folder) / "home", **settings)) as daemon:
        run = daemon.launch(path=str(EXAMPLE))
        wait_until(lambda: daemon.status(run) == "SUCCESS", "the run", 1)
        page = browser.new_page(base_url=daemon.url, locale="en-GB", **_WIDE)
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.goto("/asset-groups")
        page.get_by_text("Hide navigation").click()
        page.reload()
        page.get_by_text("SQLite").first.wait_for()
        page.wait_for_timeout(2000)  # until the graph stands still
        _keep_picture(page.screenshot(clip=_GRAPH), "lineage.png")
        page.close()


def _keep(person: Person, name: str) -> None:
    _keep_picture(person.page.screenshot(), name)


def _keep_picture(taken: bytes, name: str) -> None:
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    picture.save(IMAGES / name, optimize=True)
    print(IMAGES / name, (IMAGES / name).stat().st_size // 1024, "kB")


if __name__ == "__main__":
    assert CHROMIUM, WITHOUT_ONE
    take()

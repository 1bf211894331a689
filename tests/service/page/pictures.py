"""The pictures of the page in README.md: ``python -m tests.service.page.pictures`` takes them anew, of the example."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image

from tests.service.page.browser import CHROMIUM, DARK, PHONE, WITHOUT_ONE, Person, opened
from tests.service.page.visits import EXAMPLE, imported
from tests.support.api_server import ApiServer

IMAGES = Path(__file__).parents[3] / "docs" / "images"
_DESK = {"viewport": {"width": 1180, "height": 820}, "device_scale_factor": 1.25}


def take() -> None:
    """Walk through the page with the examples, and keep what it looks like."""
    IMAGES.mkdir(parents=True, exist_ok=True)
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


def _keep(person: Person, name: str) -> None:
    picture = Image.open(io.BytesIO(person.page.screenshot())).convert("RGB")
    picture.save(IMAGES / name, optimize=True)
    print(IMAGES / name, (IMAGES / name).stat().st_size // 1024, "kB")


if __name__ == "__main__":
    assert CHROMIUM, WITHOUT_ONE
    take()

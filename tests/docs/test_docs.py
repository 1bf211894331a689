"""README and the pages name every command, option and setting there is, and nothing else; examples come out so."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import typer.main

from client_import.settings import PREFIX, Settings
from service.cli import app
from tests.support.cli import CommandLine

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "deploy" / "README.md", *(ROOT / "docs").glob("*.md"))
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")


def test_readme_lists_every_command() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"^\| `client-import ([a-z-]+)", README, re.MULTILINE)) == commands


def test_pages_list_every_option_of_run_and_preview() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    parameters = [parameter for name in ("run", "preview") for parameter in commands[name].params]
    names = {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)}
    page = "\n".join((ROOT / "docs" / name).read_text("utf-8") for name in ("command-line.md", "options.md"))
    options = re.findall(r"^\| (`--.+?) \|", page, re.MULTILINE)
    assert set(re.findall(r"--[a-z-]+", " ".join(options))) == {name for name in names if name.startswith("--")}


def test_settings_page_lists_every_setting_once_with_its_default_and_what_it_is() -> None:
    rows = re.findall(r"^\| `(CLIENT_IMPORT_\w+)` \| (?:`([^`]+)`|empty)[^|]* \| (.+) \|$", SETTINGS, re.MULTILINE)
    assert sorted(rows) == sorted(
        (f"{PREFIX}{name.upper()}", "false" if field.default is False else str(field.default), field.description)
        for name, field in Settings.model_fields.items()
    )


def test_settings_page_says_the_unit_of_each_number_that_has_one() -> None:
    units = re.findall(r"^\| `CLIENT_IMPORT_\w+_([A-Z]+)` \| `[0-9]+` (\w+) \|", SETTINGS, re.MULTILINE)
    assert set(units) == {("SECONDS", "seconds"), ("DAYS", "days"), ("MB", "MiB"), ("BYTES", "bytes")}
    names = [name for name in Settings.model_fields if name.endswith(("_seconds", "_days", "_mb", "_bytes"))]
    assert len(units) == len(names)


def test_example_of_the_readme_comes_out_as_it_says(tmp_path: Path) -> None:
    source, printed, rejected = re.findall(r"^```(?:csv|console)\n(.+?)^```$", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "clients.csv").write_text(source, "utf-8")
    home = tmp_path / "var"
    answer = CommandLine(home)("run", str(tmp_path / "clients.csv"))
    assert answer.status == 3
    (folder,) = (home / "jobs").iterdir()
    code = re.search(r"^Job (\w+):", printed, re.MULTILINE)
    assert code
    said = answer.stdout.replace(str(home), "/srv/clients/var").replace(folder.name, code[1])
    said = re.sub(r"rows in \d+(?:\.\d)? s", "rows in 0.3 s", said)
    assert f"$ client-import run clients.csv\n{said}" == printed
    with (folder / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [[row[0], *row[4:]] for row in csv.reader(file)]
    assert rows == list(csv.reader(rejected.splitlines()[1:]))


def test_security_page_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"`((?:page/)?(?:test|soak)_[a-z_]+[.]py)`", page))
    assert len(named) > 20
    assert {name for name in named if not [*(ROOT / "tests").rglob(name)]} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_a_heading_lead_to_one_that_is_there(page: Path) -> None:
    for file, anchor in re.findall(r"\]\((?!https:)([^)#]*)#([^)]+)\)", page.read_text("utf-8")):
        linked = page.parent / file if file else page
        headings = re.findall(r"^#+ (.+)$", linked.read_text("utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_links_every_page() -> None:
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert pages - set(re.findall(r"\]\(([^)#]+)", README)) == set()


def test_readme_is_short() -> None:
    lines = README.splitlines()
    assert len(lines) <= 170
    assert max(map(len, lines)) <= 120

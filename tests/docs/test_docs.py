"""The README names every command, option and setting there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from client_import.settings import PREFIX, Settings
from service.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_readme_lists_every_command() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"^\| `client-import ([a-z-]+)", README, re.MULTILINE)) == commands


def test_readme_lists_every_option_of_run() -> None:
    run = typer.main.get_command(app).commands["run"]  # type: ignore[attr-defined]
    options = {option for parameter in run.params for option in parameter.opts if option.startswith("--")}
    assert options - {"--help", "--day-first"} <= set(re.findall(r"--[a-z-]+", README))


def test_readme_lists_every_setting_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(CLIENT_IMPORT_\w+)` \| (?:`([^`]+)` )?\|", README, re.MULTILINE))
    assert rows == {f"{PREFIX}{name.upper()}": str(field.default) for name, field in Settings.model_fields.items()}


def test_readme_says_what_each_setting_is() -> None:
    for field in Settings.model_fields.values():
        assert f"| {field.description} |" in README


def test_security_page_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"`((?:page/)?(?:test|soak)_[a-z_]+[.]py)`", page))
    assert len(named) > 20
    assert {name for name in named if not [*(ROOT / "tests").rglob(name)]} == set()

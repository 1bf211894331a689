"""The files of the project, and their texts."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_LEFT_OUT = ("service/page/static/vendor/", "tests/files/")
"""Code of others, and data."""


@cache
def files() -> tuple[str, ...]:
    """The paths of the files of the project, those that are not committed yet among them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("no git repository, so which files are of the project is not known")
    return tuple(name for name in sorted(set(listed.stdout.split("\0"))) if (ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Yield the path of each text of the project, and the text; what others wrote, and data, is left out."""
    for name in files():
        if not name.startswith(_LEFT_OUT):
            try:
                yield name, (ROOT / name).read_text("utf-8")
            except UnicodeDecodeError:
                continue  # a picture

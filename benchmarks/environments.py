"""An environment for each contestant, made with venv and pip, once, and kept; the project's is as its users have it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.contestants import ROOT, Contestant

REQUIREMENTS = ROOT / "benchmarks" / "requirements"
INSTALL_SECONDS = 900

_VERSIONS = """
import json, sys
from importlib.metadata import version
print(json.dumps({name: version(name) for name in sys.argv[1:]} | {"python": sys.version.split()[0]}))
"""


class NotInstalledError(Exception):
    """A contestant's packages could not be installed; the text says why."""


def python_for(contestant: Contestant, folder: Path) -> Path:
    """Return the interpreter of a contestant, whose environment is made below ``folder`` when it is missing.

    Raises NotInstalledError.
    """
    if contestant.requirements is None:
        requirements = ROOT / "requirements.lock"  # without the tools beside it, some of which Pandera would import
    else:
        requirements = REQUIREMENTS / f"{contestant.requirements}.txt"
    home = folder / requirements.stem
    python = home / "bin" / "python"
    stamp = home / requirements.name
    if stamp.exists() and stamp.read_bytes() == requirements.read_bytes():
        return python
    shutil.rmtree(home, ignore_errors=True)
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    steps: list[list[str | Path]] = [
        [sys.executable, "-m", "venv", "--without-pip", home],  # which takes longer to install than most contestants
        [*pip, "install", "--quiet", "--no-input", "-r", requirements],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise NotInstalledError(lines[-1])
    shutil.copy(requirements, stamp)
    return python


def versions(contestant: Contestant, python: Path) -> dict[str, str]:
    """Return the versions of Python and of the packages that the contestant is made of."""
    done = subprocess.run(
        [python, "-c", _VERSIONS, *contestant.packages], capture_output=True, text=True, check=True, timeout=60
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found

"""Covers completion in bash behind = and :, at which it ends a word; test_completion.py has what is offered."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
from pathlib import Path

import pytest

from service.bash_words import joined
from tests.support.cli import COMMAND, PATIENCE_SECONDS, CommandLine


@pytest.mark.parametrize(
    ("pieces", "word", "kept"),
    [
        (["run", "--mode", "up"], "up", ""),
        (["run", "--mode", "=", "up"], "--mode=up", ""),
        (["run", "--mode", "="], "--mode=", ""),
        (["run", "--mode", "=", ""], "", ""),  # a blank was typed after it
        (["run", "--mode=up"], "--mode=up", ""),  # who has taken = out of COMP_WORDBREAKS
        (["run", "--map", "Ref", "=", "Comp"], "Ref=Comp", "Ref="),
        (["run", "--map", "Ref", "="], "Ref=", "Ref="),
        (["run", "--map", "=", "Ref", "=", "Comp"], "--map=Ref=Comp", "Ref="),
        (["run", "--map", '"Co. No."', "=", "Comp"], '"Co. No."=Comp', "Co. No.="),
        (["run", "--map", '"Co. No.=Comp'], '"Co. No.=Comp', ""),
        (["run", "--value", "Type", ":", "Widow", "=", "Ind"], "Type:Widow=Ind", "Type:Widow="),
        (["run", "--value", "Type", ":=", "I"], "Type:=I", "Type:="),
        (["run", "it's", "=", "x"], "it's=x", "it's="),
        (["run", ""], "", ""),
    ],
)
def test_pieces_are_joined_to_the_words_that_were_typed(pieces: list[str], word: str, kept: str) -> None:
    words, begins = joined(["client-import", *pieces])
    assert (words[:2], words[-1], begins) == (["client-import", "run"], word, kept)


def completed(home: Path, *lines: str) -> list[str]:
    """Type the lines into a bash, each followed by the Tab key; returns what they are after that."""
    environment = {**CommandLine(home / "home").environment, "HOME": str(home), "TERM": "dumb"}
    environment["PATH"] = f"{COMMAND.parent}:{environment.get('PATH', os.defpath)}"
    install = ["bash", "-c", f"{shlex.quote(str(COMMAND))} --install-completion; exit $?"]
    subprocess.run(install, env=environment, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    ours, its = pty.openpty()
    typed = "".join(f"{line}\t\x01printf '<%s>' \n" for line in lines)  # Ctrl-A: to be printed instead of run
    with subprocess.Popen(
        ["bash", "-i"], stdin=its, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as shell:
        os.close(its)
        os.write(ours, f"{typed}exit\n".encode())
        printed, _ = shell.communicate(timeout=PATIENCE_SECONDS)
    os.close(ours)
    words = printed.decode().replace("<client-import>", "\n").splitlines()
    return [line.removeprefix("<").removesuffix(">").replace("><", " ") for line in words if line]


def test_bash_completes_behind_its_word_breaks(tmp_path: Path) -> None:
    typed = {
        "run --mode=up": "run --mode=update-only",
        "run --map Ref=CompanyNu": "run --map Ref=CompanyNumber",
        "run --map 'Co. No.'=CompanyNu": "run --map Co. No.=CompanyNumber",
        "run --value Type:Widow=Ind": "run --value Type:Widow=Individual",
        "run --match-on Co": "run --match-on Co",
    }
    assert completed(tmp_path, *(f"client-import {line}" for line in typed)) == list(typed.values())

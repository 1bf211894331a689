"""The page of the rules has what the code refers to: its sections, and every field, reason and option value by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from client_import.jobs.record import Job, Status
from client_import.options import Duplicates, MatchField, Mode
from client_import.reading.layout import IMPORT_COLUMNS
from client_import.row_errors import Reason, SkipReason, StopReason
from tests.support.project_files import ROOT, texts

PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\d+)[.] .+\n((?:(?!## ).*\n)+)", PAGE, re.MULTILINE))

_REFERENCE = re.compile(r"docs/rules\.md,?\s+(?:sections?\s+(\d+)(?:\s+(?:and|to)\s+(\d+))?|L(\d))")


def test_every_section_that_is_referred_to_is_there() -> None:
    assert list(SECTIONS) == [str(number) for number in range(1, 13)]
    references = [(name, found) for name, text in texts() for found in _REFERENCE.findall(text)]
    assert len(references) > 80
    laws = re.findall(r"^- [*][*]L(\d)[*][*]", SECTIONS["1"], re.MULTILINE)
    for name, (first, last, law) in references:
        assert {first, last} <= {*SECTIONS, ""}, name
        assert law in {*laws, ""}, name


def test_record_has_its_fields_in_this_order() -> None:
    job = Job("aaaaaaaaaa", Status.QUEUED, "clients.csv", datetime(2026, 1, 1, tzinfo=UTC))
    assert re.findall(r"^[|] `(\w+)` [|]", SECTIONS["1"], re.MULTILINE) == list(job.to_json())


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("1", Status),
        ("4", Reason),
        ("5", Mode),
        ("5", MatchField),
        ("6", Duplicates),
        ("7", StopReason),
        ("8", IMPORT_COLUMNS),
    ],
)
def test_section_names_them_all(section: str, names: type[StrEnum] | tuple[str, ...]) -> None:
    assert {str(name) for name in names} <= set(re.findall(r"`(\w+)`", SECTIONS[section]))


def test_every_skip_reason_is_named() -> None:
    assert {*map(str, SkipReason)} <= set(re.findall(r"`(\w+)`", SECTIONS["5"] + SECTIONS["6"]))


def test_no_word_of_the_glossary_is_there_twice() -> None:
    glossary = PAGE.partition("## Words")[2].partition("## 1.")[0]
    words = re.findall(r"[*][*]([a-z_. ]+)[*][*]", glossary)
    assert len(words) > 40
    assert len(words) == len(set(words))

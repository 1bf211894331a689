"""Covers the count of words in no list, over the whole file, and that a choice for one makes another plan."""

from __future__ import annotations

from typing import Any

import pytest

from client_import.reports.unknown_words import MOST_WORDS
from tests.support.program import Program

pytestmark = pytest.mark.both_stores

FAR = 3_000
"""More rows than the preview of the first ones looks at."""


def told(program: Program, data: bytes, **options: Any) -> dict[str, tuple[dict[str, int], int]]:
    """The words with their numbers and the number of other cells, by field."""
    unknown = program.plan(data, **options)["unknownValues"]
    return {
        each["targetField"]: ({word["value"]: word["count"] for word in each["values"]}, each["otherCount"])
        for each in unknown
    }


def rows(*kinds: str, header: str = "Type") -> bytes:
    lines = (f"C{number},Ann {number},{kind}\n" for number, kind in enumerate(kinds))
    return f"Code,Name,{header}\n{''.join(lines)}".encode()


def test_words_of_the_whole_file_are_counted(program: Program) -> None:
    data = rows(*["Ltd"] * FAR, "Widow", "Club", "widow", " Widow ", "WIDOW", "Club", "Ltd", "", "#N/A")
    assert told(program, data) == {"Type": ({"Widow": 4, "Club": 2}, 0)}
    assert told(program, data, values={"Type": {"Widow": "Individual"}}) == {"Type": ({"Club": 2}, 0)}
    plan = program.plan(data, values={"Type": {"Widow": "Individual", "Club": "Charity"}})
    assert plan["unknownValues"] == []
    assert plan["reasons"].get("not_in_list") is None


def test_parts_of_a_list_and_answers_are_counted_by_themselves(program: Program) -> None:
    data = (
        b"Code,Name,Type,Relationships,Pcl Sent\n"
        b"C1,Ann,Ltd,Main;Owner,Posted\nC2,Bob,Ltd,owner|Friend,yes\nC3,Cy,Ltd,Billing,posted\n"
    )
    assert told(program, data) == {
        "ContactRelationships": ({"Owner": 2, "Friend": 1}, 0),
        "PclSent": ({"Posted": 2}, 0),
    }


def test_the_most_frequent_are_named_and_the_others_counted(program: Program) -> None:
    kinds = [f"Kind {number:05}" for number in range(5_000)] + ["Widow"] * 3 + ["Club"] * 2 + ["x" * 300]
    words, others = told(program, rows(*kinds))["Type"]
    assert list(words.items())[:2] == [("Widow", 3), ("Club", 2)]
    assert len(words) == MOST_WORDS
    assert sum(words.values()) + others == len(kinds)


def test_fields_without_a_list_have_no_words(program: Program) -> None:
    assert told(program, b"Code,Name,Type,Email\nC1,Ann,Ltd,nobody\n") == {}

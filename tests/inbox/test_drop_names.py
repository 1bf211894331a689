"""Covers which names in the drop folder are imported, what belongs to them, and the options files beside them."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from client_import.errors import OptionsError
from client_import.inbox.names import fits, free_names, options_name, rejected_names, why_ignored
from client_import.inbox.options import options_of
from client_import.options import ImportOptions


@pytest.mark.parametrize(
    "name",
    [
        *("clients.csv", "CLIENTS.CSV", "a.b.Txt", "a.tsv", "a.tab", "a.csv.gz", "a.TXT.GZ", "clients (1).csv"),
        *("clients[1].csv", "Müller & Söhne.csv", "客户.csv", "🙂.csv", "Mu\u0308ller.csv", " .csv", "new\nline.csv"),
        *("clients.not_imported.csv", "a\\b.csv", "options.csv", "x" * 251 + ".csv"),
    ],
)
def test_names_that_are_imported(name: str) -> None:
    assert why_ignored(name) is None


@pytest.mark.parametrize(
    ("name", "word"),
    [
        *((name, "temporary") for name in (".clients.csv", ".~lock.clients.csv#", "~$clients.csv", "clients.csv~")),
        *((f"clients.csv{end}", "temporary") for end in (".part", ".tmp", ".crdownload", ".filepart", ".PART")),
        *((name, "ends in none") for name in ("clients.xlsb", "clients.pdf", "clients", "csv", "a.csv.zip", "a.gz")),
        ("caf\udce9.csv", "not Unicode"),
    ],
)
def test_names_that_are_left_alone(name: str, word: str) -> None:
    assert word in (why_ignored(name) or "")


@pytest.mark.parametrize(
    ("name", "options", "rejected"),
    [
        ("clients.csv", "clients.options.json", "clients.not_imported.csv"),
        ("a.b.CSV.GZ", "a.b.options.json", "a.b.not_imported.csv"),
        ("clients.not_imported.csv", "clients.not_imported.options.json", "clients.not_imported.csv"),
        (".not_imported.csv", ".not_imported.options.json", "clients.not_imported.csv"),
        ("clients.xls", "clients.options.json", "clients.not_imported.xlsx"),
        ("clients.not_imported.xlsx", "clients.not_imported.options.json", "clients.not_imported.xlsx"),
    ],
)
def test_names_beside_a_file(name: str, options: str, rejected: str) -> None:
    assert options_name(name) == options
    assert list(islice(rejected_names(name, "c0de", Path(rejected).suffix), 3)) == [
        rejected,
        rejected.replace(".not_imported", ".c0de.not_imported"),
        rejected.replace(".not_imported", ".c0de-2.not_imported"),
    ]


def test_names_for_a_name_that_is_taken() -> None:
    assert list(islice(free_names("a.b.CSV.gz", "c0de"), 3)) == ["a.b.CSV.gz", "a.b.c0de.CSV.gz", "a.b.c0de-2.CSV.gz"]


@pytest.mark.parametrize("name", ["é" * 125 + ".csv", "x" * 251 + ".csv", "🙂" * 61 + ".csv.gz"])
def test_names_fit_the_file_system(name: str) -> None:
    rejected = list(islice(rejected_names(name, "abcdefghij", ".xlsx"), 3))
    free = [each for each in islice(free_names(name, "abcdefghij"), 3) if fits(each)]
    assert rejected[1].endswith(".abcdefghij.not_imported.xlsx")
    assert len(free) == 2
    longest = [*rejected, *(f"{each}.txt" for each in free), *(options_name(each) for each in free)]
    assert max(len(each.encode()) for each in longest) <= 255


def options(own: object = None, defaults: object = None) -> ImportOptions:
    """The options of two options files; bytes are taken as they are, everything else as JSON."""

    def file(name: str, content: object) -> tuple[str, bytes] | None:
        if content is None:
            return None
        return name, content if isinstance(content, bytes) else json.dumps(content).encode()

    return options_of(file("clients.options.json", own), file("options.json", defaults))


@pytest.mark.parametrize(
    ("own", "defaults", "expected"),
    [
        (None, None, {}),
        ({"importMode": "update-only"}, None, {"importMode": "UpdateOnly"}),
        (None, {"maxErrors": 5}, {"maxErrors": "5"}),
        (
            {"matchField": "Email"},
            {"matchField": "Name", "blankCells": "clear"},
            {"matchField": "Email", "blankCells": "clear"},
        ),
        ({"match_field": "Email"}, {"matchField": "Name"}, {"matchField": "Email"}),
        ({"maxErrors": None}, {"maxErrors": "5%"}, {}),
        ({"importMode": None}, {"importMode": "CreateOnly"}, {}),
        (
            {"columnMappings": [{"csvHeader": "No", "targetField": "Code"}]},
            {"mappingCode": "individual-clients"},
            {"columnMappings": [{"csvHeader": "No", "targetField": "Code"}]},
        ),
        (b'\xef\xbb\xbf{"dayFirst": false}', None, {"dayFirst": False}),
    ],
)
def test_own_options_win_key_by_key(own: object, defaults: object, expected: dict[str, Any]) -> None:
    assert options(own, defaults) == ImportOptions.parse(expected)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (["importMode"], "should be an object"),
        ({"importMoode": "CreateOnly"}, "no option importMoode"),
        ({"importMode": "Everything"}, "not one of CreateAndUpdate"),
        ({"columnMappings": [{"csvHeader": "No", "targetField": "Shoe"}]}, "not a client field"),
    ],
)
@pytest.mark.parametrize("whose", ["clients.options.json", "options.json"])
def test_a_wrong_options_file_is_named_with_what_is_wrong(content: object, word: str, whose: str) -> None:
    given = {"own" if whose == "clients.options.json" else "defaults": content}
    with pytest.raises(OptionsError) as raised:
        options(**given)
    assert f"The options file {whose} " in str(raised.value)
    assert word in str(raised.value)

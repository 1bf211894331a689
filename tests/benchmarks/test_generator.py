"""The generator of benchmark files tells the truth about them, and the example files are what their script makes.

Not covered here: that the program comes to the same counts; that is for the benchmarks and the tests of the program.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from stdnum.gb import utr, vat

from benchmarks import generate
from examples.make_examples import FOLDER, make_examples

SMALL = ("--rows", "600", "--existing", "600")
KINDS = {
    "default": (),
    "unchanged": ("--unchanged",),
    "all wrong": ("--all-wrong",),
    "wide": ("--wide",),
    "quoted": ("--quoted", "--columns", "20"),
    "wide and quoted": ("--wide", "--quoted"),
    "three columns": ("--columns", "3", "--wrong-share", "0.4"),
    "nobody before": ("--existing", "0", "--update-share", "0"),
    "60 mapped columns": ("--columns", "60"),
    "one row": ("--rows", "1"),
}
NONSENSE = {
    ("--rows", "0"): "--rows must be at least 1.",
    ("--existing", "-1"): "--existing must not be negative.",
    ("--existing", "9"): "282 rows are to match an existing client: --existing must be at least 282.",
    ("--rows", "50000000"): "--rows and --existing together must not exceed 50,000,000.",
    ("--update-share", "1.1"): "--update-share and --wrong-share must lie between 0 and 1.",
    ("--wrong-share", "nan"): "--update-share and --wrong-share must lie between 0 and 1.",
    ("--columns", "2"): "--columns must lie between 3 and 60.",
    ("--seed", "-1"): "--seed must not be negative.",
    ("--unchanged", "--all-wrong"): "--unchanged and --all-wrong exclude each other.",
}


class Generated:
    """What one run of the generator wrote."""

    def __init__(self, folder: Path, *words: str) -> None:
        generate.main([str(folder), *SMALL, *words])
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.truth: dict[str, dict[str, Any]] = json.loads(self.files["truth.json"])

    def rows(self, name: str) -> list[dict[str, str]]:
        lines = self.files[name].decode().splitlines(keepends=True)
        return [row for row in csv.DictReader(lines, strict=True) if any(cell.strip() for cell in row.values())]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return Generated(tmp_path_factory.mktemp("generated"))


@pytest.mark.parametrize("words", KINDS.values(), ids=KINDS)
def test_the_truth_adds_up(tmp_path: Path, words: tuple[str, ...]) -> None:
    generated = Generated(tmp_path, *words)
    for name in ("existing", "clients"):
        truth = generated.truth[name]
        reasons = truth["reasons"]
        parts = [truth[f"{part}Count"] for part in ("created", "updated", "skipped", "error")]
        skipped = reasons.get("unchanged", 0) + reasons.get("duplicate_of_row", 0)
        assert sum(parts) == truth["totalItems"] == len(generated.rows(f"{name}.csv"))
        assert skipped == truth["skippedCount"]
        assert max(reasons.values(), default=0) <= truth["totalItems"]
        assert sum(reasons.values()) - skipped >= truth["errorCount"]


def test_every_kind_of_row_and_reason_is_there(generated: Generated) -> None:
    truth = generated.truth["clients"]
    assert all(truth[f"{part}Count"] > 0 for part in ("created", "updated", "skipped", "error"))
    assert set(truth["reasons"]) == {
        "bad_check_digit",
        "bad_format",
        "duplicate_in_file",
        "duplicate_of_row",
        "missing_required",
        "not_in_list",
        "too_long",
        "unchanged",
    }


def test_all_wrong_rows_are_all_rejected(tmp_path: Path) -> None:
    truth = Generated(tmp_path, "--all-wrong").truth["clients"]
    assert truth["errorCount"] == truth["totalItems"] == 600


def test_unchanged_rows_are_all_skipped(tmp_path: Path) -> None:
    assert Generated(tmp_path, "--unchanged").truth["clients"]["reasons"] == {"unchanged": 600}


def test_same_seed_same_bytes(generated: Generated, tmp_path: Path) -> None:
    assert Generated(tmp_path).files == generated.files


def test_other_seed_other_bytes(generated: Generated, tmp_path: Path) -> None:
    other = Generated(tmp_path, "--seed", "2").files
    assert other["existing.csv"] != generated.files["existing.csv"]
    assert other["clients.csv"] != generated.files["clients.csv"]


def test_batches_make_no_difference(generated: Generated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "BATCH_ROWS", 7)
    assert Generated(tmp_path).files == generated.files


def test_check_digits_are_right_where_rows_are(generated: Generated) -> None:
    rows = generated.rows("existing.csv")
    assert all(utr.is_valid(row["Utr"].removesuffix("K")) for row in rows)
    vat_numbers = [row["VatNumber"].removeprefix("GB") for row in rows if row["VatNumber"]]
    assert all(vat.is_valid(number) for number in vat_numbers)
    assert {vat.checksum(number) for number in vat_numbers} == {0, 42}


def has_wrong_check_digit(row: dict[str, str]) -> bool:
    tax, value_added = row["Utr"].removesuffix("K"), row["VatNumber"].removeprefix("GB")
    return (len(tax) == 10 and tax.isdigit() and not utr.is_valid(tax)) or (
        len(value_added) == 9 and value_added.isdigit() and not vat.is_valid(value_added)
    )


def test_reasons_are_counted_right(generated: Generated) -> None:
    rows, reasons = generated.rows("clients.csv"), generated.truth["clients"]["reasons"]
    assert sum(map(has_wrong_check_digit, rows)) == reasons["bad_check_digit"]
    assert sum(len(row["Name"]) > 200 for row in rows) == reasons["too_long"]
    assert len(rows) - len({tuple(row.values()) for row in rows}) == reasons["duplicate_of_row"]
    small = [row["Code"] for row in rows if row["Code"] != row["Code"].upper()]
    assert 2 * len(small) == reasons["duplicate_in_file"]
    assert {code.upper() for code in small} <= {row["Code"] for row in rows}


def test_quoted_cells_have_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    cells = [cell for row in Generated(tmp_path, "--quoted").rows("clients.csv") for cell in row.values()]
    assert all(any(mark in cell for cell in cells) for mark in (",", '"', "\n"))


def test_wide_files_have_200_columns(tmp_path: Path) -> None:
    assert len(Generated(tmp_path, "--wide").rows("clients.csv")[0]) == 200


@pytest.mark.parametrize(("words", "sentence"), NONSENSE.items(), ids=map(" ".join, NONSENSE))
def test_nonsense_is_rejected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(SystemExit) as rejected:
        generate.main([str(tmp_path / "out"), *SMALL, *words])
    assert rejected.value.code == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "taken"
    file.touch()
    with pytest.raises(SystemExit):
        generate.main([str(file), *SMALL])
    assert "is a file: name a folder." in capsys.readouterr().err


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.generate", str(tmp_path), "--rows", "1", "--existing", "1"]
    subprocess.run(command, check=True, cwd=Path(generate.__file__).parents[1])
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["clients.csv", "clients-update.csv", "README.md"])
def test_examples_are_what_their_script_makes(name: str) -> None:
    assert make_examples()[name] == (FOLDER / name).read_bytes()

"""The workloads of the benchmark, and their files, which are generated once and kept."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.generate import generate
from benchmarks.plan import Settings

HERE = Path(__file__).parent
GENERATOR = ("clients", "columns", "faults", "generate", "plan", "words")
ROWS_A_FILE = 500


@dataclass(frozen=True, slots=True)
class Workload:
    """A kind of file to import: what it is like, and the clients there are before, as a share of its rows."""

    name: str
    title: str
    existing_share: float = 0.5
    update_share: float = 0.5
    wrong_share: float = 0.05
    columns: int = 12
    unchanged: bool = False
    all_wrong: bool = False
    quoted: bool = False
    in_small_files: bool = False
    fewest_rows: int = 10_000
    most_rows: int = 1_000_000

    def settings(self, rows: int) -> Settings:
        """Return what the generator is to make."""
        return Settings(
            rows=rows,
            existing=round(rows * self.existing_share),
            update_share=self.update_share,
            wrong_share=self.wrong_share,
            columns=self.columns,
            seed=1,
            unchanged=self.unchanged,
            all_wrong=self.all_wrong,
            wide=False,
            quoted=self.quoted,
        )


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("first", "First load: an empty table, no row wrong", 0, 0, 0),
        Workload("updates", "Half updates, no row wrong", wrong_share=0),
        Workload("unchanged", "All unchanged: the nightly case", 1, unchanged=True),
        Workload("mixed", "Half updates, 5 % wrong", fewest_rows=1, most_rows=10_000_000),
        Workload("wrong", "Everything wrong", all_wrong=True),
        Workload("wide", "Half updates, 5 % wrong, 60 mapped columns", columns=60),
        Workload(
            "quoted", "Half updates, 5 % wrong, every cell quoted, many of several lines", quoted=True, columns=20
        ),
        Workload("files", "Half updates, 5 % wrong, in files of 500 rows", in_small_files=True, most_rows=100_000),
    )
}
"""``files`` goes through the drop folder of client-import."""


@dataclass(frozen=True, slots=True)
class Data:
    """The files of a workload: ``existing`` goes first, ``source`` is a file or a folder of files."""

    key: str
    existing: Path
    source: Path
    truth: dict[str, Any]

    @property
    def has_existing(self) -> bool:
        """Whether there are clients before."""
        with self.existing.open("rb") as file:
            return len([*islice(file, 2)]) == 2

    def warm(self) -> None:
        """Read the files once, so that every contestant finds them in memory."""
        for path in [self.source, *self.source.glob("*.csv")]:
            if path.is_file():
                digest(path)


def prepare(workload: Workload, rows: int, folder: Path) -> Data:
    """Return the files of a workload below ``folder``, made when they are missing."""
    settings = workload.settings(rows)
    generator = digest_of([HERE / f"{name}.py" for name in GENERATOR])
    named = hashlib.sha256(json.dumps([generator, asdict(settings)], sort_keys=True).encode()).hexdigest()[:12]
    made = folder / named
    if not (made / "truth.json").exists():
        generate(made, settings)
    truth: dict[str, Any] = json.loads((made / "truth.json").read_text(encoding="utf-8"))["clients"]
    source = made / "clients.csv"
    if workload.in_small_files:
        source = made / "files"
        if not source.exists():
            cut(made / "clients.csv", source)
    return Data(digest(made / "existing.csv"), made / "existing.csv", source, truth)


def digest(path: Path) -> str:
    """Return a short text that stands for the content of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def digest_of(paths: Iterable[Path]) -> str:
    """Return a short text that stands for the contents of files."""
    return hashlib.sha256("".join(map(digest, sorted(paths))).encode()).hexdigest()[:12]


def cut(source: Path, folder: Path) -> None:
    """Write the rows of ``source`` to files of about ROWS_A_FILE rows; rows of one code stay together, in order."""
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    with source.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    together: dict[str, list[list[str]]] = {}
    for number, row in enumerate(rows):
        together.setdefault(row[0].strip().lower() or f"row {number}", []).append(row)
    chunk: list[list[str]] = []
    chunks = [chunk]
    for group in together.values():
        if len(chunk) + len(group) > ROWS_A_FILE:
            chunk = []
            chunks.append(chunk)
        chunk += group
    for number, part in enumerate(chunks):
        with (unfinished / f"clients-{number:03}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *part])
    unfinished.rename(folder)

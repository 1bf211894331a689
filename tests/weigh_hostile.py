"""What each input that once took gigabytes, or minutes, takes of a server now: memory, time, and how long others wait.

``python -m tests.weigh_hostile`` sends them one after the other, each to a server of its own, and prints a line of a
table as each ends: the memory that the process of the API had at most, that of its largest process that imports and of
its largest that looks at files (or settles jobs), the seconds from the upload to the end, the slowest /healthz and the
slowest poll meanwhile, and what became of the input. ``--share 0.01`` makes all inputs smaller, ``--only`` chooses
some, and ``--seconds`` is how long each may take before it is cancelled. Memory is looked at twenty times a second.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from client_import.jobs.record import Status
from tests.soak_hostile import Soak, Watch, send_ten, server_at, watched
from tests.support.api_server import FINAL, IMPORTS, ApiServer

_PIECE_RECORDS = 10_000
_MAPPINGS = 90_000
_MOST_SECONDS = 600.0

_FIELDS = (
    b"Code,Name,Type,Email,Telephone,PostCode,CompanyNumber,UTR,VatNumber,Website,YearEnd,Status,IsVatRegistered\n"
)
_WRONG = b"C%d,N,zz,bad@,12,zz,zz,12,zz,z z,zz,zz,zz\n"


@dataclass(frozen=True, slots=True)
class Evil:
    """A file that begins with ``start``, and then has ``times`` times ``record``; ``packed`` with gzip.

    A ``%d`` in the record is its number, which begins anew after ``different`` of them.
    """

    start: bytes
    record: bytes = b""
    times: int = 0
    packed: bool = False
    different: int = 1 << 40

    def write(self, path: Path, share: float) -> None:
        """Write the file, with that ``share`` of its records."""
        with gzip.open(path, "wb", 6) if self.packed else path.open("wb") as file:
            self._write(file, round(self.times * share))

    def _write(self, file: BinaryIO | gzip.GzipFile, times: int) -> None:
        file.write(self.start)
        for piece in self._pieces(times):
            file.write(piece)

    def _pieces(self, times: int) -> Iterator[bytes]:
        same = self.record * _PIECE_RECORDS
        for first in range(0, times, _PIECE_RECORDS):
            count = min(_PIECE_RECORDS, times - first)
            if b"%d" in self.record:
                numbers = (number % self.different for number in range(first, first + count))
                yield b"".join(self.record % number for number in numbers)
            else:
                yield same[: count * len(self.record)]


INPUTS = {
    "digits, 2.5 KB": Evil(b"1" * 2_500 + b"x,Code\n1,A1\n"),
    "digits, 20 KB": Evil(b"1" * 20_000 + b"x,Code\n1,A1\n"),
    "640 MB of blank records, gzip": Evil(b"Code,Name\nA1,Ann\n", b"\n", 640 << 20, packed=True),
    "15 million short rows, gzip": Evil(b"Code\n", b"x\n", 15_000_000, packed=True),
    "300 MB behind an open quote": Evil(b'Code,Name\n"', b"x\n", 150_000_000),
    "300 MB behind an open quote, gzip": Evil(b'Code,Name\n"', b"x\n", 150_000_000, packed=True),
    "900,000 rows with 12 bad cells": Evil(_FIELDS, _WRONG, 900_000),
    "100,000 clients 30 times": Evil(b"Code,Name,Type\n", b"C%d,Ann,Ltd\n", 3_000_000, different=100_000),
    "2 million rows with a surplus cell": Evil(b"Code,Name,Type\n", b"A,b,Ltd,x\n", 2_000_000),
    "300,000 short rows of 2,000 columns": Evil(
        b"Code,Name,Type," + b",".join(b"H%d" % place for place in range(1_997)) + b"\n", b"x\n", 300_000
    ),
}
"""The files, by what they are."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What came of an input, and how long it took; ``watch`` has seen the rest."""

    watch: Watch
    seconds: float
    outcome: str

    def line(self, name: str) -> str:
        """The line of the table."""
        watch = self.watch
        memory = [watch.memory, watch.others.get("imports", 0), watch.others.get("looks", 0)]
        slowest = [watch.slowest.get("healthz", 0), max(watch.slowest.get(name, 0) for name in ("job", "list"))]
        numbers = [
            *(f"{each / 1e6:.0f}" for each in memory),
            f"{self.seconds:.1f}",
            *(f"{each * 1_000:.0f}" for each in slowest),
        ]
        return f"| {name} | {' | '.join(numbers)} | {self.outcome} |"


HEAD = """\
| input | API, MB | imports, MB | looks, MB | seconds | /healthz, ms | poll, ms | outcome |
|---|---|---|---|---|---|---|---|"""


def weigh(home: Path, send: Callable[[ApiServer], str]) -> Weighed:
    """Have a new server at ``home`` take what ``send`` sends, which returns what came of it."""
    with server_at(home) as server:
        server.client.timeout = httpx.Timeout(_MOST_SECONDS)
        with watched(server) as watch:
            began = time.monotonic()
            outcome = send(server)
            seconds = time.monotonic() - began
    return Weighed(watch, seconds, outcome)


def weigh_file(folder: Path, file: Path, seconds: float) -> Weighed:
    """Upload ``file`` to a server in ``folder``, import it, and read what was wrong with it."""
    return weigh(folder / "home", lambda server: _imported(server, file, seconds))


def weigh_mappings(folder: Path, count: int) -> Weighed:
    """Ask a server in ``folder`` to start a job with so many mappings."""
    return weigh(folder / "home", lambda server: _mapped(server, count))


def weigh_ten(folder: Path) -> Weighed:
    """Have a server in ``folder`` look at ten evil files at once."""
    began = time.monotonic()
    soak = send_ten(folder / "home")
    return Weighed(soak.watch, time.monotonic() - began, _statuses(soak))


def _imported(server: ApiServer, file: Path, seconds: float) -> str:
    give_up = time.monotonic() + seconds
    with file.open("rb") as data:
        uploaded = server.client.post(
            IMPORTS, files={"file": (file.name, data, "text/csv")}, data={"showPreview": "true"}
        )
    if uploaded.status_code != 201:
        return f"rejected: {uploaded.status_code} {_said(uploaded)}"
    code = uploaded.json()["code"]
    started = server.put(code)
    if started.status_code not in (201, 202):
        return f"not started: {started.status_code} {_said(started)}"
    while (job := server.job(code))["status"] not in FINAL:
        if time.monotonic() > give_up:
            server.client.post(f"{IMPORTS}/{code}/cancel")
            return f"cancelled after {seconds:.0f} s, with {job['processedItems']:,} rows looked at"
        time.sleep(0.2)
    row_errors = server.client.get(f"{IMPORTS}/{code}/errors")
    told = f"{job['status']}, {job['createdCount'] or 0:,} created, {job['errorCount'] or 0:,} rejected"
    if job["status"] == Status.FAILED:
        told += f": {job['failureReason']}"
    return told if row_errors.status_code == 200 else f"{told}; errors: {row_errors.status_code} {_said(row_errors)}"


def _mapped(server: ApiServer, count: int) -> str:
    code = server.uploaded(b"Code,Name\nE1,Eve\n")
    answer = server.put(
        code, columnMappings=[{"csvHeader": f"h{number}", "targetField": "Nonsense"} for number in range(count)]
    )
    return f"{answer.status_code}, {len(answer.content):,} bytes: {_said(answer)}"


def _said(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])[:200]
    except (json.JSONDecodeError, KeyError):
        return answer.text[:200]


def _statuses(soak: Soak) -> str:
    return ", ".join(
        f"{count} x {name}: {status or 'no answer'}" for (name, status), count in sorted(soak.evil.items())
    )


def main() -> None:
    """Read the arguments, weigh what is asked for, and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--share", type=float, default=1.0, help="of the records of each file, and of the mappings")
    arguments.add_argument("--seconds", type=float, default=_MOST_SECONDS, help="how long an import may take")
    arguments.add_argument("--only", action="append", help="inputs with this in their name; may be given again")
    chosen = arguments.parse_args()
    weighed: dict[str, Callable[[Path], Weighed]] = {
        name: lambda folder, evil=evil: _weigh_evil(folder, evil, chosen.share, chosen.seconds)  # type: ignore[misc]
        for name, evil in INPUTS.items()
    }
    weighed["90,000 mappings in one call"] = lambda folder: weigh_mappings(folder, round(_MAPPINGS * chosen.share))
    weighed["ten evil files at once"] = weigh_ten
    print(HEAD, flush=True)
    for name, weighs in weighed.items():
        if not chosen.only or any(text in name for text in chosen.only):
            with tempfile.TemporaryDirectory() as folder:
                print(weighs(Path(folder)).line(name), flush=True)


def _weigh_evil(folder: Path, evil: Evil, share: float, seconds: float) -> Weighed:
    file = folder / "evil.csv"
    evil.write(file, share)
    return weigh_file(folder, file, seconds)


if __name__ == "__main__":
    main()

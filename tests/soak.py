"""Kill, stop, starve and repeat imports at random, and compare the whole table with the model after every round.

``python -m tests.soak --rounds 500`` prints how many rounds of each kind of error were survived, and how long the
longest settling took. The first round that is not survived ends it, with the seed that brings it back.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from client_import.errors import JobStateError
from client_import.failpoints import FAILPOINTS, VARIABLE
from client_import.jobs.log import write_log
from client_import.settings import LogFormat
from tests.support.cli import CommandLine
from tests.support.dying import (
    DUPLICATES,
    Order,
    assert_clean,
    assert_lawful,
    end,
    expected,
    look,
    some_upload,
    start,
    table_of,
)
from tests.support.model_data import Table
from tests.support.program import Program
from tests.support.strategies import Upload


@dataclass
class Soak:
    """A home folder in which all rounds take place, and what they came to."""

    program: Program
    choice: random.Random
    survived: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    longest: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    as_dagster_run: bool = False
    seconds_of_an_import: float = 0.0

    def measure(self) -> None:
        """Find out what an import takes here: what is done at random is done within that."""
        for _ in range(2):  # the first time everything is imported
            began = time.monotonic()
            end(start(self.order(some_upload(self.choice))))
            self.seconds_of_an_import = time.monotonic() - began

    def order(self, upload: Upload, interrupt: str = "", code: str | None = None) -> Order:
        """An import in this home."""
        return Order(self.program.home.path, upload.data, code, interrupt, self.as_dagster_run)

    def round(self, kind: str) -> None:
        """One round: an error, the laws, then the same file undisturbed."""
        before, known = table_of(self.program), self.codes()
        upload = some_upload(self.choice)
        ERRORS[kind](self, upload)
        took = look(self.program)
        new = [job for job in self.program.store.jobs() if job.code not in known]
        assert len(new) <= 1
        for job in new:
            assert_lawful(self.program, job, before, expected(before, upload.file))
        assert_clean(self.program)
        if not new:
            assert table_of(self.program) == before
        self.repeat(upload, before)
        self.survived[kind] += 1
        self.longest[kind] = max(self.longest[kind], took)

    def repeat(self, upload: Upload, before: Table) -> None:
        """The same file undisturbed ends where it would have ended at once."""
        now = table_of(self.program)
        code = self.program.receive(upload.data, **DUPLICATES)
        self.program.carry_on(code)
        assert_lawful(self.program, self.program.store.job(code), now, expected(now, upload.file))
        if now == before:
            assert table_of(self.program) == expected(before, upload.file).table

    def codes(self) -> set[str]:
        """The jobs there are."""
        return {job.code for job in self.program.store.jobs(limit=10**9)}

    def nap(self) -> None:
        """Wait until some moment of an import."""
        time.sleep(self.choice.random() * self.seconds_of_an_import * (5 if self.as_dagster_run else 1))


def killed_at_a_point(soak: Soak, upload: Upload) -> None:
    end(start(soak.order(upload, f"{soak.choice.choice(FAILPOINTS)}=kill")))


def killed_at_a_moment(soak: Soak, upload: Upload) -> None:
    process = start(soak.order(upload))
    soak.nap()
    process.kill()
    end(process)


def disk_full_at_a_point(soak: Soak, upload: Upload) -> None:
    end(start(soak.order(upload, f"{soak.choice.choice(FAILPOINTS)}=disk full")))


def cancelled_at_a_moment(soak: Soak, upload: Upload) -> None:
    known = soak.codes()
    process = start(soak.order(upload))
    soak.nap()
    for code in soak.codes() - known:
        with contextlib.suppress(JobStateError):
            soak.program.store.request_cancel(code)
    end(process)


def killed_and_taken_up(soak: Soak, upload: Upload) -> None:
    known = soak.codes()
    killed_at_a_point(soak, upload)
    for _ in range(soak.choice.randint(1, 2)):
        for code in soak.codes() - known:
            again = f"{soak.choice.choice(FAILPOINTS)}=kill" if soak.choice.random() < 0.5 else ""
            end(start(soak.order(upload, again, code)))


def killed_and_settled_by_the_dying(soak: Soak, upload: Upload) -> None:
    killed_at_a_point(soak, upload)
    point = soak.choice.choice(("recovering", "reported", "finished"))
    end(start(Order(soak.program.home.path, interrupt=f"{point}=kill", only_looks=True)))


def paused_and_killed(soak: Soak, upload: Upload) -> None:
    file = soak.program.home.path / "paused"
    process = start(soak.order(upload, f"{soak.choice.choice(FAILPOINTS)}=pause {file}"))
    process.join(soak.seconds_of_an_import * 2)
    process.kill()
    end(process)
    file.unlink(missing_ok=True)


def real_command_killed_at_a_point(soak: Soak, upload: Upload) -> None:
    cli = CommandLine(soak.program.home.path, **{VARIABLE: f"{soak.choice.choice(FAILPOINTS)}=kill"})
    cli("run", "-", "--quiet", "--duplicates", "last", stdin=upload.data)


def dagster_run_killed_at_a_moment(soak: Soak, upload: Upload) -> None:
    soak.as_dagster_run = True
    killed_at_a_moment(soak, upload)
    soak.as_dagster_run = False


def dagster_run_killed_at_a_point(soak: Soak, upload: Upload) -> None:
    soak.as_dagster_run = True
    killed_at_a_point(soak, upload)
    soak.as_dagster_run = False


ERRORS: dict[str, Callable[[Soak, Upload], None]] = {
    "killed at a point": killed_at_a_point,
    "killed at a moment": killed_at_a_moment,
    "disk full at a point": disk_full_at_a_point,
    "cancelled at a moment": cancelled_at_a_moment,
    "killed, taken up again": killed_and_taken_up,
    "killed, settler killed": killed_and_settled_by_the_dying,
    "paused, then killed": paused_and_killed,
    "Dagster run killed at a moment": dagster_run_killed_at_a_moment,
    "Dagster run killed at a point": dagster_run_killed_at_a_point,
    "real command killed at a point": real_command_killed_at_a_point,
}
QUICK = tuple(ERRORS)[:7]


def two_at_once(soak: Soak) -> None:
    """Two imports at once, one of them killed: the table is that of the completed ones, in one order or the other."""
    before, known = table_of(soak.program), soak.codes()
    uploads = [some_upload(soak.choice) for _ in range(2)]
    processes = [start(soak.order(upload)) for upload in uploads]
    soak.nap()
    processes[0].kill()
    for process in processes:
        end(process)
    took = look(soak.program)
    jobs = [job for job in soak.program.store.jobs() if job.code not in known]
    count = sum(job.status == "Completed" for job in jobs)
    possible = [before] if not count else []
    for first, second in (uploads, uploads[::-1]):
        one = expected(before, first.file).table
        possible += [one] if count == 1 else [expected(one, second.file).table] if count == 2 else []
    assert table_of(soak.program) in possible
    assert_clean(soak.program)
    soak.survived["two at once, one killed"] += 1
    soak.longest["two at once, one killed"] = max(soak.longest["two at once, one killed"], took)


def run_soak(home: Path, rounds: int, seed: int, kinds: tuple[str, ...] = tuple(ERRORS)) -> Soak:
    """Do ``rounds`` rounds in ``home``; an AssertionError tells the first that was not survived."""
    soak = Soak(Program(home), random.Random(seed))
    try:
        soak.measure()
        for number in range(rounds):
            kind = kinds[number % (len(kinds) + 1)] if number % (len(kinds) + 1) < len(kinds) else ""
            try:
                if kind:
                    soak.round(kind)
                else:
                    two_at_once(soak)
            except AssertionError as error:
                raise AssertionError(f"round {number} of seed {seed}, {kind or 'two at once'}: {error}") from error
    finally:
        soak.program.store.close()
    return soak


def main() -> None:
    """Read the arguments, soak, and print what was survived."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments.add_argument("--quick", action="store_true", help="only the kinds that take a fraction of a second")
    chosen = arguments.parse_args()
    write_log(LogFormat.OFF)
    with tempfile.TemporaryDirectory() as folder:
        kinds = QUICK if chosen.quick else tuple(ERRORS)
        soak = run_soak(Path(folder) / "home", chosen.rounds, chosen.seed, kinds)
    print(f"seed {chosen.seed}")
    for kind, count in soak.survived.items():
        print(f"{count:6} rounds survived, settled within {soak.longest[kind]:5.2f} s: {kind}")


if __name__ == "__main__":
    main()

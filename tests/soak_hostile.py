"""Evil files and calls by the dozen, and good imports among them: all of these are Completed, and every poll answers.

``python -m tests.soak_hostile --minutes 10`` prints how many good imports there were, what became of the evil, how long
the slowest poll and the slowest look at /healthz took, and how much memory the process of the API had at most. The
first good import that does not end as it should ends it; so does a poll of more than a second. ``--ten`` sends ten evil
files at once instead, and prints the same.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.support.api_server import FINAL, IMPORTS, ApiServer
from tests.support.hostile import ACTS, FILES, TEN, Attacker

KEY = "a-key-for-the-soak"
POLL_SECONDS = 3.0
ATTACKERS = 10
_PAUSE_SECONDS = 0.05
_PATIENCE_SECONDS = 900


@dataclass
class Watch:
    """Polls the server while something goes on; ``slowest`` are seconds by address, ``memory`` bytes of its process.

    ``others`` are the bytes that the largest of its other processes had, of those that import and of those that look.
    """

    server: ApiServer
    code: str
    slowest: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    memory: int = 0
    others: dict[str, int] = field(default_factory=dict)
    polls: int = 0

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._poll, args=(name, address))
            for name, address in (("healthz", "/healthz"), ("job", f"{IMPORTS}/{self.code}"), ("list", IMPORTS))
        ]
        self._threads.append(threading.Thread(target=self._weigh))

    def __enter__(self) -> Watch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _poll(self, name: str, address: str) -> None:
        with httpx.Client(base_url=self.server.url, timeout=300, headers={"x-api-key": KEY}) as client:
            while not self._is_over.wait(_PAUSE_SECONDS):
                began = time.monotonic()
                try:
                    told = str(client.get(address).status_code)
                except httpx.TransportError as error:
                    told = type(error).__name__
                took = time.monotonic() - began
                self.polls += 1
                self.slowest[name] = max(self.slowest.get(name, 0), took)
                if told != "200" or took > POLL_SECONDS:
                    self.wrong.append(f"{name}: {told} after {took:.2f} s")

    def _weigh(self) -> None:
        process = psutil.Process(self.server.process.pid)
        while not self._is_over.wait(_PAUSE_SECONDS):
            self.memory = max(self.memory, process.memory_info().rss)
            for other in process.children(recursive=True):
                with suppress(psutil.Error):
                    does = "looks" if other.nice() > process.nice() else "imports"  # those who look give way
                    self.others[does] = max(self.others.get(does, 0), other.memory_info().rss)

    def told(self) -> str:
        """What was seen, in words."""
        slowest = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in sorted(self.slowest.items()))
        return f"{self.polls} polls, the slowest: {slowest}; the API process had {self.memory / 1e6:.0f} MB at most"


@dataclass(frozen=True)
class Good:
    """A file that is to be imported, and what of it."""

    data: bytes
    created: int
    rejected: int

    @classmethod
    def made(cls, choice: random.Random) -> Good:
        """Clients nobody else has; of some nobody knows the type."""
        prefix, rows = f"{choice.getrandbits(48):012x}", choice.randint(1, 300)
        wrong = {row for row in range(rows) if choice.random() < 0.1}
        lines = [f"{prefix}{row},Name {row},{'Zorp' if row in wrong else 'Ltd'}" for row in range(rows)]
        return cls("\n".join(["Code,Name,Type", *lines, ""]).encode(), rows - len(wrong), len(wrong))


def import_good(client: httpx.Client, choice: random.Random) -> None:
    """Import a good file, as somebody does who comes again when the server has too much to do."""
    good, give_up = Good.made(choice), time.monotonic() + _PATIENCE_SECONDS
    is_looked_at = choice.random() < 0.7
    uploaded = _answered(
        lambda: client.post(
            IMPORTS,
            files={"file": ("good.csv", good.data, "text/csv")},
            data={"showPreview": "true" if is_looked_at else "false"},
        ),
        give_up,
    )
    code = uploaded.json()["code"]
    if is_looked_at:
        _answered(lambda: client.put(f"{IMPORTS}/{code}", json={}), give_up)
    while (job := client.get(f"{IMPORTS}/{code}").json())["status"] not in FINAL:
        assert time.monotonic() < give_up, f"a good import did not end: {job}"
        time.sleep(0.2)
    counts = (job["status"], job["totalItems"], job["createdCount"], job["errorCount"])
    assert counts == ("Completed", good.created + good.rejected, good.created, good.rejected), job
    if good.rejected:
        file = client.get(job["notImportedDownloadUrl"])
        assert (file.status_code, file.text.count("\r\n")) == (200, good.rejected + 1), file.text[:300]


def _answered(call: Callable[[], httpx.Response], give_up: float) -> httpx.Response:
    while (answer := call()).status_code in (429, 503):
        assert time.monotonic() < give_up, f"a good call is rejected for ever: {answer.text}"
        time.sleep(0.5)
    assert answer.status_code in (200, 201, 202), answer.text
    return answer


@dataclass
class Soak:
    """What came of it."""

    watch: Watch
    good: int = 0
    evil: Counter[tuple[str, int]] = field(default_factory=Counter)


def run_soak(home: Path, seconds: float, seed: int, acts: Sequence[str] = (*FILES, *ACTS), **settings: str) -> Soak:
    """Do evil and good for so many ``seconds``; an AssertionError tells the first good that did not come of it."""
    with server_at(home, **settings) as server, watched(server) as watch:
        soak, is_over = Soak(watch), time.monotonic() + seconds
        with ThreadPoolExecutor(ATTACKERS + 2) as pool:
            attacks = [pool.submit(_attack, server, seed + number, acts, is_over) for number in range(ATTACKERS)]
            imports = [pool.submit(_import, server, seed - number, is_over) for number in (1, 2)]
            soak.good = sum(each.result() for each in imports)
            for each in attacks:
                soak.evil.update(each.result())
    assert not watch.wrong, watch.wrong[:20]
    assert soak.good
    return soak


def send_ten(home: Path, files: Sequence[str] = TEN, **settings: str) -> Soak:
    """Have evil files looked at, all at once."""
    with server_at(home, **settings) as server, watched(server) as watch:
        soak = Soak(watch)
        with ThreadPoolExecutor(len(files)) as pool:
            for attacks in pool.map(lambda name: _act(server, [name]), files):
                soak.evil.update(attacks)
    return soak


def server_at(home: Path, **settings: str) -> ApiServer:
    """A server that asks for a key."""
    server = ApiServer(home, CLIENT_IMPORT_API_KEYS=KEY, **settings)
    server.client.headers["x-api-key"] = KEY
    return server


def watched(server: ApiServer) -> Watch:
    """What polls the ``server``, for a job that has ended among others."""
    return Watch(server, str(server.run(b"Code,Name,Type\nA1,Ann,Ltd\n")["code"]))


def _act(server: ApiServer, acts: Sequence[str], seed: int = 0) -> list[tuple[str, int]]:
    attacker = Attacker(server, KEY, seed)
    try:
        for name in acts:
            attacker.act(name)
    finally:
        attacker.close()
    return attacker.statuses


def _attack(server: ApiServer, seed: int, acts: Sequence[str], is_over: float) -> list[tuple[str, int]]:
    choice, done = random.Random(seed), []
    while time.monotonic() < is_over:
        done += _act(server, [choice.choice(acts)], seed)
    return done


def _import(server: ApiServer, seed: int, is_over: float) -> int:
    choice, done = random.Random(seed), 0
    with httpx.Client(base_url=server.url, timeout=_PATIENCE_SECONDS, headers={"x-api-key": KEY}) as client:
        while time.monotonic() < is_over:
            import_good(client, choice)
            done += 1
    return done


def main() -> None:
    """Read the arguments, soak, and print what came of it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments.add_argument("--ten", action="store_true", help="ten evil files at once, and nothing else")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        soak = send_ten(home) if chosen.ten else run_soak(home, chosen.minutes * 60, chosen.seed)
    print(f"seed {chosen.seed}: {soak.good} good imports; {soak.watch.told()}")
    for (name, status), count in sorted(soak.evil.items()):
        print(f"{count:6} times {name}: {status or 'no answer'}")
    for wrong in soak.watch.wrong[:20]:
        print(f"too slow, or wrong: {wrong}")
    sys.exit(bool(soak.watch.wrong))


if __name__ == "__main__":
    main()

"""Compare readers of CSV on the awkward files of ``tests/files``.

``python -m benchmarks.readers`` prints how many files each reader, each detector of encodings and each sniffer of
dialects gets right; ``--speed`` prints how fast the readers are, too. ``--write`` puts the tables into
docs/reading.md. The peers that are no dependency of ours are those of the dependency group ``bench``; one that
is not installed is left out with a note.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.readers import detectors, names
from benchmarks.readers.corpus import File, files
from benchmarks.readers.readers import READERS, encoding_of
from benchmarks.readers.speed import BASE, measure

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "reading.md"


def judge(ask: Callable[[], bool]) -> bool:
    """Whether the answer is right; to raise is to be wrong."""
    try:
        return ask()
    except Exception:
        return False


def reads(file: File, reader: str) -> bool:
    """Whether ``reader`` reads ``file`` rightly; that of an empty file nothing can be read may be said by raising."""
    _, read, table_of = READERS[reader]
    encoding = encoding_of(file.path)
    is_right = judge(lambda: file.is_right(table_of(read(file.path, encoding))))
    return is_right or (not file.headers and not judge(lambda: read(file.path, encoding) is not None))


def installed(known: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the names whose package is there, and say which are not."""
    for name, (package, *_) in known.items():
        if find_spec(package) is None:
            print(f"{name} is left out: {package} is not installed (pip install --group bench).")
    return [name for name, (package, *_) in known.items() if find_spec(package) is not None]


def markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; the first column is of names, the others of numbers."""
    head = list(head)
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def share(right: Sequence[bool]) -> str:
    """Return ``18/20``, in bold when all are right."""
    text = f"{sum(right)}/{len(right)}"
    return f"**{text}**" if all(right) else text


def readers_table() -> str:
    """Return how many files of each group each reader reads rightly."""
    names, known = installed(READERS), files()
    right = {(file.name, name): reads(file, name) for file in known for name in names}
    groups = {group: [file for file in known if file.group == group] for group in sorted({f.group for f in known})}
    rows = [
        [group, *(share([right[file.name, name] for file in members]) for name in names)]
        for group, members in [*groups.items(), ("**all**", known)]
    ]
    return markdown(["files", *names], rows)


def detectors_table() -> str:
    """Return how many encodings and dialects each detector finds."""
    encodings = [file for file in files() if detectors.has_an_encoding(file)]
    dialects = [file for file in files() if detectors.has_a_dialect(file)]
    rows = []
    for name in installed(detectors.ENCODINGS):
        _, encoding_of = detectors.ENCODINGS[name]
        right = [judge(partial(detectors.is_right_encoding, file, encoding_of)) for file in encodings]
        rows.append([name, share(right), ""])
    for name in installed(detectors.DIALECTS):
        _, dialect_of = detectors.DIALECTS[name]
        right = [judge(partial(detectors.is_right_dialect, file, dialect_of)) for file in dialects]
        if name in detectors.ENCODINGS:
            rows[0][2] = share(right)
        else:
            rows.append([name, "", share(right)])
    return markdown(["detector", "encoding", "delimiter and quote"], rows)


def names_table() -> str:
    """Return the share of the files of names of which each detector finds the encoding."""
    written = list(names.files())
    groups = {encoding: [file for file in written if file.encoding == encoding] for encoding in names.WRITTEN}
    rows = []
    for name in installed(names.DETECTORS):
        _, ask = names.DETECTORS[name]
        right = {id(file): judge(partial(names.is_right, file, ask)) for file in written}
        shares = [[right[id(file)] for file in group] for group in (written, *groups.values())]
        rows.append([name, *(f"{sum(share) / len(share):.0%}" for share in shares)])
    head = [f"{name} ({len(group)})" for name, group in {"all": written, **groups}.items()]
    return markdown(["detector", *head], rows)


def speed_table(rows: int, rounds: int) -> str:
    """Return the time of each reader as a multiple of DuckDB's, and the rows per second."""
    names = installed(READERS)
    medians = measure(names, rows, rounds)
    lines = []
    for name in names:
        cells = [name]
        for times in medians.values():
            took, base = times[name], times[BASE]
            cells += [f"{rows / took:,.0f}", f"{took / base:.1f}"] if took and base else ["fails", ""]
        lines.append(cells)
    head = [part for file in medians for part in (f"{file}: rows/s", f"time / {BASE}'s")]
    return markdown(["reader", *head], lines)


def write(name: str, table: str) -> None:
    """Put ``table`` between its markers in docs/reading.md."""
    text = DOCUMENT.read_text("utf-8")
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n{table}\n{end}{after}", "utf-8", newline="\n")


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readers", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/reading.md")
    parser.add_argument("--speed", action="store_true", help="measure the speed, too; takes minutes")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the files for --speed (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of --speed (%(default)s)")
    parser.add_argument("--wrong", action="store_true", help="name the files that each reader gets wrong")
    return parser


def main() -> None:
    """Run the command line."""
    given = arguments().parse_args()
    warnings.simplefilter("ignore")
    tables = {"readers": readers_table(), "detectors": detectors_table()}
    if find_spec(names.FAKER) is None:
        print(f"The table of names is left out: {names.FAKER} is not installed (pip install --group bench).")
    else:
        tables["names"] = names_table()
    if given.speed:
        tables["speed"] = speed_table(given.rows, given.rounds)
    for name, table in tables.items():
        print(f"\n{table}")
        if given.write:
            write(name, table)
    if given.wrong:
        for reader in installed(READERS):
            print(f"\n{reader}: {', '.join(file.name for file in files() if not reads(file, reader))}")


if __name__ == "__main__":
    main()

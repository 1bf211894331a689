"""Whatever the bytes, reading ends with rows or with a reason, and one damaged record harms no other.

What the tables hold is not compared here but where the test has made them; tests/reading/test_corpus.py does that. The
numbers of examples grow in CI.
"""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from client_import.errors import SourceError
from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from client_import.reading.reader import BLOCK_BYTES
from tests.corpus import CASES
from tests.corpus.reading import Cells, read
from tests.corpus.written import ANY, LABELS, OPEN, QUOTED, REJECTED, WORDS, Damage, Written, clients, tables
from tests.support.limits import LIMITS

ROOT = Path(__file__).parents[2]
EXAMPLES = 5 if os.environ.get("CI") else 3
"""How many times the examples of the profile."""
many = settings(
    max_examples=EXAMPLES * settings.default.max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SMALL = [case.file_bytes for case in CASES if len(case.data) < 20_000]
AWKWARD = [b'"', b"'", b"\\", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"\x1a", b" ", b"sep=;\n"]
AWKWARD += [b'""', b',"', b'",', b'"\n"', b"\xff", b"\xc3", b"\x81", b"\xd8", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]
AWKWARD += [b"\x1f\x8b"]


def read_any(data: bytes, block_bytes: int = BLOCK_BYTES) -> dict[int, Cells] | None:
    """The rows that are not rejected, or None where the file is; no other exception gets through."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.csv"
        path.write_bytes(data)
        try:
            return read(path, detect_layout(path, ImportOptions(), LIMITS), block_bytes)[0]
        except SourceError:
            return None


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file of the corpus, or two after each other, with bytes changed, taken out, put in, or cut off at the end."""
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(SMALL), min_size=1, max_size=2))))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(1, 8))
        how = draw(st.sampled_from(["change", "take out", "put in", "repeat", "cut off"]))
        if how == "change":
            data[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif how == "take out":
            del data[at : at + size]
        elif how == "put in":
            data[at:at] = draw(st.sampled_from(AWKWARD))
        elif how == "repeat":
            data[at:at] = data[at : at + size] * size
        else:
            del data[max(at, len(data) // 2) :]
    return bytes(data)


@many
@given(st.binary(max_size=300) | st.lists(st.sampled_from([*AWKWARD, b"a", b"Name"]), max_size=60).map(b"".join))
@example(gzip.compress(b"Code,Name\nC001,Ann\n", mtime=0)[:10] + b"\xff" * 20)
@example(b"\xef\xbb\xbfCode,Name,Town\nC001,Ann,Leeds\nC002,\x80\n")
@example(b"\xff\xfe" + "Code,Name\nC001,Ann\n".encode("utf-16-le") + b"\x00\xdc\x00\xd8")
def test_any_bytes_give_rows_or_a_reason(data: bytes) -> None:
    read_any(data)


@many
@given(mutated())
def test_any_damage_gives_rows_or_a_reason(data: bytes) -> None:
    read_any(data)


@many
@given(mutated())
def test_small_blocks_give_rows_or_a_reason(data: bytes) -> None:
    read_any(data, 1 << 12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(15 if os.environ.get("CI") else 8))
def test_long_files_of_all_kinds_of_damage_give_rows_or_a_reason(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(b"".join(chance.choices(SMALL, k=300)))
    for _ in range(200):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(3)] = chance.choice(AWKWARD)
    read_any(bytes(data), 1 << 14)


def check_others(table: Written, damage: Damage, at: float, block_bytes: int) -> None:
    """Damage one record of the table, and compare all others; ``at`` is how far down it is."""
    number = 4 + int(at * (len(table.records) - 4))
    line = damage(table, table.records[number - 1])
    rows, rejected = table.read({number: line}, max(block_bytes, 1 << 9))
    assert set(rejected) <= {number}
    if damage in REJECTED:
        assert rejected == {number: REJECTED[damage]}
    rows.pop(number, None)
    assert rows == {row: cells for row, cells in table.rows().items() if row != number}


places = st.floats(0, 1, exclude_max=True)
blocks = st.sampled_from([1 << 10, 1 << 12, 1 << 22])


@many
@given(tables(QUOTED), blocks)
def test_tables_of_any_dialect_come_out_as_they_went_in(table: Written, block_bytes: int) -> None:
    assert table.read({}, block_bytes) == (table.rows(), {})


@many
@given(clients())
def test_layout_of_a_plain_list_of_clients_is_detected(table: Written) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.csv"
        path.write_bytes(table.data({}))
        layout = detect_layout(path, ImportOptions(), LIMITS)
        assert (layout.delimiter, layout.labels, layout.header_row) == (table.delimiter, tuple(LABELS), 1)
        assert read(path, layout) == (table.rows(), {})


@pytest.mark.parametrize("damage", ANY, ids=lambda damage: damage.__name__)
@settings(many, max_examples=2 * settings.default.max_examples)
@given(table=tables(QUOTED), at=places, block_bytes=blocks)
def test_damaged_record_harms_no_other(damage: Damage, table: Written, at: float, block_bytes: int) -> None:
    check_others(table, damage, at, block_bytes)


@pytest.mark.parametrize("damage", OPEN, ids=lambda damage: damage.__name__)
@settings(many, max_examples=2 * settings.default.max_examples)
@given(table=tables(WORDS), at=places, block_bytes=blocks)
def test_quote_left_open_harms_no_other(damage: Damage, table: Written, at: float, block_bytes: int) -> None:
    """The other cells are words: of a quoted cell that is blank or begins with a delimiter nobody can tell."""
    check_others(table, damage, at, block_bytes)


PEAK = """
import sys
from pathlib import Path
import pyarrow as pa
from client_import.reading.detect import detect_layout
from client_import.errors import SourceError
from client_import.options import ImportOptions
from client_import.reading.reader import read_rows
from tests.support.limits import LIMITS
path = Path(sys.argv[1])
try:
    for batch in read_rows(path, detect_layout(path, ImportOptions(), LIMITS), LIMITS):
        pass
except SourceError:
    pass
print(pa.default_memory_pool().max_memory() // 1024)
"""
LONG = {
    "whole rows": (b"", b"C001,Ann Lee,ann@example.com,Leeds\n"),
    "a quote left open in the first row": (
        b'C000,"Ann,ann@example.com,Leeds\n',
        b"C001,Ann Lee,ann@example.com,Leeds\n",
    ),
    "one row without an end": (b"", b"C001 Ann Lee "),
    "one quoted cell without an end": (b'C001,"', b"Ann Lee, Leeds and other words\n"),
    "every row too short": (b"", b"C001,Ann Lee of Leeds\n"),
}


def peak_of(path: Path, megabytes: int, beginning: bytes, unit: bytes) -> int:
    """The most kB of rows and text that Arrow holds at once while such a file is read."""
    with path.open("wb") as file:
        file.write(b"Code,Name,Email,Town\n" + beginning)
        block = unit * ((1 << 20) // len(unit))
        for _ in range(megabytes):
            file.write(block)
    command = [sys.executable, "-c", PEAK, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.long
@pytest.mark.parametrize("kind", LONG)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    block = BLOCK_BYTES >> 20
    few, many = (peak_of(tmp_path / "source.csv", blocks * block, *LONG[kind]) for blocks in (3, 9))
    assert many - few < block << 10, "six more blocks of the file take next to nothing"

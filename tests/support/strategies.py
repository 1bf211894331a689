"""Hypothesis strategies for imports: small files of few words, so that rows collide with each other.

Every cell comes from the vocabulary of `model_cells`. The rows of a case, and of the file its table comes
from, are drawn from one small pool: equal rows, nearly equal rows and rows that change nothing are common.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter

from hypothesis import strategies as st

from tests.support.model_cells import AROUND, FIELDS, INVISIBLE, NOTHING
from tests.support.model_data import File, Options

MATCH_FIELDS = ("Code", "CompanyNumber", "InternalReference", "NiNumber", "Name", "Email")
UNMAPPED = "Remarks"
USUAL_COLUMNS = (
    ("Name", "Type"),
    ("Name", "Type", "Code"),
    ("Name", "Type", "Utr"),
    ("Utr", "CompanyUtr"),
    ("Name", "Code"),
    (),
)
CALM = ("good",) * 18 + ("padded", "dressed", "blank")
WILD = ("good",) * 8 + ("padded",) + ("dressed",) * 2 + ("blank",) * 4 + ("nothing",) + ("bad",) * 3
POOL = 3
SIZES = (3, 1, 2, 4, 5, 0, 4, 5)
BLANKS = ("", "  ", "#N/A", " #N/A ")
SURPLUS_BLANK = ("", " ")
SURPLUS_TEXT = ("", "left over")

PoolRow = Mapping[str, str]


@dataclass(frozen=True)
class Upload:
    """A file as the model sees it and as the program gets it."""

    file: File
    data: bytes

    @classmethod
    def plain(cls, headers: tuple[str, ...], *records: tuple[str, ...]) -> "Upload":
        """A file with nothing quoted but what must be."""
        lines = [headers, *records]
        return cls(File(headers, records), written(lines, [False] * len(lines), "\n").encode())

    @property
    def mapping(self) -> dict[str, str]:
        """Header to field, for every header that is a field's name."""
        return {header: header for header in self.file.headers if header in FIELDS}


@dataclass(frozen=True)
class Case:
    """An import into a table that an earlier import filled."""

    earlier: Upload
    earlier_options: Options
    upload: Upload
    options: Options


@st.composite
def raw_cells(draw: st.DrawFn, field: str, kinds: tuple[str, ...]) -> str:
    """A raw cell of a field, of one of the kinds: good, padded, dressed, blank, nothing or bad.

    Dressed is a good value as another program leaves it; nothing are the words for it. Text fields have neither.
    """
    if field == UNMAPPED:
        return draw(st.sampled_from(("", "call back")))
    kind = draw(st.sampled_from(kinds))
    if kind == "blank":
        return draw(st.sampled_from(BLANKS))
    if kind == "nothing" and not FIELDS[field].is_text:
        word = draw(st.sampled_from(sorted(NOTHING - {"--"})))
        return draw(st.sampled_from((word, word.upper(), f"'{word}")))
    text = draw(st.sampled_from(tuple(FIELDS[field].bad if kind == "bad" else FIELDS[field].good)))
    if kind == "dressed" and not FIELDS[field].is_text:
        return draw(dressed(text))
    return f" {text}  " if kind == "padded" else text


@st.composite
def dressed(draw: st.DrawFn, text: str) -> str:
    """A value with what programs put around it: quotes, characters nobody sees, wide digits."""
    opening = draw(st.sampled_from(sorted(AROUND)))
    invisible = draw(st.sampled_from(INVISIBLE[:3]))
    wide = text.translate({ord(digit): chr(0xFF10 + int(digit)) for digit in "0123456789"})
    quoted = f"{opening}{text}{AROUND[opening]}"
    return draw(st.sampled_from((quoted, f"\u00a0{quoted}", f"{invisible}{text}", f"{text}{invisible}", wide)))


@st.composite
def columns(draw: st.DrawFn, needed: frozenset[str]) -> tuple[str, ...]:
    """The headers of a file, two or more, in any order: those needed, often Name and Type, some others."""
    usual = draw(st.sampled_from(USUAL_COLUMNS))
    others = draw(st.sets(st.sampled_from((*FIELDS, UNMAPPED)), min_size=1, max_size=4))
    chosen = needed | set(usual) | others
    if len(chosen) == 1:
        chosen |= {"TradingAs"}
    return tuple(draw(st.permutations(sorted(chosen))))


def pools(fields: frozenset[str], *distinct: str) -> st.SearchStrategy[list[PoolRow]]:
    """The few rows that the files of a case are made of, over all their fields; no two cells of `distinct` equal."""
    row = st.fixed_dictionaries({field: raw_cells(field, CALM) for field in sorted(fields)})
    return st.lists(row, min_size=POOL, max_size=POOL, unique_by=tuple(itemgetter(field) for field in distinct))


@st.composite
def records(draw: st.DrawFn, headers: tuple[str, ...], source: PoolRow) -> tuple[str, ...]:
    """A record: a row of the pool, perhaps with cells changed, too short, too long; or a blank one."""
    row = dict(source)
    for header in draw(st.lists(st.sampled_from(headers), max_size=2)):
        row[header] = draw(raw_cells(header, WILD))
    cells = tuple(row[header] for header in headers)
    shape = draw(st.sampled_from(("whole",) * 16 + ("blank", "short", "surplus blank", "surplus text")))
    if shape == "blank":
        return (draw(st.sampled_from(("", " "))),) * draw(st.integers(1, len(headers) + 1))
    if shape == "short":
        return cells[: draw(st.integers(1, len(cells) - 1))]
    if shape == "surplus blank":
        return cells + SURPLUS_BLANK
    return cells + SURPLUS_TEXT if shape == "surplus text" else cells


@st.composite
def uploads(draw: st.DrawFn, headers: tuple[str, ...], pool: list[PoolRow], rejected_last: bool = False) -> Upload:
    """A file of a few records, as clean UTF-8; then one with too many cells, if asked for."""
    more = draw(st.lists(st.sampled_from(pool), min_size=2, max_size=2))
    sources = (draw(st.permutations(pool)) + more)[: draw(st.sampled_from(SIZES))]
    lines = [draw(records(headers, source)) for source in sources]
    if rejected_last:
        lines.append(("",) * len(headers) + SURPLUS_TEXT)
    newline = draw(st.sampled_from(("\n", "\r\n")))
    quoted = draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    text = written([headers, *lines], [False, *quoted], newline)
    if draw(st.booleans()):
        text = text.removesuffix(newline)
    return Upload(File(headers, tuple(lines)), text.encode())


def written(lines: list[tuple[str, ...]], quoted: list[bool], newline: str) -> str:
    """The text of a CSV file; in a quoted line every second cell is quoted whether it must be or not."""
    out = io.StringIO()
    for line, quote in zip(lines, quoted, strict=True):
        cells = [csv_cell(cell, quote and place % 2 == 0) for place, cell in enumerate(line)]
        out.write(",".join(cells) + newline)
    return out.getvalue()


def csv_cell(text: str, quote: bool) -> str:
    """One cell as a CSV file has it, quoted when asked for or when it must be."""
    if quote or set(text) & set(',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def options(match_on: str | None) -> st.SearchStrategy[Options]:
    """Every combination of the options of an import."""
    return st.builds(
        Options,
        match_on=st.just(match_on),
        mode=st.sampled_from(("create-and-update",) * 3 + ("create-only", "update-only")),
        default_type=st.sampled_from(("Individual", None, "PrivateLimitedCompany", "Trust")),
        blank=st.sampled_from(("keep", "clear")),
        duplicates=st.sampled_from(("reject", "first", "last")),
        max_errors=st.sampled_from((None,) * 12 + ("0", "1", "3", "10%", "50%")),
    )


@st.composite
def cases(draw: st.DrawFn, match_on: str | None = None, failing: bool = False) -> Case:
    """An import on a match field (any, when None is given) into a table filled on Code or Name.

    A failing one allows no errors and has at least one.
    """
    match_on = match_on or draw(st.sampled_from(MATCH_FIELDS))
    earlier_match = draw(st.sampled_from(("Code", "Name")))
    headers = draw(columns(frozenset({match_on})))
    shared = draw(st.sampled_from((frozenset(headers) - {UNMAPPED}, frozenset({match_on}))))
    earlier_headers = draw(columns(shared | {earlier_match, "Name"}))
    pool = draw(pools(frozenset(earlier_headers) | frozenset(headers), earlier_match, match_on))
    told = draw(st.booleans()) or match_on != ("Code" if "Code" in headers else "Name")
    chosen = draw(options(match_on if told else None))
    if failing:
        chosen = replace(chosen, max_errors=draw(st.sampled_from(("0", "0%"))))
    return Case(
        earlier=draw(uploads(earlier_headers, pool).filter(partial(is_all_clients, earlier_match))),
        earlier_options=Options(match_on=earlier_match, default_type="Individual", duplicates="last"),
        upload=draw(uploads(headers, pool, rejected_last=failing).filter(partial(is_all_clients, match_on))),
        options=chosen,
    )


def is_all_clients(match_on: str, upload: Upload) -> bool:
    """Whether no row could be one of totals: numbers alone, and none of them, beside others, a match value.

    A number in place of a name is none. What becomes of totals is in reading/test_other_lines.py.
    """
    place = upload.file.headers.index(match_on)
    for record in upload.file.records:
        filled = [cell for cell in record if cell.strip()]
        has_key = match_on != "Name" and len(filled) > 1 and place < len(record) and record[place].strip()
        if filled and set("".join(filled)) <= set("0123456789.,- ") and not has_key:
            return False
    return True

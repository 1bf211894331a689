"""The pages about speed say what was measured: the short one, that of all tables, the bars and the plots."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.bars import bars
from benchmarks.compare import Result
from benchmarks.contestants import CONTESTANTS, LEAN, OURS, REFERENCE
from benchmarks.machine import this_machine
from benchmarks.page import FOLDER, pages
from benchmarks.plot import BOTTOM, LEFT, RIGHT, TOP, Line, plot
from benchmarks.record import HISTORY_SHARE, WARM_SECONDS, Record

MIB = 1 << 20
PLACE = re.compile(r"translate[(]([0-9.]+) ([0-9.]+)[)]")
WRITTEN = pages(Record.load())


def a_record() -> Record:
    mixed = [
        Result(OURS, "mixed", 1_000_000, [4.0, 6.0, 5.0], [8.0] * 3, [500 * MIB] * 3),
        Result(REFERENCE, "mixed", 1_000_000, [10.0, 11.0, 9.0], [16.0] * 3, [1000 * MIB] * 3),
        Result("dlt_rows", "mixed", 1_000_000, [600.0], [590.0], [900 * MIB], "> 600 s"),
        Result("sqlite_utils", "mixed", 1_000_000, [3.0], [3.0], [90 * MIB], "wrong: created: 3 too many"),
        Result("django", "mixed", 1_000_000, [2.0], [2.0], [90 * MIB]),
        Result(OURS, "mixed", 500, [1.5], [1.5], [300 * MIB]),
    ]
    told = {OURS: {"duckdb": "2.0.1"}}
    record = Record().with_results(mixed, told, {"dlt_arrow": "no network"}, this_machine())
    return record.with_stages({"plan": 1.5}, 10).with_stages({"plan": 2.0, "commit": 2.0}, 1_000_000)


def test_the_tables_tell_ratios_wrong_results_and_faster_peers() -> None:
    text = pages(a_record())["performance-tables.md"]
    assert "5.00 s (n = 3), 0.50x" in text
    assert "500 MiB (n = 3), 0.50x" in text
    assert "| 500 rows, the whole command, cold | 1.20 s | 1.50 s | no |" in text
    assert "| > 600 s |" in text
    assert "- sqlite-utils upsert, into SQLite, `mixed`: created: 3 too many" in text
    assert "| 1,000,000 | `mixed` | django-import-export, bulk, into SQLite |" in text
    assert "not installed: no network" in text


def test_the_short_page_tells_one_workload_the_bars_and_where_the_time_goes() -> None:
    text = pages(a_record())["performance.md"].replace("\N{NO-BREAK SPACE}", " ")
    assert "|  | 500 | 1 million | memory, 1 million | what it lacks |" in text
    assert "| client-import | 1.50 s | 5.00 s | 500 MiB |  |" in text
    assert f"| {CONTESTANTS['dlt_rows'].title} |  | > 600 s | > 600 s | {CONTESTANTS['dlt_rows'].lacks} |" in text
    assert "- 500 rows, the whole command, cold: 1.50 s, at most 1.20 s" in text.partition("Not measured:")[0]
    assert "- 1 million rows, `mixed`, to the lean script: at most 1.10x" in text.partition("Not measured:")[2]
    assert "| commit |  | 2.00 s, 50% |" in text
    assert "| all | 1.50 s | 4.00 s |" in text


def test_the_pages_tell_machines_apart() -> None:
    one = this_machine() | {"processor": "Fast", "date": "2026-01-01", "load": "0.5"}
    record = Record().with_results([Result(OURS, "mixed", 500, [1.0], [1.0], [1])], {}, {}, one)
    text = f"cores of Fast, {one['memory']}, {one['system']}, 2026-01-01; load average of 15 minutes at most 0.5"
    assert text in pages(record)["performance.md"]
    again = record.with_results([Result(OURS, "wide", 10_000, [1.0], [1.0], [1])], {}, {}, one | {"date": "2026-01-03"})
    assert "2026-01-01 to 2026-01-03;" in pages(again)["performance-tables.md"]
    other = [Result(OURS, "mixed", 10_000, [1.0], [1.0], [1])]
    mixed = again.with_results(other, {}, {}, one | {"processor": "Slow"})
    lines = [line for line in pages(mixed)["performance-tables.md"].splitlines() if "cores of" in line]
    assert [line.rpartition(": ")[2] for line in lines] == [
        "500 rows `mixed`; 10,000 rows `wide`.",
        "10,000 rows `mixed`.",
    ]


def both(rows: int, workload: str, other: str, ours: float, theirs: float) -> list[Result]:
    return [
        Result(OURS, workload, rows, [ours], [ours], [int(ours * MIB)]),
        Result(other, workload, rows, [theirs], [theirs], [int(theirs * MIB)]),
    ]


def told(*results: Result, **figures: float) -> dict[str, tuple[str, str]]:
    record = Record().with_results(results, {}, {}, this_machine())
    for name, value in figures.items():
        record = record.with_figure(name.replace("_", " "), value)
    return {bar.what: (bar.reached, bar.told) for bar in bars(record)}


def test_bars_are_met_missed_or_not_measured() -> None:
    found = told(*both(1_000_000, "mixed", LEAN, 11, 10), *both(10_000_000, "mixed", LEAN, 8, 10), warm_seconds=0.3)
    assert found["1 million rows, `mixed`, to the lean script"] == ("1.10x", "yes")
    assert found["10 million rows, `mixed`, to the lean script"] == ("0.80x", "no")
    assert found["10 million rows, `mixed`, memory, to the lean script"] == ("0.80x", "no")
    assert found["500 rows through the API, warm"] == ("0.30 s", "no")
    assert found["The history, of the time of 1 million rows"] == ("", "not measured")
    assert told(history_share=0.052)["The history, of the time of 1 million rows"] == ("5.2 %", "yes")
    assert {HISTORY_SHARE, WARM_SECONDS} == {"history share", "warm seconds"}


def test_times_on_different_machines_are_not_compared() -> None:
    one, ten = (both(rows, "mixed", REFERENCE, rows / 1_000_000, 20)[:1] for rows in (1_000_000, 10_000_000))
    what = "10 million rows, `mixed`, to ten times its own for 1 million"
    assert told(*one, *ten)[what] == ("1.00x", "yes")
    apart = Record().with_results(one, {}, {}, this_machine())
    apart = apart.with_results(ten, {}, {}, this_machine() | {"processor": "another"})
    assert [bar.told for bar in bars(apart) if bar.what == what] == ["not measured"]


def test_a_bar_of_every_workload_is_that_of_the_worst_and_needs_all() -> None:
    names = ("first", "updates", "unchanged", "mixed", "wrong", "wide", "quoted")
    results = [each for at, name in enumerate(names) for each in both(100_000, name, REFERENCE, 9 + (at == 2) * 3, 10)]
    worst = "100,000 rows, every workload (`unchanged` is the worst), to the reference"
    assert told(*results)[worst] == ("1.20x", "no")
    assert told(*results[2:])["100,000 rows, every workload, to the reference"] == ("", "not measured")


def test_new_results_replace_those_of_the_same_workload_and_rows(tmp_path: Path) -> None:
    path = tmp_path / "performance.json"
    a_record().with_figure(WARM_SECONDS, 0.2).save(path)
    again = [Result(OURS, "mixed", rows, [1.0], [1.0], [1]) for rows in (1_000_000, 500)]
    more = [Result(OURS, "mixed", 10, [1.0], [1.0], [1])]
    merged = Record.load(path).with_results([*again, *more], {}, {}, this_machine())
    assert list(merged.results) == [*again, *more]
    assert merged.figures == {WARM_SECONDS: 0.2}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_pages_are_what_was_measured(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == WRITTEN[name], "run: python -m benchmarks.page"


def marks(svg: str) -> dict[str, tuple[float, float]]:
    """Where the mark of each figure is, by what it tells."""
    found = {}
    for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):
        place = PLACE.fullmatch(each.get("transform", ""))
        if place and len(each):
            found[each[0].text or ""] = (float(place[1]), float(place[2]))
    return found


def test_a_plot_has_a_mark_for_each_figure_where_it_belongs() -> None:
    lines = [Line("<ours>", {500: 0.25, 10_000_000: 80}), Line("other", {500: 0.25}), Line("nobody", {})]
    svg = plot("Seconds & rows", "what it is", "s", lines, {500: "500", 10_000_000: "10 million"})
    found = marks(svg)
    small, large = found["<ours>: 0.25 s, 500 rows"], found["<ours>: 80.0 s, 10,000,000 rows"]
    assert len(found) == 3
    assert found["other: 0.25 s, 500 rows"] == small
    assert LEFT < small[0] < large[0] < RIGHT
    assert BOTTOM > small[1] > large[1] > TOP
    texts = [each.text for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"Seconds & rows", "10 million", "0.2 s", "100 s", "nobody (not measured)"} <= set(texts)


def test_equal_steps_of_a_logarithmic_axis_are_equally_long() -> None:
    line = Line("a", {1: 1, 10: 10, 100: 100})
    places = list(marks(plot("a", "a", "s", [line], {1: "1", 10: "10", 100: "100"})).values())
    across = [place[0] for place in places]
    up = [place[1] for place in places]
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.2)
    assert up[0] - up[1] == pytest.approx(up[1] - up[2], abs=0.2)


def test_plots_of_nothing_measured_are_pictures_without_axes() -> None:
    text = pages(Record())["images/performance-seconds.svg"]
    assert marks(text) == {}


def test_the_plots_show_right_results_of_every_contestant() -> None:
    record = a_record()
    found = marks(pages(record)["images/performance-memory.svg"])
    assert set(found) == {
        "client-import: 300 MiB, 500 rows",
        "client-import: 500 MiB, 1,000,000 rows",
        "DuckDB SQL (the reference): 1,000 MiB, 1,000,000 rows",
        "django-import-export, bulk, into SQLite: 90.0 MiB, 1,000,000 rows",
    }

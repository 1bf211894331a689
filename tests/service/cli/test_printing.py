"""Covers what is printed of files, names and requests: nothing of it moves a cursor, colours, or begins a line."""

from __future__ import annotations

import codecs
import json
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest

from client_import.system.printable import printable, printable_json
from service.tables import duration
from tests.support.api_server import ApiServer
from tests.support.cli import COMMAND, CommandLine, wait_until
from tests.support.sockets import connected, first_answer, head
from tests.support.terminal import on_a_terminal

EVIL = "\x1b[31mred\x1b]0;title\x07\x9b31m\u202eback\u2028line\u2066\x7f\x00\u200b[bold]mark[/bold]"
PLAIN = "".join(f"K{number},Name of a client {number},Individual,nothing\n" for number in range(500))
HIDDEN = [chr(point) for point in range(0x110000) if unicodedata.category(chr(point)) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def is_clean(text: str) -> bool:
    """Whether nothing of ``text`` but its line breaks is hidden."""
    return all(unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in text.replace("\n", ""))


def test_every_hidden_character_of_unicode_is_escaped_and_no_other() -> None:
    for letter in HIDDEN:
        assert printable(f"a{letter}b").isascii(), f"U+{ord(letter):04X}"
    assert printable("Zoë £5 – “x” 日本 \N{SNOWMAN}\u00a0") == "Zoë £5 – “x” 日本 \N{SNOWMAN}\u00a0"
    assert printable("a\nb\t\x1b") == r"a\nb\t\x1b"


def test_json_says_the_same_afterwards() -> None:
    for text in (EVIL, "".join(HIDDEN[:300]), "\U000e0041", "\ud800"):
        written = printable_json(json.dumps({"a": text}, ensure_ascii=False, indent=1))
        assert is_clean(written)
        assert json.loads(written) == {"a": text}


def test_a_locale_that_has_not_all_characters_loses_none(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home", PYTHONIOENCODING="ascii")
    name = "Zoë Łuczak 日本 \N{GRINNING FACE}"
    file = tmp_path / "clients.csv"
    file.write_text(f"Code,Name,Type,Email\nÄ1,{name},Individual,\nÄ2,Bob,Individual,日本\n", "utf-8")
    assert cli("preview", file, "--json").json["previewRows"][0]["Name"] == name
    run = cli("run", file)
    assert (run.status, run.stderr) == (3, "")
    assert r"\u65e5\u672c" in run.stdout
    assert cli("clients", "--json").json[0]["name"] == name
    assert "uczak" in cli("clients").stdout


@pytest.mark.slow
def test_no_command_prints_what_a_file_would_do_to_a_terminal(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    file = tmp_path / f"{EVIL.replace(chr(0), '').replace('/', '')}.csv"
    label = EVIL.replace("\x00", "")
    file.write_text(f"Code,Name,Type,{label}\nA1,Ann{label},Individual,x{label}\nB2,Bob,{label},y\n" + PLAIN, "utf-8")
    mapping = tmp_path / "evil.json"
    columns = [{"csvHeader": f"C{label}", "targetField": "Code"}, {"csvHeader": "Name", "targetField": "Name"}]
    mapping.write_text(json.dumps({"code": "evil", "name": label, "columnMappings": columns}))
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000)
    said = [
        cli("preview", str(file)),
        cli("preview", str(file), "--json"),
        cli("run", str(file)),
        cli("run", str(file), "--dry-run"),
        cli("run", str(file), "--map", f"{label}2=Code"),
        cli("run", str(file), "--map", f"Code={label}"),
        cli("run", f"{file}.gone"),
        cli("jobs"),
        cli("jobs", "--json"),
        cli("mappings", "save", str(mapping)),
        cli("mappings", "list"),
        cli("mappings", "show", "evil"),
        cli("mappings", "show", label),
        cli("run", str(file), "--mapping", "evil"),
        cli("run", str(file), "--mapping", str(deep)),
        cli("job", label),
        cli("settings", CLIENT_IMPORT_DROP=label),
    ]
    for answer in said:
        assert is_clean(answer.stdout), answer.stdout
        assert is_clean(answer.stderr), answer.stderr
        assert "Traceback" not in answer.stderr
    assert "[bold]" in said[0].stdout
    assert said[14].status == 2


ACTS = "\x1b[2J\x1b]0;title\x07\x9b2J\x08\u202eback"
"""Clears the screen, names the window, clears it once more, goes back: none of it may come to a terminal."""


@pytest.fixture(scope="module")
def acting(tmp_path_factory: pytest.TempPathFactory) -> tuple[CommandLine, str]:
    """A home in which values, headers and names act on terminals, and the code of its import."""
    cli = CommandLine(tmp_path_factory.mktemp("acting") / "home")
    rows = f'A1,Ann {ACTS} Zo\u00eb,Ltd,x\r\nB2,Bob,{ACTS},"two\nlines{ACTS}"\r\n'
    file = cli.home.parent / f"{ACTS}.csv"
    plain = PLAIN.replace("\n", "\r\n")  # with fewer lines of text it would be no CSV file
    file.write_text(f"Code,Name,Type,Note{ACTS}\r\n{rows}{plain}", "utf-8", newline="")
    assert cli("run", file).status == 3
    columns = [{"csvHeader": f"Name{ACTS}", "targetField": "Name"}, {"csvHeader": "Code", "targetField": "Code"}]
    mapping = cli.home.parent / "acts.json"
    mapping.write_text(json.dumps({"code": "acts", "name": ACTS, "columnMappings": columns}))
    assert cli("mappings", "save", mapping).status == 0
    (cli.home / "drop").mkdir(exist_ok=True)
    (cli.home / "drop" / f"{ACTS}.csv").write_text("Code,Name,Type\nC3,Cy,Ltd\n")
    (cli.home / "drop" / f"{ACTS}.doc").write_text("")
    return cli, str(cli.jobs()[0]["code"])


COMMANDS = [
    "not-imported CODE",
    "not-imported CODE --all",
    "not-imported CODE -o /dev/stdout",
    "export",
    "export --mapping acts",
    "export -o /dev/stdout",
    "template --mapping acts",
    "preview FILE",
    "preview FILE --json",
    "run FILE --dry-run",
    "run FILE --map Name\x1b[2J=Name",
    "run FILE.gone",
    "run FILE.gone --debug",
    "run FILE FILE",
    "run --FILE",
    "FILE",
    "jobs",
    "jobs --status FILE",
    "jobs --limit FILE",
    "job CODE",
    "job CODE --json",
    "job FILE",
    "drop --list",
    "drop",
    "mappings list",
    "mappings show acts",
    "mappings show FILE",
    "mappings save ours --from FILE",
    "fields",
    "fields --schema",
    "settings",
]


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS)
def test_nothing_of_the_data_does_anything_to_a_terminal(words: str, acting: tuple[CommandLine, str]) -> None:
    cli, code = acting
    file = str(cli.home.parent / f"{ACTS}.csv")
    arguments = [word.replace("CODE", code).replace("FILE", file) for word in words.split(" ")]
    shown = on_a_terminal([COMMAND, *arguments], {**cli.environment, "CLIENT_IMPORT_LOG": "text"})
    assert shown
    for sequence in (b"\x1b[2J", b"\x1b]", b"\x07", b"\x9b", b"\x08", "\u202e".encode()):
        assert sequence not in shown, shown


def test_lines_stay_lines_on_a_terminal(acting: tuple[CommandLine, str]) -> None:
    cli, code = acting
    shown = on_a_terminal([COMMAND, "not-imported", code], cli.environment).decode()
    escaped = r"\x1b[2J\x1b]0;title\x07\x9b2J\x08\u202eback"
    lines = shown.split("\r\n")  # as the terminal has them
    assert lines[0].startswith(f"Code,Name,Type,Note{escaped},import_row")
    assert lines[1] == f'"B2","Bob","{escaped}","two'
    assert lines[2].startswith(f'lines{escaped}",')
    assert lines[3:] == [""]
    assert "Zo\u00eb".encode() in on_a_terminal([COMMAND, "export"], cli.environment)


@pytest.mark.parametrize("words", ["not-imported CODE", "export", "template --mapping acts"])
def test_files_and_pipes_get_the_bytes_untouched(words: str, acting: tuple[CommandLine, str], tmp_path: Path) -> None:
    cli, code = acting
    arguments = words.replace("CODE", code).split(" ")
    piped = subprocess.run([COMMAND, *arguments], env=cli.environment, stdout=subprocess.PIPE, check=True).stdout
    assert cli(*arguments, "-o", tmp_path / "file.csv").status == 0
    assert piped == (tmp_path / "file.csv").read_bytes()
    assert piped.startswith(codecs.BOM_UTF8)
    assert piped.endswith(b"\r\n")
    assert (ACTS.encode() in piped) == (words != "export")  # what is imported has no controls any more


@pytest.mark.parametrize("log", ["text", "json"])
def test_a_request_is_one_line_of_the_log(tmp_path: Path, log: str) -> None:
    forged = "%0a2026-01-01T00:00:00Z%20INFO%20forged%1b%5b31m%c2%9b%e2%80%a8%e2%80%ae%00%ed%a0%80"
    with ApiServer(tmp_path / "home", CLIENT_IMPORT_LOG=log) as server:
        for target in (f"/x{forged}", f"/jobs/{forged}", f"/clients/import/csv/{forged}?a={forged}"):
            with connected(server.port) as connection:
                connection.sendall(head("GET", target, f"x-request-id: a{chr(0x9B)}b", "User-Agent: \x0bx"))
                first_answer(connection)
            assert server.client.get(target, headers={"x-request-id": "mine"}).status_code == 404
        wait_until(lambda: server.log.read_text("utf-8").count("mine") >= 3, "the log")
        text = server.log.read_text("utf-8")
    assert is_clean(text)
    assert not any(line.startswith("2026-01-01") for line in text.splitlines())
    if log == "json":
        assert all(json.loads(line) for line in text.splitlines() if line.startswith("{"))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"), (0.36, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"),
        (185, "3 min 5 s"), (3599.7, "1 h 0 min"), (7640, "2 h 7 min"),
    ],
)  # fmt: skip
def test_lengths_of_time_are_short(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_the_result_and_the_job_say_how_long_it_took(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    done = cli("run", "-", stdin=b"Code,Name,Type\nA1,Acme,Ltd\n")
    assert re.match(r"Completed  stdin\.csv: 1 rows? in \d+(\.\d)? s - 1 created", done.stdout), done
    [job] = cli.jobs()
    assert re.search(r"^took +\d+(\.\d)? s *$", cli("job", job["code"]).stdout, re.MULTILINE)

"""Files that are called .csv and are something else are said to be that; tables that begin like it are read."""

from __future__ import annotations

import codecs
import gzip
import json

import pytest

from tests.support.program import Program

CLIENTS = [{"Code": "C001", "Name": "Ann", "Type": "Ltd"}, {"Code": "C002", "Name": "Bob", "Type": "Ltd"}]
TABLE = "<table><tr><th>Code</th><th>Name</th></tr><tr><td>C001</td><td>Ann, Lee</td></tr></table>"
WORKBOOK = (
    '<?xml version="1.0"?>\r\n<?mso-application progid="Excel.Sheet"?>\r\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Clients"/></Workbook>'
)

HTML = {
    "a page": "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please, sign in</body></html>",
    "in small letters": "<!doctype html>\n<p>Hello, you",
    "without a type": "<html lang='en'>\n<body>\n",
    "a table": TABLE,
    "a table as Excel likes it": f'<html xmlns:x="urn:schemas-microsoft-com:office:excel">\n{TABLE}</html>',
    "a table with a border": f"\n\n  {TABLE.replace('<table>', '<TABLE BORDER=1>')}",
    "below a comment": "<!-- saved from url=(0014)about:internet -->\n<html>",
    "XHTML": '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "">\n<html><body/></html>',
    "a part of a page": "<meta charset='utf-8'><style>td {color: red}</style>" + TABLE,
    "a page without an end": "<html>\n" + "<p>text, and text\n" * 20_000,
}
XML = {
    "declared": '<?xml version="1.0" encoding="UTF-8"?>\n<clients><client code="C001">Ann, Lee</client></clients>',
    "not declared": "<clients>\n  <client><code>C001</code></client>\n</clients>",
    "with name space": '<c:clients xmlns:c="urn:x">\n<c:client/></c:clients>',
    "below a comment": "<!-- clients, all -->\n<clients><client/></clients>",
    "without an end": "<clients>\n" + "<client><name>Ann, Lee</name></client>\n" * 20_000,
}
JSON = {
    "a list": json.dumps(CLIENTS),
    "on many lines": json.dumps(CLIENTS, indent=2),
    "an object": json.dumps({"data": {"clients": CLIENTS}}, indent=4),
    "an error": '{"error":"not authorised","status":401}',
    "lists": json.dumps([list(client.values()) for client in CLIENTS]),
    "lines": "\n".join(map(json.dumps, CLIENTS)),
    "lines of lists": '["Code","Name"]\n["C001","Ann"]\n["C002","Bob"]\n',
    "lines with commas": ",\n".join(map(json.dumps, CLIENTS)),
    "nothing": "[]",
    "without an end": json.dumps({"clients": CLIENTS * 10_000})[:-1_000],
    "lines without an end": "\n".join([*map(json.dumps, CLIENTS * 5_000), '{"Code": "C0']),
    "nested deeply": "[" * 100_000,
}
OTHERS = {
    "HTML page": HTML,
    "XML": XML,
    "spreadsheet in XML": {"of Excel": WORKBOOK, "with BOM": "\ufeff" + WORKBOOK},
    "JSON": JSON,
    "vCard": {"cards": "BEGIN:VCARD\nVERSION:3.0\nN:Lee;Ann;;;\nEND:VCARD\n"},
    "word processor": {"RTF": "{\\rtf1\\ansi Clients, all\\par}"},
}
CASES = [
    pytest.param(kind, text, id=f"{kind} - {name}") for kind, texts in OTHERS.items() for name, text in texts.items()
]


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_what_is_another_format_is_said_to_be_that(program: Program, kind: str, text: str) -> None:
    job = program.run(text.encode())
    assert (job["status"], job["totalItems"], program.clients()) == ("Failed", None, [])
    assert kind in str(job["failureReason"])
    assert "CSV" in str(job["failureReason"])


@pytest.mark.parametrize("text", [HTML["a page"], XML["declared"], JSON["on many lines"], JSON["lines"]])
@pytest.mark.parametrize(
    "written",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: f" \r\n\t\n{text}".encode(),
        lambda text: codecs.BOM_UTF8 + f"\n\ufeff {text}".encode(),
        lambda text: gzip.compress(text.encode()),
        lambda text: text.replace("\n", "\r\n").encode("windows-1252"),
    ],
    ids=["BOM", "UTF-16", "UTF-16 without BOM", "blanks before it", "BOM and blanks", "gzip", "CRLF"],
)
def test_it_is_known_however_it_is_written(program: Program, text: str, written: object) -> None:
    assert callable(written)
    job = program.run(written(text))
    assert job["status"] == "Failed"
    assert "not a CSV file" in str(job["failureReason"])


TABLES = {
    "label in square brackets": "[Code],[Name],[Type]\nC001,Ann,Ltd\n",
    "label in braces": "{Code},{Name},{Type}\nC001,Ann,Ltd\n",
    "label in angle brackets": "<Code>,<Name>,<Type>\nC001,Ann,Ltd\n",
    "labels that are tags": "<title>,Code,Name,Type\nMr,C001,Ann,Ltd\n",
    "labels in tags": "<b>Code</b>,Name,Type\nC001,Ann,Ltd\n",
    "a title in brackets": "[2024]\nCode,Name,Type\nC001,Ann,Ltd\n",
    "a list in the first cell": "[1]|Code|Name|Type\n|C001|Ann|Ltd\n",
    "JSON in the first cell": 'Data;Code;Name;Type\n{"a": 1};C001;Ann;Ltd\n',
    "JSON first of all": '{"a": 1};Code;Name;Type\n;C001;Ann;Ltd\n',
    "an address first of all": "<ann@example.com>,Code,Name,Type\n,C001,Ann,Ltd\n",
    "quoted brackets": '"[{""Code"": 1}]",Code,Name,Type\nx,C001,Ann,Ltd\n',
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_table_that_begins_like_another_format_is_read(program: Program, text: str) -> None:
    job = program.run(text.encode())
    assert (job["status"], [client["name"] for client in program.clients()]) == ("Completed", ["Ann"])

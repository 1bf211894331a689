"""Recognise text in a format other than CSV: HTML, XML and JSON (docs/rules.md, section 2)."""

from __future__ import annotations

import json
import re

from client_import.field_types.characters import EVERY_INVISIBLE, WHITE_SPACE

_HTML = (
    "The file is an HTML page, not a CSV file. A download can be the page that asks you to sign in, or that says what "
    "went wrong: look at it in a browser, and download it again. If it has the clients in a table, open it in a "
    "spreadsheet and save it as CSV."
)
_XML_WORKBOOK = "The file is a spreadsheet in XML, not a CSV file. Open it in Excel or LibreOffice and save it as CSV."
_XML = "The file is XML, not a CSV file. Have the program it came from export CSV, and import that."
_JSON = "The file is JSON, not a CSV file. Have the program it came from export CSV, and import that."
_VCARD = "The file has vCards, not CSV. Have the address book it came from export CSV, and import that."
_RTF = "The file is a document of a word processor, not a CSV file. Save the table in it as CSV and import that."

_AROUND = EVERY_INVISIBLE + WHITE_SPACE

_COMMENTS = re.compile(r"(?:(?><!--.*?-->)\s*+)+", re.DOTALL)
_HTML_BEGINNING = re.compile(
    r"<(?:!doctype\s++html|(?:html|head|body|table|thead|tbody|meta|title|style|script|div|p|h[1-6]|center|form)"
    r"(?=[\s>]))[^<>]*+>(?!\s*+[,;|])",
    re.IGNORECASE,
)
_XML_BEGINNING = re.compile(r"<[?!](?:xml|doctype)\b|<(?P<name>[A-Za-z_][\w.:-]*+)(?:\s[^<>]*+)?>\s*+<", re.IGNORECASE)
_WORKBOOK = re.compile(
    r"<\?mso-application\b|<(?:\w{1,20}:)?Workbook[\s>]|urn:schemas-microsoft-com:office:spreadsheet"
)
_WORKBOOK_WITHIN = 4_000

_STRING = r'"(?>(?:[^"\\\r\n]++|\\.)*)"'
_OBJECT = rf"\{{\s*+(?:{_STRING}\s*+:|\}})"
_JSON_BEGINNING = re.compile(rf"{_OBJECT}|\[\s*+(?:{_OBJECT}|\[\s*+(?:{_STRING}|[\d.eE+-]++|null|true|false)\s*+[,\]])")
_NEXT_VALUE = re.compile(r"[ \t]*+,?[ \t]*+(?:[\r\n]\s*+(?P<bracket>[{\[])|\s*+\Z)")


def other_format(text: str) -> str | None:
    """Return a sentence saying in which other format a file that begins with ``text`` is, and what to do.

    Return None for CSV, including a table whose first cell only looks like another format.
    """
    text = text.lstrip(_AROUND)
    if text.startswith("<"):
        return _markup(text)
    if text.startswith(("{\\rtf", "{\\urtf")):
        return _RTF
    if text.startswith(("{", "[")):
        return _JSON if _is_json(text) else None
    return _VCARD if re.match(r"BEGIN:VCARD\s", text, re.IGNORECASE) else None


def _markup(text: str) -> str | None:
    comments = _COMMENTS.match(text)
    text = text[comments.end() :] if comments else text
    if _HTML_BEGINNING.match(text):
        return _HTML
    if not _XML_BEGINNING.match(text):
        return None
    beginning = text[:_WORKBOOK_WITHIN]
    if _WORKBOOK.search(beginning):
        return _XML_WORKBOOK
    return _HTML if re.search(r"<html[\s>]", beginning, re.IGNORECASE) else _XML


def _is_json(text: str) -> bool:
    """Return whether ``text`` is a JSON value, one JSON value per line, or the beginning of a longer one."""
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return _JSON_BEGINNING.match(text) is not None or text.startswith("[" * 20)
    rest = _NEXT_VALUE.match(text, end)
    if rest is None:
        return False
    # The title of a table may be a year in brackets; the lines below it are no JSON.
    return rest["bracket"] is None or isinstance(value, dict) or (rest["bracket"] == "[" and len(value) > 1)

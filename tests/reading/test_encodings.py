"""Which encoding a file is found to be in, by the words in it, and what is said where that is not certain."""

from __future__ import annotations

import encodings.aliases
from contextlib import suppress
from pathlib import Path

import pytest

from client_import.errors import OptionsError, SourceError
from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from client_import.reading.layout import Layout
from client_import.reading.reader import read_rows
from tests.support.limits import LIMITS
from tests.support.program import Program

WESTERN = ["Café André", "Zoë Müller", "José Núñez", "Björn Åkesson", "Søren Kjær", "Françoise Lefèvre", "João Simões"]
EASTERN = {
    "Polish": ["Zażółć Łódź", "Świątek", "Wałęsa", "Kraków Dębniki"],
    "Czech": ["Dvořák Plzeň", "Němcová", "Růžička", "Čapek"],
    "Hungarian": ["Erdős Győr", "Szűcs", "Kőszeg", "Márton Fülöp"],
    "Croatian": ["Kovačić", "Đurđević", "Šarić Čakovec"],
}
ORDINARY = [
    ["O’Brien & Sons"],
    ["“The Crown” Inn", "Lee – Ray Partnership"],
    ["Smith’s Bakery", "Directors’ Box"],
    ["Café Šárka", "€ 95", "5 % off…"],
    ["Miloš Novák Ltd"],
    ["Siân Evans", "Chloë Webb", "Renée Lloyd"],
    ["ANDRÉ MÜLLER GMBH"],
    ["Forêt & Fils", "Ångström AB"],
    ["£ 120 club", "Acme® Ltd", "20 °C"],
]


def file_of(folder: Path, names: list[str], encoding: str, end: str = "\r\n", also: bytes = b"") -> Path:
    lines = ["Code,Name,Type", *(f"C{place:03},{name},Ltd" for place, name in enumerate(names)), "C999,Plain,Ltd", ""]
    path = folder / "clients.csv"
    path.write_bytes(end.join(lines).encode(encoding) + also)
    return path


def names_in(path: Path, layout: Layout, block_bytes: int = 1 << 20) -> list[str]:
    return [name for batch in read_rows(path, layout, LIMITS, block_bytes) for name in batch.cells["Name"].to_pylist()][
        :-1
    ]


def found(path: Path, options: ImportOptions | None = None) -> Layout:
    return detect_layout(path, options or ImportOptions(), LIMITS)


@pytest.mark.parametrize("encoding", ["windows-1252", "mac-roman", "cp850"])
@pytest.mark.parametrize("count", [2, 3, len(WESTERN)])
def test_western_names_have_their_letters(tmp_path: Path, encoding: str, count: int) -> None:
    path = file_of(tmp_path, WESTERN[:count], encoding)
    layout = found(path)
    assert names_in(path, layout) == WESTERN[:count]
    assert layout.encoding == encoding
    assert not layout.notes


@pytest.mark.parametrize("language", EASTERN)
def test_names_of_central_europe_have_their_letters(tmp_path: Path, language: str) -> None:
    path = file_of(tmp_path, EASTERN[language], "windows-1250")
    layout = found(path)
    assert layout.encoding == "windows-1250"
    assert names_in(path, layout) == EASTERN[language]
    assert not layout.notes


def test_line_ends_of_old_macs_speak_for_mac_roman(tmp_path: Path) -> None:
    path = file_of(tmp_path, ["Köln"], "mac-roman", end="\r")
    assert found(path).encoding == "mac-roman"


@pytest.mark.parametrize("names", ORDINARY)
def test_ordinary_windows_text_is_that_and_has_no_note(tmp_path: Path, names: list[str]) -> None:
    path = file_of(tmp_path, names, "windows-1252")
    layout = found(path)
    assert layout.encoding == "windows-1252"
    assert not layout.notes
    assert names_in(path, layout) == names


def test_letters_far_behind_the_beginning_count(tmp_path: Path) -> None:
    names = ["Renée"] + ["Plain Ltd"] * 60_000 + EASTERN["Polish"]
    path = file_of(tmp_path, names, "utf-8")
    path.write_bytes(path.read_bytes().decode().encode("windows-1250"))
    assert found(path).encoding == "windows-1250"


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("windows-1253", ["Αθηνά"]),
        ("windows-1253", ["Παπαδόπουλος", "Αθήνα"]),
        ("windows-1251", ["Иванов", "Москва"]),
        ("cp866", ["Сергей Иванов", "Ольга Петрова"]),
        ("cp866", ["Анна Смирнова"]),
        ("mac-cyrillic", ["Сергей Иванов", "Ольга Петрова"]),
        ("mac-cyrillic", ["Анна Смирнова"]),
        ("iso-8859-5", ["Сергей Иванов", "Ольга Петрова"]),
        ("windows-1255", ["ירושלים"]),
        ("shift_jis", ["構造設計", "東京会社", "田中"]),
        ("shift_jis", ["東京"]),
        ("gb18030", ["北京贸易公司", "上海"]),
        ("euc_kr", ["서울무역", "부산"]),
        ("windows-1254", ["Gülşen Yıldız", "Işık"]),
        ("iso-8859-2", ["Świątek", "Łódź Ślęża"]),
    ],
)
def test_text_in_another_encoding_is_read_with_a_note_that_names_it_and_the_words(
    tmp_path: Path, encoding: str, names: list[str]
) -> None:
    path = file_of(tmp_path, names, encoding)
    if found(path).encoding == encoding:
        assert names_in(path, found(path)) == names
        return
    note = " ".join(found(path).notes)
    assert f"Choose the encoding {encoding} then." in note
    assert any(word in note for name in names for word in name.split())
    as_it_is = found(path, ImportOptions(encoding=encoding))
    assert names_in(path, as_it_is) == names
    assert not as_it_is.notes


EAST_ASIAN = {
    "shift_jis": "構造設計 東京会社 田中 表示工業 大阪商事 ソフト開発",
    "euc_jp": "構造設計 東京会社 田中 表示工業 大阪商事 ソフト開発",
    "gb18030": "北京贸易公司 上海电子 广州食品 陈伟 王芳 深圳科技",
    "big5": "台北貿易公司 高雄電子 陳偉 王芳 新竹科技",
    "euc_kr": "서울무역 부산전자 김민수 이영희 대구식품",
}


@pytest.mark.parametrize("encoding", EAST_ASIAN)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_rows_are_never_rejected_beside_others_with_letters_that_nobody_wrote(
    tmp_path: Path, encoding: str, count: int
) -> None:
    """Whatever the first names are: the file is read as it was written, or all of it is taken, with a note."""
    words = EAST_ASIAN[encoding].split()
    for start in range(len(words)):
        names = (words[start:] + words)[:count]
        path = file_of(tmp_path, names, encoding)
        layout = found(path)
        read = names_in(path, layout)
        assert read == names or ("Choose the encoding" in " ".join(layout.notes) and len(read) == count), layout


def test_one_word_that_may_be_either_has_a_note(tmp_path: Path) -> None:
    layout = found(file_of(tmp_path, ["Köln"], "mac-roman"))
    assert layout.encoding == "mac-roman" or '"Kšln" ("Köln")' in " ".join(layout.notes)


def test_encoding_that_was_chosen_wrongly_is_doubted(tmp_path: Path) -> None:
    path = file_of(tmp_path, WESTERN, "windows-1252")
    assert "Choose the encoding windows-1252 then." in " ".join(found(path, ImportOptions(encoding="cp850")).notes)


def test_words_damaged_before_have_a_note(tmp_path: Path) -> None:
    path = file_of(tmp_path, ["CafÃ© Ltd", "BrontÃ«", "Plain"], "utf-8")
    assert '"CafÃ©" ("Café"), "BrontÃ«" ("Brontë")' in " ".join(found(path).notes)


@pytest.mark.parametrize("encoding", ["windows-1252", "mac-roman", "cp850", "windows-1250"])
@pytest.mark.parametrize("block_bytes", [30, 64, 1 << 20])
def test_utf_8_among_lines_of_another_encoding_is_read_as_that(tmp_path: Path, encoding: str, block_bytes: int) -> None:
    names = EASTERN["Polish"] if encoding == "windows-1250" else WESTERN
    also = "C100,Brontë Ltd,Ltd\r\nC101,“Renée’s” Café,Ltd\r\nC102,Łódź Ltd,Ltd\r\n"
    path = file_of(tmp_path, names, encoding, also=also.encode() + b"C103,Last,Ltd\r\n")
    layout = found(path)
    assert layout.encoding == encoding
    expected = [*names, "Plain", "Brontë Ltd", "“Renée’s” Café", "Łódź Ltd"]
    assert names_in(path, layout, block_bytes) == expected
    assert '"Brontë"' in " ".join(layout.notes)


def test_windows_bytes_among_lines_of_utf_8_refuse_their_row(tmp_path: Path) -> None:
    path = file_of(tmp_path, WESTERN, "utf-8", also="C100,Café Ltd,Ltd\r\n".encode("windows-1252"))
    layout = found(path)
    assert layout.encoding == "utf-8"
    rejected = [row for batch in read_rows(path, layout, LIMITS) for row in batch.row_errors["row"].to_pylist()]
    assert rejected == [len(WESTERN) + 3]


def test_capitals_of_romanian_are_not_taken_for_utf_8(tmp_path: Path) -> None:
    names = ["ORĂŞANU", "MĂŞTI", "Ştefănescu", "Brăila Ţăndărei"]
    path = file_of(tmp_path, names, "windows-1250")
    assert names_in(path, found(path, ImportOptions(encoding="windows-1250"))) == names


def test_at_most_twenty_words_are_named_and_the_others_counted(tmp_path: Path) -> None:
    names = [f"Αθηνά{chr(0x3B1 + place % 17)}{chr(0x3B1 + place // 17)}" for place in range(60)]
    note = " ".join(found(file_of(tmp_path, names, "windows-1253")).notes)
    assert note.count('("') == 20
    assert " more" in note


OF_NO_TEXT = ("utf-7", "UTF_7", "unicode_escape", "raw-unicode-escape", "base64", "rot13", "undefined", "utf\0-8")
AWKWARD = (
    b"Code,Name\nA1,+2AA- \\ud800 Ltd\n",
    b"Code,Name\nA1,xn--a-\xff\xed\xa0\x80\n",
    bytes(range(256)) * 3,
    "Code,Name\nA1,é\n".encode("utf-16"),
)


@pytest.mark.parametrize("name", OF_NO_TEXT)
def test_what_is_no_encoding_of_a_text_file_cannot_be_chosen(name: str) -> None:
    with pytest.raises(OptionsError, match="is not an encoding known here; try utf-8"):
        ImportOptions.parse({"encoding": name})


@pytest.mark.parametrize("name", sorted({*encodings.aliases.aliases.values(), "idna", "punycode", "palmos"}))
def test_in_every_encoding_that_can_be_chosen_a_file_is_a_table_or_has_a_sentence(name: str, tmp_path: Path) -> None:
    with suppress(OptionsError):
        options = ImportOptions.parse({"encoding": name})
        for data in AWKWARD:
            (tmp_path / "file").write_bytes(data)
            with suppress(SourceError):
                labels = detect_layout(tmp_path / "file", options, LIMITS).labels
                assert "".join(labels).encode().decode() == "".join(labels)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_that_a_program_has_appended_is_not_what_the_file_is_read_in(program: Program, encoding: str) -> None:
    """As ``>>`` does in Windows PowerShell."""
    text = "Code,Name,Type\n" + "B2,Bob,Trust\n" * 9
    job = program.run(b"Code,Name,Type\nA1,Ann,Trust\n" + text.encode(encoding))
    assert (job["status"], program.clients()) == ("Failed", [])
    assert "NUL bytes" in job["failureReason"]

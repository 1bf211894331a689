"""Whether the first row of a file is its header when no label is known: it is, unless it is like the rows below."""

from __future__ import annotations

from pathlib import Path

import pytest

from client_import.errors import OptionsError
from client_import.fields.headers import field_of_header
from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from tests.support.limits import LIMITS
from tests.support.program import Program

HEADERLESS = {
    "codes, companies and types": "".join(f"K{number:03},Client A{number} Ltd,Ltd\n" for number in range(40)),
    "codes that grow": "A9,Acme\nA10,Bee\nA11,Cee\n",
    "people and towns": "Ann Lee,Leeds\nBob Ray,York\nCy Dale,Hull\n",
    "people and types": "Ann,Individual,Leeds\nBob,Trust,York\nCy,Individual,Hull\n",
    "types that are labels": "Acme Holdings,Company,Leeds\nBee Partners,Company,York\n",
    "labels that recur": "Ann,Email\nBob,Telephone\nCy,Email\n",
    "post codes": "LS1 1AA,Acme\nYO1 7HH,Bee\n",
    "email addresses": "ann@example.com,Ann\nbob@example.com,Bob\n",
    "companies": "Acme Ltd\nBee Limited\nCee plc\n",
    "a team that recurs": "Ann,North\nBob,South\nCy,North\n",
    "a single row": "Acme Ltd,Ltd,Leeds\n",
    "a single row with a code": "C001,Acme\n",
    "in quotes": '"K1","Acme, Sons & Co","x"\n"K2","Bee, Sons & Co","y"\n',
    "semicolons": "K1;Acme\nK2;Bee\n",
    "a status": "Ann,Active\nBob,Active\n",
    "addresses": "1 High Street,Ann\n22 Low Street,Bob\n",
}
HEADED = {
    "words": "Foo,Bar,Baz\nAnn,Leeds,x\nBob,York,y\n",
    "Dutch": "Klant,Soort,Plaats\nJan Jansen,Ltd,Delft\nPiet Smit,Ltd,Leiden\n",
    "Dutch in two words": "Klant Naam,Plaats Naam\nJan Jansen,Delft\nPiet Smit,Den Haag\n",
    "German": "Firma,Ort,Land\nMuster GmbH,Berlin,Deutschland\nBeispiel AG,Bonn,Deutschland\n",
    "French": "Raison sociale,Ville\nDupont Martin,Paris\nDurand Petit,Lyon\n",
    "small letters": "naam,plaats\nAnn,Leeds\nBob,York\n",
    "capitals": "NAAM,PLAATS\nAnn Lee,Leeds\nBob Ray,York\n",
    "underscores": "cust_nm,cust_pl\nann,leeds\nbob,york\n",
    "above numbers": "Soort,Aantal\nLtd,3\nLLP,4\n",
    "above addresses": "Wer,Wo\nAnn,ann@example.com\nBob,bob@example.com\n",
    "one word above a list": "Soort\n" + "Ltd\nLLP\n" * 9,
    "numbered": "Vraag 1,Vraag 2\nJa,Misschien\nMisschien,Ja\n",
    "repeated below": "Klant,Plaats\nJan Jansen,Delft\nKlant,Plaats\nPiet Smit,Leiden\n",
    "repeated below in capitals": "Klant,Plaats\nJan Jansen,Delft\nKLANT,\ufeffPLAATS\nPiet Smit,Leiden\n",
    "one that is known": "Firma,Town\nMuster GmbH,Berlin\nBeispiel AG,Bonn\n",
    "labels of our own": "Column1,Column2,Column3\nC001,Acme Ltd,Ltd\nC002,Bee Ltd,Ltd\n",
}


@pytest.mark.parametrize("data", HEADERLESS.values(), ids=HEADERLESS)
def test_first_row_like_those_below_is_no_header(tmp_path: Path, data: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(data)
    layout = detect_layout(path, ImportOptions(), LIMITS)
    assert layout.header_row == 0
    assert layout.headers == tuple(f"Column{place}" for place in range(1, len(layout.headers) + 1))
    assert any("read as a client" in note for note in layout.notes)


@pytest.mark.parametrize("data", HEADED.values(), ids=HEADED)
def test_labels_that_nobody_knows_are_a_header(tmp_path: Path, data: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(data)
    layout = detect_layout(path, ImportOptions(), LIMITS)
    assert layout.header_row == 1
    is_known = any(field_of_header(label) for label in layout.labels)
    assert any("none of its labels is known" in note for note in layout.notes) is not is_known


def test_unknown_labels_are_doubted_unless_somebody_maps_them(program: Program) -> None:
    data = b"Klant,Soort\nJan Jansen,Ltd\n"
    assert program.run(data, map={"Klant": "Name", "Soort": "Type"})["notes"] == []
    with pytest.raises(OptionsError) as error:
        program.plan(data)
    assert "If row 1 is no header but a client, say that the file has no header." in str(error.value)
    assert "say that the file has no header (--no-header)." in error.value.cli_message()


def test_hints_name_columns_and_no_client(program: Program) -> None:
    with pytest.raises(OptionsError) as error:
        program.plan(HEADERLESS["codes, companies and types"].encode())
    assert '"Column2=Name"' in error.value.cli_message()
    assert "Client A0" not in error.value.cli_message()


def test_every_row_is_imported(program: Program) -> None:
    job = program.run(
        HEADERLESS["codes, companies and types"].encode(),
        map={"Column1": "Code", "Column2": "Name", "Column3": "Type"},
    )
    assert (job["totalItems"], job["createdCount"]) == (40, 40)


def test_rows_of_a_file_without_header_come_back_with_one(program: Program) -> None:
    data = b"C001,Acme Ltd,Ltd,bad\nC002,Bee Ltd,LLP,b@example.com\nC003,Cee Ltd,Zorp,c@example.com\n"
    chosen = {"Column1": "Code", "Column2": "Name", "Column3": "Type", "Column4": "Email"}
    code = program.run(data, map=chosen)["code"]
    returned = program.rejected_bytes(code)
    assert set(program.reasons(program.run(returned, map=chosen)["code"])) == {2, 3}
    corrected = returned.replace(b'"bad"', b'"a@example.com"', 1).replace(b"Zorp", b"Trust", 1)
    bare = b"\r\n".join(b",".join(line.split(b",")[:4]) for line in corrected.splitlines())
    assert program.run(bare, map=chosen)["createdCount"] == 2

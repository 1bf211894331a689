"""Value mappings, offers and words for types, the same way in through every door: real commands, server, Dagster, drop.

The page's way is in page/test_words.py.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.config import ImportConfig
from client_import.errors import OptionsError
from client_import.options import ImportOptions
from pipelines.definitions import defs
from tests.support.api_server import ApiServer, is_problem
from tests.support.cli import CommandLine
from tests.support.program import Program

DATA = b"Code,Name,Type,Do not email\nC1,Ann,Widow,Yes\nC2,Bob,Ltd,no\n"
COLUMNS = {"Code": "Code", "Name": "Name", "Type": "Type", "Do not email": "CanContactEmail"}
MAPPINGS = [{"csvHeader": header, "targetField": field} for header, field in COLUMNS.items()]
VALUES = [
    {"targetField": "Type", "from": "Widow", "to": "Individual"},
    {"targetField": "CanContactEmail", "from": "Yes", "to": "No"},
    {"targetField": "CanContactEmail", "from": "No", "to": "Yes"},
]
TURNED = VALUES[1:]
STORED = [("C1", "Individual", False), ("C2", "PrivateLimitedCompany", True)]
CLI_VALUES = [f"{each['targetField']}:{each['from']}={each['to']}" for each in VALUES]


def stored(home: Path) -> list[tuple[Any, ...]]:
    program = Program(home)
    program.store.close()
    return [(client["code"], client["type"], client["can_contact_email"]) for client in program.clients()]


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "clients.csv"
    path.write_bytes(DATA)
    return path


def repeated(option: str, values: list[str]) -> list[str]:
    return [part for value in values for part in (option, value)]


MAPS = repeated("--map", [f"{header}={field}" for header, field in COLUMNS.items()])


def test_command_line(cli: CommandLine, file: Path) -> None:
    ran = cli("run", file, *MAPS, *repeated("--value", CLI_VALUES))
    assert ran.status == 0, ran.stderr
    assert "values of Type: Widow = Individual" in ran.stdout
    assert stored(cli.home) == STORED


def test_command_line_with_a_mapping_file_and_saved_mappings(cli: CommandLine, file: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "ours.json"
    mapping.write_text(json.dumps({"columnMappings": MAPPINGS, "valueMappings": TURNED}))
    widow = ("--value", "Type: Widow = individual")
    assert cli("run", file, "--mapping", mapping, *widow, "--json").json["createdCount"] == 2
    assert stored(cli.home) == STORED
    assert cli("mappings", "save", mapping).status == 0
    assert cli("mappings", "show", "ours", "--json").json["valueMappings"] == TURNED
    assert "Yes" in cli("mappings", "show", "ours").stdout
    assert cli("run", file, "--mapping", "ours", *widow, "--json").json["skippedCount"] == 2
    options = ("--map", "Do not email=CanContactEmail", *repeated("--value", CLI_VALUES))
    assert cli("mappings", "save", "more", "--from", file, *options).status == 0
    assert cli("mappings", "show", "more", "--json").json["valueMappings"] == VALUES
    assert cli("run", file, "--mapping", "more", "--json").json["skippedCount"] == 2
    exported = tmp_path / "exported.csv"
    assert cli("export", "--mapping", "more", "-o", exported).status == 0
    assert cli("run", exported, "--mapping", "more", "--json").json["skippedCount"] == 2


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("Type", '"FIELD:WORD=MEMBER"'),
        ("Type:Widow", '"FIELD:WORD=MEMBER"'),
        ("Type:=Individual", '"FIELD:WORD=MEMBER"'),
        ("Name:Widow=Individual", "Name has no list"),
        ("Type:Widow=Shoe", '"Shoe" is no member of the list of Type'),
        ("Tipe:Widow=Individual", 'Did you mean "Type"'),
    ],
)
def test_command_line_says_what_is_wrong(cli: CommandLine, file: Path, value: str, sentence: str) -> None:
    for command in (("run", file), ("preview", file), ("mappings", "save", "ours", "--from", file)):
        answer = cli(*command, "--value", value)
        assert (answer.status, answer.stdout) == (2, "")
        assert "--value" in answer.stderr
        assert sentence in answer.stderr


def test_preview_on_the_command_line_offers_and_tells_unknown_words(cli: CommandLine, file: Path) -> None:
    shown = cli("preview", file).stdout
    assert "CanContactEmail, reversed?" in shown
    assert 'Not in the list of Type: Widow (1). Say what they mean: --value "Type:Widow=MEMBER"' in shown
    assert '--map "Do not email=CanContactEmail" --value "CanContactEmail:Yes=No" --value "CanContactEmail:No=Yes"' in (
        shown
    )
    assert "may be contacted" in shown
    told = cli("preview", file, "--json").json
    assert told["plan"]["unknownValues"] == UNKNOWN
    [offer] = [each for each in told["suggestedMappings"] if each["csvHeader"] == "Do not email"]
    assert offer["valueMappings"] == TURNED
    told = cli("preview", file, "--json", *MAPS, *repeated("--value", CLI_VALUES)).json
    assert told["plan"]["createdCount"] == 2
    assert [each["unknownValues"] for each in told["columns"]] == [[], [], [], []]
    assert [note for note in told["notes"] if "contacted" in note] == []


UNKNOWN = [
    {"csvHeader": "Type", "targetField": "Type", "values": [{"value": "Widow", "count": 1}], "otherCount": 0},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api") / "home") as server:
        yield server


def test_api_in_body_form_and_query(server: ApiServer) -> None:
    columns = json.dumps(MAPPINGS)
    code = server.upload(DATA, columnMappingsJson=columns).json()["code"]
    query = {"valueMappingsJson": json.dumps(VALUES)}
    plan = server.client.get(f"/clients/import/csv/{code}/plan").json()
    assert (plan["reasons"], plan["unknownValues"]) == ({"not_in_list": 1}, UNKNOWN)
    assert server.client.get(f"/clients/import/csv/{code}/plan", params=query).json()["createdCount"] == 2
    assert server.put(code, valueMappings=VALUES).status_code in (201, 202)
    assert server.ended(code)["createdCount"] == 2
    as_object = json.dumps({"Type": {"Widow": "Individual"}, "CanContactEmail": {"Yes": "No", "No": "Yes"}})
    again = server.upload(DATA, columnMappingsJson=columns, valueMappingsJson=as_object).json()
    assert (again["plan"]["skippedCount"], again["plan"]["errorCount"]) == (2, 0)


def test_api_offers_what_can_be_sent_back_as_it_is(server: ApiServer) -> None:
    data = DATA.replace(b"C1", b"O1").replace(b"C2", b"O2")
    seen = server.upload(data).json()
    assert any("may be contacted" in note for note in seen["notes"])
    assert seen["columns"][2]["unknownValues"] == ["Widow"]
    columns = [{name: each[name] for name in ("csvHeader", "targetField")} for each in seen["suggestedMappings"]]
    values = [value for each in seen["suggestedMappings"] for value in each["valueMappings"]]
    assert values == TURNED
    server.put(seen["code"], columnMappings=columns, valueMappings=[*values, VALUES[0]])
    assert server.ended(seen["code"])["createdCount"] == 2


def test_api_keeps_them_with_mappings(server: ApiServer) -> None:
    content = {"name": "Ours", "code": "ours", "columnMappings": MAPPINGS, "valueMappings": VALUES}
    made = server.client.post("/csv-mappings", json=content)
    assert made.status_code == 201, made.text
    assert made.json()["valueMappings"] == VALUES
    assert server.client.get("/csv-mappings/ours").json()["valueMappings"] == VALUES
    assert server.run(DATA, mappingCode="ours")["errorCount"] == 0
    changed = server.client.put("/csv-mappings/ours", json={**content, "valueMappings": TURNED})
    assert changed.json()["valueMappings"] == TURNED
    changed = server.client.put("/csv-mappings/ours", json={"name": "Ours", "columnMappings": MAPPINGS})
    assert changed.json()["valueMappings"] == []
    preset = server.client.get("/csv-mappings/individual-clients").json()
    assert preset["valueMappings"] == []
    mine = {**content, "code": "individual-clients"}
    is_problem(server.client.put("/csv-mappings/individual-clients", json=mine), 409, "preset")


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ([{**VALUES[0], "to": "Shoe"}], "valueMappings.0.to", '"Shoe" is no member'),
        ([{**VALUES[0], "targetField": "Name"}], "valueMappings.0.targetField", "Name has no list"),
        ([{**VALUES[0], "from": " "}], "valueMappings.0.from", "blank"),
        ([VALUES[0], {**VALUES[0], "to": "Trust"}], "valueMappings", "two members"),
        ([{**VALUES[0], "from": str(number)} for number in range(2_001)], "valueMappings", "at most 2000"),
        (7, "valueMappings", "Give a list such as"),
    ],
)
def test_api_names_what_is_wrong(server: ApiServer, values: Any, field: str, sentence: str) -> None:
    code = server.uploaded(DATA)
    content = {"name": "x", "columnMappings": MAPPINGS, "valueMappings": values}
    answers = [
        (server.put(code, valueMappings=values), field),
        (server.client.post("/csv-mappings", json=content), field),
        (server.upload(DATA, valueMappingsJson=json.dumps(values)), field.replace("Mappings", "MappingsJson")),
    ]
    for answer, name in answers:
        told = is_problem(answer, 400, sentence)
        assert [each["field"] for each in told["errors"]] == [name]
    assert server.job(code)["status"] == "Queued"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(home))
    monkeypatch.setenv("CLIENT_IMPORT_LAUNCH_FROM", str(tmp_path))
    return home


def launched(**config: Any) -> dg.ExecuteInProcessResult:
    """A run of the job with what is typed into the Launchpad."""
    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("client_import")
        return job.execute_in_process(
            run_config={
                "ops": {"source_file": {"config": config}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            instance=instance,
            raise_on_error=False,
        )


def test_launchpad(home: Path, file: Path) -> None:
    values = {"Type": {"Widow": "Individual"}, "CanContactEmail": {"Yes": "No", "No": "Yes"}}
    assert launched(path=str(file), column_mappings=COLUMNS, value_mappings=values).success
    assert stored(home) == STORED


def test_launchpad_shows_what_is_dropped(home: Path, file: Path) -> None:
    result = launched(path=str(file))
    made = {each.asset_key.path[-1]: each for each in result.asset_materializations_for_node("source_file")}
    assert "may be contacted" in str(made["source_file"].metadata["notes"].value)


def test_launchpad_says_what_is_wrong(home: Path, file: Path) -> None:
    result = launched(path=str(file), value_mappings={"Type": {"Widow": "Shoe"}})
    assert not result.success
    assert "is no member of the list of Type" in str(result.all_events)


UNUSED = "Values are mapped for Status, but no column is mapped to it, so they change nothing."


def test_words_of_a_field_without_a_column_are_noted_at_every_door(
    cli: CommandLine, server: ApiServer, home: Path, file: Path
) -> None:
    assert UNUSED in cli("preview", file, "--value", "Status:x=Active", "--json").json["notes"]
    seen = server.upload(DATA, valueMappingsJson=json.dumps({"Status": {"x": "Active"}})).json()
    assert UNUSED in seen["notes"]
    page = server.client.get(f"/jobs/{seen['code']}")
    assert UNUSED in page.text
    result = launched(path=str(file), value_mappings={"Status": {"x": "Active"}})
    made = {each.asset_key.path[-1]: each for each in result.asset_materializations_for_node("source_file")}
    assert UNUSED in str(made["source_file"].metadata["notes"].value)


@pytest.mark.parametrize(
    ("field", "words", "sentence"),
    [
        ("Shoe", {"Widow": "Individual"}, '"Shoe" is not a client field'),
        ("Name", {"Widow": "Individual"}, "Name has no list, so its words cannot be mapped"),
        ("Type", {"Widow": "Shoe"}, '"Shoe" is no member of the list of Type'),
        ("Type", {"Widow": "Trust", "widow": "Charity"}, '"widow" is mapped to two members of Type, Trust and Charity'),
    ],
)
def test_what_is_wrong_is_the_same_sentence_at_every_door(
    cli: CommandLine, server: ApiServer, file: Path, field: str, words: dict[str, str], sentence: str
) -> None:
    given = repeated("--value", [f"{field}:{word}={member}" for word, member in words.items()])
    assert sentence in " ".join(cli("preview", file, *given).stderr.split())
    code = server.uploaded(DATA)
    is_problem(server.put(code, valueMappings={field: words}), 400, sentence)
    pairs = {f"word.{at}": json.dumps([field, word]) for at, word in enumerate(words)}
    members = {f"member.{at}": member for at, member in enumerate(words.values())}
    page = server.client.post(f"/jobs/{code}/set-up", data={"mapping": "", **pairs, **members})
    assert sentence in html.unescape(page.text)
    with pytest.raises(OptionsError) as error:
        ImportConfig(path=str(file), value_mappings={field: words}).options()
    assert sentence in str(error.value)


WORDS = ["Ltd", "ltd.", "Limited Company", "PrivateLimitedCompany"]
UNTYPED = b"Code,Name\nT1,Ann\n"


@pytest.mark.parametrize("word", WORDS)
def test_the_default_type_knows_the_words_of_cells_everywhere(
    word: str, server: ApiServer, home: Path, tmp_path: Path
) -> None:
    code = server.uploaded(UNTYPED)
    plan = server.client.get(f"/clients/import/csv/{code}/plan", params={"defaultClientType": word})
    assert plan.json()["errorCount"] == 0
    assert server.upload(UNTYPED, defaultClientType=word).json()["plan"]["errorCount"] == 0
    assert server.put(code, defaultClientType=word).status_code in (201, 202)
    assert server.ended(code)["errorCount"] == 0

    path = tmp_path / "untyped.csv"
    path.write_bytes(UNTYPED)
    assert launched(path=str(path), default_client_type=word).success
    program = Program(home)
    assert [client["type"] for client in program.clients()] == ["PrivateLimitedCompany"]
    program.store.close()
    assert ImportOptions.parse({"defaultClientType": word}).default_client_type == "PrivateLimitedCompany"


def test_the_default_type_is_a_word_on_the_command_line(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "untyped.csv"
    path.write_bytes(UNTYPED)
    assert cli("run", path, "--default-type", "Ltd", "--json").json["createdCount"] == 1
    answer = cli("run", path, "--default-type", "Zorp")
    assert (answer.status, "PrivateLimitedCompany" in answer.stderr) == (2, True)

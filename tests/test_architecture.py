"""Covers the structure of the program: which folder may import which, what a start costs, how long a module is."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("client_import", "resources", "assets", "pipelines", "service")
"""Each may import those before it, and itself."""

OTHERS = ("tests", "benchmarks", "examples", "docs", "deploy")
"""What the program is looked at with; it imports none of them."""

STAGES = (
    "errors", "wording", "receivers", "memory", "setting_forms", "settings", "system", "did_you_mean", "paths",
    "failpoints", "row_errors", "fields", "field_types", "options", "reading", "mapping", "jobs", "notify",
    "validation", "reports", "fixing", "clients", "history", "merge", "undo", "recovery", "inbox", "pipeline",
    "undo_job", "dry_run", "preview", "retention",
)  # fmt: skip
"""The packages of client_import, and the modules beside them: each imports those before it alone, and itself."""

SERVERS = ("dagster", "dagster_webserver", "fastapi", "uvicorn", "starlette", "typer", "rich")
HEAVY = ("dagster", "pandas", "duckdb", "pyarrow", "pandera", "fastapi")
OPTIONAL = ("psycopg", "psycopg2", "adbc_driver_manager", "adbc_driver_postgresql", "dagster_postgres")
"""What the extra ``postgresql`` installs."""

MOST_LINES = 300

_LOADED = "import json, sys, importlib; [importlib.import_module(name) for name in sys.argv[1:]]; "
_LOADED += "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def name_of(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_by(module: Path) -> Iterator[str]:
    """The full names of everything that ``module`` imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = name_of(module).split(".")[: -node.level] if node.level else []
            yield ".".join([*package, *([node.module] if node.module else [])])


def loaded_by(*names: str) -> set[str]:
    """The top-level modules in memory after a fresh Python has imported ``names``."""
    command = [sys.executable, "-c", _LOADED, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_go_one_way(folder: str) -> None:
    assert modules(folder), f"the folder {folder} has no modules"
    forbidden = {*FOLDERS[FOLDERS.index(folder) + 1 :], *OTHERS}
    upwards = [
        f"{name_of(module)} imports {name}"
        for module in modules(folder)
        for name in imported_by(module)
        if name.partition(".")[0] in forbidden
    ]
    assert upwards == []


def test_stages_of_an_import_know_those_before_them_alone() -> None:
    stages = {
        module.relative_to(ROOT / "client_import").parts[0].removesuffix(".py") for module in modules("client_import")
    }
    assert {*STAGES, "__init__"} == stages
    backwards = [
        f"{name_of(module)} imports {name}"
        for module in modules("client_import")
        for name in imported_by(module)
        if name.startswith("client_import.") and _stage(name) > _stage(name_of(module))
    ]
    assert backwards == []


def _stage(name: str) -> int:
    parts = name.split(".")
    return STAGES.index(parts[1]) if len(parts) > 1 else len(STAGES)


def test_pandera_is_used_by_its_public_api() -> None:
    private = ("pandera.api", "pandera.backends", "pandera.engines")
    imported = {name for folder in FOLDERS for module in modules(folder) for name in imported_by(module)}
    assert "pandera.pandas" in imported
    assert [name for name in sorted(imported) if name.startswith(private)] == []


def test_spark_is_known_in_one_place() -> None:
    places = {
        name_of(module)
        for folder in FOLDERS
        for module in modules(folder)
        if any(name.partition(".")[0] in ("pyspark", "grpc") for name in imported_by(module))
    }
    assert places == {"client_import.validation.spark"}


@pytest.mark.parametrize("stage", ["fields", "field_types", "reading", "mapping", "validation", "clients", "merge"])
def test_stages_are_given_their_settings(stage: str) -> None:
    """None of them reads the environment, so that what comes out depends on what goes in alone."""
    for module in modules(f"client_import/{stage}"):
        text = module.read_text("utf-8")
        assert "read_settings" not in text, module
        assert "environ" not in text, module


def test_the_import_itself_knows_nothing_of_dagster_http_or_terminals() -> None:
    assert loaded_by("client_import").isdisjoint(HEAVY)
    names = [name_of(module) for module in modules("client_import")]
    if importlib.util.find_spec("adbc_driver_postgresql") is None:
        names = [name for name in names if ".postgresql" not in name]
    assert len(names) > 20
    assert loaded_by(*names).isdisjoint(SERVERS)


def test_nothing_of_the_extras_is_loaded_without_being_asked_for() -> None:
    """Pandera imports ``pyspark`` wherever it is installed; what asks for Spark here is told by its session."""
    loaded = loaded_by("service.cli", "service.api.app", "pipelines.definitions", "pipelines.worker")
    assert loaded.isdisjoint(OPTIONAL)


def test_the_command_line_starts_light() -> None:
    loaded = loaded_by("service.cli")
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("folder", FOLDERS)
def test_modules_are_short(folder: str) -> None:
    lengths = {name_of(module): len(module.read_text("utf-8").splitlines()) for module in modules(folder)}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


PRIVATE = ("pandera.api", "pandera.backends")
"""What its makers call private though no name says so."""


@pytest.mark.parametrize("folder", [*FOLDERS, *OTHERS])
def test_nothing_private_of_a_dependency_is_used(folder: str) -> None:
    used = {f"{name_of(module)} uses {name}" for module in modules(folder) for name in _private_names(module)}
    assert used == set()


def _private_names(module: Path) -> Iterator[str]:
    """The private names of others that ``module`` imports, runs as programs, or reaches through what it imports."""
    tree = ast.parse(module.read_text("utf-8"))
    theirs = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                theirs |= {(alias.asname or alias.name).partition(".")[0] for alias in names}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found = [alias.name for alias in names]
            case ast.ImportFrom(module=name, names=names, level=0):
                found = [f"{name}.{alias.name}" for alias in names]
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in theirs:
                found = [f"{name}.{attribute}"]
            case ast.Constant(value=str(text)) if text.startswith(("dagster.", "dagster_")):
                found = [text]
            case _:
                continue
        yield from (name for name in found if _is_private(name))


def _is_private(name: str) -> bool:
    parts = [part for part in name.split(".") if not (part.startswith("__") and part.endswith("__"))]
    is_ours = parts[:1] and parts[0] in {*FOLDERS, *OTHERS}
    return (
        not is_ours and name != "os._exit" and (any(part.startswith("_") for part in parts) or name.startswith(PRIVATE))
    )

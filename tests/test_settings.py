"""Covers what is said of wrong settings: a sentence that says what to write, never a pattern or a class."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from client_import.errors import OptionsError
from client_import.paths import Home
from client_import.settings import Settings, read_settings
from resources.environment import settings_of

WRONG = {
    "home": ("", "It must not be empty; leave it unset to have the default"),
    "history_days": ("36501", "It must be 36,500 or less"),
    "retention_days": ("99999999999999999999", "It must be 36,500 or less"),
    "drop": ("", "It must not be empty; leave it unset to have the default"),
    "group_access": ("perhaps", "Give true or false."),
    "lock_wait_seconds": ("long", "Give a number."),
    "memory_limit": ("a lot", "It is no amount of memory; write one such as 448MB or 2GB"),
    "preview_memory": ("", "It must not be empty; leave it unset to have the default"),
    "preview_seconds": ("0", "It must be more than 0"),
    "threads": ("0", "It must be 1 or more"),
    "workers": ("", "Give a whole number."),
    "nightly_hour": ("24", "It must be 23 or less"),
    "time_zone": ("Middle/Earth", "It is no time zone; use a name such as Europe/London"),
    "log": ("loud", "Give one of 'off', 'text' or 'json'"),
    "database": ("mysql://host/clients", "It is no address of a PostgreSQL database; write postgresql://"),
    "spark": ("spark", "It is no address of Spark Connect; write sc://host:15002"),
    "dagster_url": ("webserver", "It is no address of a Dagster webserver; write one such as http://webserver:3000"),
    "notify": ("me", "Address 1 is none."),
    "notify_secret": ("word", "It is no such secret; make one with: "),
    "public_url": ("imports", "It is no address of a website; write one such as https://imports.example.com"),
    "allowed_hosts": ("a b", "It is no list of host names; write names such as imports.example.com, with commas"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_told_in_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, sentence = WRONG[name]
    variable = f"CLIENT_IMPORT_{name.upper()}"
    monkeypatch.setenv(variable, value)
    with pytest.raises(OptionsError) as refused:
        read_settings()
    assert str(refused.value).startswith(f"{variable}: {sentence}")
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_whatever_is_wrong_no_pattern_is_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", " ", "-1", "1e400", "^", "{gt}", "1" * 5_000, "\udcff"):
        monkeypatch.setenv(f"CLIENT_IMPORT_{name.upper()}", value)
        try:
            read_settings()
        except OptionsError as error:
            said = str(error)
            assert not any(word in said for word in ("Value error", "Input should", "String should", "^("))


@pytest.mark.parametrize("name", ["what?", "client%20files", "client\\files", "cl\udcedents"])
def test_a_home_that_databases_misread_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    monkeypatch.setenv("CLIENT_IMPORT_HOME", "var")
    with pytest.raises(
        OptionsError, match=f"^CLIENT_IMPORT_HOME: Databases misread the .* in {re.escape(str(tmp_path))}"
    ):
        read_settings()


def test_so_is_such_a_home_of_dagster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "what?"))
    with pytest.raises(OptionsError, match=r"^In DAGSTER_HOME, databases misread the "):
        _ = Home(tmp_path).dagster


def test_a_working_directory_that_was_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    with pytest.raises(OptionsError, match="The working directory has been removed"):
        read_settings()


def test_the_home_of_a_user_is_found_by_whatever_reads_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", "~/dagster")
    assert settings_of("~/clients").home == tmp_path / "clients"
    assert Home(tmp_path / "clients").dagster == tmp_path / "dagster"


@pytest.mark.parametrize("name", ["home", "scratch", "drop", "launch_from"])
def test_the_home_of_nobody_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CLIENT_IMPORT_{name.upper()}", "~no-such-user/clients")
    with pytest.raises(OptionsError, match="The home folder of ~no-such-user is not known; write the whole path"):
        read_settings()


@pytest.mark.parametrize("name", ["100% it's [a] #1; $HOME", "50% ab"])
def test_a_home_may_have_other_signs_in_its_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(tmp_path / name))
    assert read_settings().home == tmp_path / name


@pytest.mark.parametrize("names", ["", " ", "a.example", "a.example:80, [::1],b", "a.example ,"])
def test_host_names_have_commas_between_them(names: str) -> None:
    assert Settings(allowed_hosts=names).allowed_hosts == names


@pytest.mark.parametrize("names", [",a.example", "a.example,,b", "a.example,,", "a b", "http://a.example"])
def test_what_is_no_list_of_host_names_is_refused(names: str) -> None:
    with pytest.raises(ValidationError, match="it is no list of host names"):
        Settings(allowed_hosts=names)


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_THREADS", "0")
    monkeypatch.setenv("CLIENT_IMPORT_MAX_ROWS", "-1")
    with pytest.raises(OptionsError, match=r"THREADS: It must be 1 or more\. CLIENT_IMPORT_MAX_ROWS: It must be 1"):
        read_settings()

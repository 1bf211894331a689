"""Covers CLIENT_IMPORT_NOTIFY as it is written: several addresses, limits to outcomes, and what is wrong with one."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from client_import.errors import OptionsError
from client_import.notify.services import check_receivers
from client_import.receivers import Outcome, receivers_of
from client_import.settings import Settings, read_settings
from tests.support.cli import CommandLine

PASSWORD = "hunter2"
ALL = frozenset(Outcome)


def addresses(text: str) -> list[tuple[str, frozenset[Outcome]]]:
    return [(receiver.url, receiver.outcomes) for receiver in receivers_of(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" ", []),
        ("https://a.example/x", [("https://a.example/x", ALL)]),
        ("https://a.example/x,", [("https://a.example/x", ALL)]),
        ("https://a.example/x, slack://A/B/C", [("https://a.example/x", ALL), ("slack://A/B/C", ALL)]),
        ("failed=https://a.example", [("https://a.example", frozenset({Outcome.FAILED}))]),
        ("Errors + failed = https://a.example", [("https://a.example", frozenset({Outcome.ERRORS, Outcome.FAILED}))]),
        (
            "mailto://u:p@a.example?to=x@a.example,y@a.example,failed=https://a.example?x=1",
            [
                ("mailto://u:p@a.example?to=x@a.example,y@a.example", ALL),
                ("https://a.example?x=1", frozenset({Outcome.FAILED})),
            ],
        ),
    ],
)
def test_addresses(text: str, found: list[tuple[str, frozenset[Outcome]]]) -> None:
    assert addresses(text) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"https://a.example/x, {PASSWORD}", "Address 1 of CLIENT_IMPORT_NOTIFY (https://a.example/...) has a space"),
        (f"https://a.example/x,{PASSWORD}@b.example", "has a comma that no address follows"),
        (PASSWORD, "Address 1 is none. Write https://host/path"),
        (f"ann:{PASSWORD}@example.com", "Address 1 is none. Write https://host/path"),
        (f"https:///{PASSWORD}", "Address 1 has no host"),
        (f"https://u:{PASSWORD}@:80/", "Address 1 has no host"),
        (f"https://a.example:port/{PASSWORD}", "or a port that is none"),
        (f"https://a.example:99999/{PASSWORD}", "or a port that is none"),
        (f"slack://A, fail=https://a.example/{PASSWORD}", "something that is no outcome"),
        (f"failed+failed=https://a.example/{PASSWORD}", "or one twice"),
        (f"=slack://{PASSWORD}", "something that is no outcome"),
        (
            f"slack://{PASSWORD},failed=slack://{PASSWORD}",
            "Address 2 of CLIENT_IMPORT_NOTIFY (slack://...) is",
        ),
    ],
)
def test_wrong_addresses_are_named_without_showing_them(
    text: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_NOTIFY", text)
    with pytest.raises(OptionsError) as error:
        read_settings()
    assert str(error.value).startswith("CLIENT_IMPORT_NOTIFY: ")
    assert sentence in str(error.value)
    assert PASSWORD not in str(error.value)


@pytest.mark.parametrize("secret", ["hunter2", "whsec_c2hvcnQ=", "whsec_=not base64=", "x" * 40])
def test_a_wrong_secret_is_refused(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_IMPORT_NOTIFY_SECRET", secret)
    with pytest.raises(OptionsError, match=r"CLIENT_IMPORT_NOTIFY_SECRET: .*openssl rand") as error:
        read_settings()
    assert secret not in str(error.value)


def test_addresses_that_apprise_does_not_know_are_named() -> None:
    good = "mailto://u:p@a.example, https://a.example, slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"
    check_receivers(receivers_of(good))
    with pytest.raises(OptionsError) as error:
        check_receivers(receivers_of(f"{good}, slak://{PASSWORD}, slack://{PASSWORD}"))
    assert "address 4 of CLIENT_IMPORT_NOTIFY (slak://...) and address 5" in str(error.value)
    assert PASSWORD not in str(error.value)


def test_what_the_job_store_knows_an_address_by_says_nothing_about_it() -> None:
    one, other = receivers_of(f"https://u:{PASSWORD}@a.example/x, https://u:hunter3@a.example/x")
    assert one.mark != other.mark
    assert one.mark == receivers_of(f"failed=https://u:{PASSWORD}@a.example/x")[0].mark
    assert len(one.mark) == 16
    assert one.shown == "address 1 of CLIENT_IMPORT_NOTIFY (https://a.example/...)"
    assert PASSWORD not in f"{one!r} {one.mark} {one.shown}"


def test_another_process_is_not_given_the_secret() -> None:
    settings = Settings(notify=SecretStr("https://a.example"), notify_secret=SecretStr("whsec_" + "A" * 32))
    assert settings.environment()["CLIENT_IMPORT_NOTIFY"] == "https://a.example"
    assert "CLIENT_IMPORT_NOTIFY_SECRET" not in settings.environment()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "address", "sentence"),
    [
        (("run", "-"), "slak://hunter2", "Apprise does not understand address 1"),
        (("serve",), "slak://hunter2", "Apprise does not understand address 1"),
        (("jobs",), "hunter2", "CLIENT_IMPORT_NOTIFY: Address 1 is none"),
    ],
)
def test_commands_say_what_is_wrong_before_they_begin(
    command: tuple[str, ...], address: str, sentence: str, cli: CommandLine
) -> None:
    answer = cli(*command, stdin=b"Code,Name,Type\nA1,Ann,Individual\n", CLIENT_IMPORT_NOTIFY=address)
    assert (answer.status, answer.stdout) == (2, "")
    assert sentence in answer.stderr
    assert PASSWORD not in answer.stderr
    assert cli.jobs() == []


@pytest.mark.slow
def test_settings_are_listed_without_addresses_and_secret(cli: CommandLine) -> None:
    secret = "whsec_" + "A" * 32
    given = {"CLIENT_IMPORT_NOTIFY": f"https://a.example/{PASSWORD}", "CLIENT_IMPORT_NOTIFY_SECRET": secret}
    answer = cli("settings", "--json", **given)
    listed = {each["name"]: each["value"] for each in answer.json}
    assert {listed[name] for name in given} == {"**********"}
    assert PASSWORD not in answer.stdout
    assert secret not in answer.stdout

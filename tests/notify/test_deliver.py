"""Covers what receivers are told, when they are told again, and that each is told once, whatever dies or is away."""

from __future__ import annotations

import base64
import logging
import os
import re
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from client_import.failpoints import NOTIFY_FAILPOINTS, arm
from client_import.jobs.opening import open_job_store
from client_import.jobs.outbox import GIVEN_UP_AFTER
from client_import.jobs.record import Counts, Status
from client_import.notify.deliver import deliver_next
from client_import.notify.deliverer import Deliverer, tell_quickly
from client_import.notify.webhook import signed_headers
from client_import.paths import Home
from client_import.settings import read_settings
from tests.notify.conftest import SECRET
from tests.support.cli import wait_until
from tests.support.ended_jobs import ended, let_pass, notes
from tests.support.forked import end, start_call
from tests.support.program import Program
from tests.support.receivers import MailServer, Posted, Webhook, a_webhook

ROOT = Path(__file__).parents[2]
MINUTE = timedelta(minutes=1)
CELL = "Zorp-the-rejected"
FILE = f"Code,Name,Type,Email\nA1,Ann Applied,Individual,ann@example.com\nB2,Bob,{CELL},not-a-mail\n".encode()


def telling(program: Program, *addresses: str) -> Program:
    """The program with these receivers."""
    program.settings = program.settings.model_copy(update={"notify": SecretStr(",".join(addresses))})
    return program


def deliver(program: Program) -> int:
    """Deliver all that is due; returns how many attempts that took."""
    attempts = 0
    while deliver_next(program.settings, program.store):
        attempts += 1
    return attempts


def is_signed(posted: Posted) -> bool:
    """What a receiver finds out with the function of docs/notifications.md."""
    page = (ROOT / "docs" / "notifications.md").read_text("utf-8")
    [code] = re.findall(r"^```python\n(.+?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return bool(names["is_ours"](posted.headers, posted.body, SECRET))


def test_signature_of_the_standard() -> None:
    """The example of the reference libraries of Standard Webhooks."""
    body = b'{"event_type":"ping","data":{"success":true}}'
    headers = signed_headers("msg_loFOjxBNrRLzqYUf", 1731705121, body, "whsec_plJ3nmyCDGBKInavdOK15jsl")
    assert headers["webhook-signature"] == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_a_webhook_gets_the_record_with_its_page_and_no_value_of_a_client(program: Program, webhook: Webhook) -> None:
    record = program.run(FILE)
    code = record["code"]
    assert (record["status"], record["errorCount"]) == ("Completed", 1)
    assert deliver(program) == 1
    [posted] = webhook.posted
    page = f"https://imports.example.com/jobs/{code}"
    assert posted.json == {**record, "notImportedDownloadUrl": None, "pageUrl": page}
    assert posted.headers["content-type"] == "application/json"
    assert is_signed(posted)
    assert program.not_imported(code)
    for value in (CELL, "Ann Applied", "ann@example.com", "not-a-mail"):
        assert value.encode() not in posted.body


def test_a_changed_message_is_not_signed(program: Program, webhook: Webhook) -> None:
    ended(program)
    deliver(program)
    [posted] = webhook.posted
    assert is_signed(posted)
    assert not is_signed(Posted(posted.headers, posted.body + b" "))
    assert not is_signed(Posted({**posted.headers, "webhook-id": "x"}, posted.body))
    assert not is_signed(Posted({**posted.headers, "webhook-timestamp": "1614265330"}, posted.body))


def test_without_a_secret_nothing_is_signed(program: Program, webhook: Webhook) -> None:
    program.settings = program.settings.model_copy(update={"notify_secret": SecretStr(""), "public_url": ""})
    ended(program)
    deliver(program)
    [posted] = webhook.posted
    assert "webhook-signature" not in posted.headers
    assert posted.json["pageUrl"] is None


def test_each_address_is_told_of_its_outcomes(program: Program, webhook: Webhook) -> None:
    with a_webhook() as other:
        telling(program, f"failed+errors={webhook.url}", f"cancelled={other.url}")
        failed, _clean = ended(program, Status.FAILED, failure_reason="The file is empty."), ended(program)
        errors = ended(program, counts=Counts(created=1, errors=1))
        cancelled = ended(program, Status.CANCELLED)
        deliver(program)
        assert webhook.jobs == [failed, errors]
        assert other.jobs == [cancelled]
    assert webhook.posted[0].json["failureReason"] == "The file is empty."


def test_a_receiver_that_fails_at_first_then_is_away_then_answers(
    program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with a_webhook() as hook:
        telling(program, f"{hook.url}?token=hunter2")
        code = ended(program)
        hook.answers += [500, 302]
        assert deliver(program) == 1
        let_pass(program, 1 * MINUTE)
        assert deliver(program) == 1
    let_pass(program, 2 * MINUTE)
    assert deliver(program) == 1
    with a_webhook(hook.port) as back:
        assert deliver(program) == 0
        let_pass(program, 4 * MINUTE)
        assert (deliver(program), deliver(program)) == (1, 0)
        assert back.jobs == [code]
        ids = {posted.headers["webhook-id"] for posted in (*hook.posted, *back.posted)}
    assert len(ids) == 1
    place = f"address 1 of CLIENT_IMPORT_NOTIFY (http://127.0.0.1:{hook.port}/...)"
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        f"The end of job {code} could not be told to {place}. {what}. It is tried again in {minutes} min."
        for what, minutes in (
            ("It answered 500", 1),
            ("It answered 302, and redirects are not followed", 2),
            ("It could not be reached (ConnectError)", 4),
        )
    ]
    assert "hunter2" not in caplog.text


def test_a_redirect_is_not_followed(program: Program, webhook: Webhook) -> None:
    with a_webhook() as elsewhere:
        webhook.redirects_to, webhook.answers = elsewhere.url, [307]
        ended(program)
        assert deliver(program) == 1
        assert (len(webhook.posted), elsewhere.posted) == (1, [])


def test_a_receiver_that_is_away_is_tried_once_for_all_jobs(program: Program, webhook: Webhook) -> None:
    codes = [ended(program) for _ in range(4)]
    webhook.answers += [503]
    assert deliver(program) == 1
    let_pass(program, MINUTE)
    assert deliver(program) == 4
    assert Counter(webhook.jobs[1:]) == Counter(codes)


def test_given_up_after_a_day(program: Program, webhook: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    ended(program)
    webhook.answers += [500, 500]
    deliver(program)
    let_pass(program, GIVEN_UP_AFTER + MINUTE)
    assert deliver(program) == 1
    let_pass(program, GIVEN_UP_AFTER)
    assert deliver(program) == 0
    assert caplog.messages[-1].endswith("It answered 500. It is given up.")


def test_an_address_that_was_taken_out(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    code = ended(program)
    telling(program, "http://127.0.0.1:1/")
    with a_webhook() as gone:
        telling(program, gone.url)
        gone.answers += [500]
        deliver(program)
        telling(program, "https://other.example")
        let_pass(program, 2 * GIVEN_UP_AFTER + MINUTE)
        assert deliver(program) == 0
    assert code in caplog.messages[-1]
    assert "CLIENT_IMPORT_NOTIFY no longer has" in caplog.messages[-1]


def test_mail(program: Program, mail_server: MailServer) -> None:
    address = f"mailto://127.0.0.1:{mail_server.port}?from=imports@example.com&to=ann@example.com&mode=insecure"
    telling(program, address)
    record = program.run(FILE)
    assert deliver(program) == 1
    [mail] = mail_server.mails
    assert mail["to"] == "ann@example.com"
    assert mail["subject"] == "Import of clients.csv: completed, 1 row was rejected"
    body = mail.get_body(("plain", "html"))
    assert body is not None
    text = body.get_content()
    assert f"Job {record['code']}: 1 created, 0 updated, 0 skipped, 1 rejected." in text
    assert f"https://imports.example.com/jobs/{record['code']}" in text
    assert CELL not in mail.as_string()
    assert base64.b64encode(CELL.encode()).decode()[:12] not in mail.as_string()


def test_mail_that_is_refused_is_sent_later(
    program: Program, mail_server: MailServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    address = f"mailto://127.0.0.1:{mail_server.port}?from=imports@example.com&to=hunter2@example.com&mode=insecure"
    telling(program, address)
    ended(program)
    mail_server.refuses = True
    assert deliver(program) == 1
    assert "address 1 of CLIENT_IMPORT_NOTIFY (mailto://...). It did not take the message" in caplog.text
    mail_server.refuses = False
    let_pass(program, MINUTE)
    assert deliver(program) == 1
    assert len(mail_server.mails) == 1
    assert "hunter2" not in caplog.text + "".join(capfd.readouterr())


def test_an_address_that_apprise_does_not_know_is_no_end(program: Program, webhook: Webhook) -> None:
    telling(program, "slak://hunter2", webhook.url)
    code = ended(program)
    assert deliver(program) == 2
    assert webhook.jobs == [code]


def deliver_in_process(interrupt: str, ready: str) -> None:
    arm(interrupt)
    settings = read_settings()
    with open_job_store(settings, Home(settings.home)) as store:
        Path(f"{ready}-{os.getpid()}").touch()
        wait_until(lambda: Path(ready).exists(), "the start")
        while deliver_next(settings, store):
            pass


@pytest.fixture
def own_environment(program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program, whose settings are those of another process, too."""
    monkeypatch.setenv("CLIENT_IMPORT_HOME", str(program.home.path))
    for name, value in program.environment.items():
        monkeypatch.setenv(name, value)
    return program


@pytest.mark.usefixtures("own_environment")
@pytest.mark.parametrize("point", NOTIFY_FAILPOINTS)
def test_killed_while_it_delivers(point: str, program: Program, webhook: Webhook, tmp_path: Path) -> None:
    """It may be told twice, with the same id, if the process dies before it could note that it was told."""
    code, go = ended(program), tmp_path / "go"
    go.touch()
    assert end(start_call(deliver_in_process, f"{point}=kill", str(go))) == -9
    told = 1 if point == "told" else 0
    assert len(webhook.posted) == told
    if told:
        assert deliver(program) == 0
        let_pass(program, MINUTE)
    assert deliver(program) == 1
    assert {posted.headers["webhook-id"] for posted in webhook.posted} == {notes(program)[0].id}
    assert webhook.jobs == [code] * (told + 1)


@pytest.mark.usefixtures("own_environment")
def test_two_processes_at_once_tell_each_once(program: Program, webhook: Webhook, tmp_path: Path) -> None:
    codes, go = [ended(program) for _ in range(20)], tmp_path / "go"
    processes = [start_call(deliver_in_process, "", str(go)) for _ in range(2)]
    wait_until(lambda: len(list(tmp_path.glob("go-*"))) == 2, "both processes")
    go.touch()
    assert [end(process) for process in processes] == [0, 0]
    assert Counter(webhook.jobs) == Counter(codes)


def test_a_server_delivers_in_the_background(program: Program, webhook: Webhook) -> None:
    deliverer = Deliverer(program.settings)
    deliverer.start()
    try:
        codes = [ended(program) for _ in range(3)]
        wait_until(lambda: len(webhook.posted) == 3, "the notifications")
        assert Counter(webhook.jobs) == Counter(codes)
    finally:
        deliverer.close()


@pytest.mark.slow
def test_a_command_waits_for_no_receiver(program: Program, webhook: Webhook) -> None:
    code = ended(program)
    webhook.answers += [0]  # it keeps the connection open for a minute

    def tell() -> bool:
        let_pass(program, MINUTE)
        began = time.monotonic()
        tell_quickly(program.settings, program.store)
        assert time.monotonic() - began < 30
        return any(row.sent_date for row in notes(program))

    wait_until(tell, "the webhook to be told after all")
    assert webhook.answers == []
    assert set(webhook.jobs) == {code}


def test_nobody_is_told_without_addresses(program: Program) -> None:
    assert telling(program, "").settings.receivers == ()
    tell_quickly(program.settings, program.store)
    deliverer = Deliverer(program.settings)
    deliverer.start()
    deliverer.close()

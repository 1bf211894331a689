"""Covers how services are started, restarted and ended, with small programs; the real ones are in test_serve."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from service.serving.service_process import ServiceProcess, ServiceSpec
from service.serving.supervisor import guarded_folder
from tests.support.cli import wait_until
from tests.support.small_services import TIMEOUTS, Supervised, are_gone

Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a supervisor with the services; it is ended with the test."""
    started: list[Supervised] = []

    def supervised(*services: str) -> Supervised:
        started.append(Supervised(tmp_path, *services))
        return started[-1]

    yield supervised
    for each in started:
        each.end(signal.SIGTERM)


def test_a_service_is_started_when_what_it_needs_is_ready_and_ended_before_it(start: Start) -> None:
    supervised = start("page:code:good", "code::good")
    page, code = supervised.pid("page"), supervised.pid("code")
    processes = supervised.processes()
    assert {page, code} < {process.pid for process in processes}
    answer = supervised.end(signal.SIGTERM)
    assert (answer.status, answer.stdout) == (0, "")
    assert answer.stderr.splitlines() == ["code is ready", "page is ready"]
    assert supervised.ended() == ["page", "code"]
    are_gone(processes)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_to_stop_ends_all_with_status_0_and_leaves_nothing(
    start: Start, tmp_path: Path, number: int
) -> None:
    supervised = start("a::good", "b::with a child")
    supervised.pid("a")
    supervised.pid("b")
    processes = supervised.processes()
    assert len(processes) == 4  # and the guard
    assert supervised.end(number).status == 0
    are_gone(processes)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_socket_fits_into_the_folder_however_deep_that_of_temporary_files_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with guarded_folder() as (folder, _), socket.socket(socket.AF_UNIX) as code:
        code.bind(str(folder / "code"))
    assert not folder.exists()


def test_the_terminals_ctrl_c_does_not_reach_the_services(start: Start) -> None:
    supervised = start("a::good")
    assert os.getsid(supervised.pid("a")) != os.getsid(supervised.process.pid)
    assert all(os.getsid(process.pid) != os.getsid(supervised.process.pid) for process in supervised.processes())
    supervised.end(signal.SIGINT)


def test_a_service_that_is_killed_is_started_again_and_the_others_are_not(start: Start) -> None:
    supervised = start("a::good", "b:a:good")
    a, b = supervised.pid("a"), supervised.pid("b")
    for _ in range(2):
        os.kill(a, signal.SIGKILL)
        a = supervised.next_pid("a", a)
    assert supervised.pid("b") == b
    answer = supervised.end(signal.SIGINT)
    assert answer.status == 0
    assert answer.stderr.splitlines() == [
        *("a is ready", "b is ready"),
        "a has ended (by SIGKILL); it will be restarted in 0.1 s.",
        "a has ended (by SIGKILL); it will be restarted in 0.2 s.",
    ]


def test_a_service_that_cannot_be_started_again_is_tried_once_more_after_a_pause(tmp_path: Path) -> None:
    folder = tmp_path / "its"
    folder.mkdir()
    command = (sys.executable, "-c", "import time; time.sleep(1000)")
    service = ServiceProcess(ServiceSpec("a", command, lambda _: True, folder=folder), TIMEOUTS)
    for _ in range(2):
        assert service.start() is None
        assert service.poll() is None
        assert service.process is not None
        service.process.kill()
        service.process.wait()
        assert "a has ended (by SIGKILL); it will be restarted in " in str(service.poll())
        folder.rmdir()
        told = [service.start() for _ in range(1_100)]
        assert all(said and said.startswith("a cannot be started now (") for said in told)
        assert str(told[-1]).endswith("; it will be restarted in 0.4 s.")
        assert not service.may_start
        wait_until(lambda: service.may_start, "the end of the pause")
        folder.mkdir()


def test_what_a_killed_service_had_started_goes_on_until_the_end(start: Start, tmp_path: Path) -> None:
    supervised = start("a::with a child")
    a = supervised.pid("a")
    child = psutil.Process(int((tmp_path / "a.child").read_text()))
    os.kill(a, signal.SIGKILL)
    supervised.next_pid("a", a)
    assert child.is_running()
    assert supervised.end(signal.SIGINT).status == 0
    are_gone([child])


def test_a_service_that_never_gets_ready_ends_everything_with_a_sentence(start: Start) -> None:
    supervised = start("a::good", "b::failing")
    a = psutil.Process(supervised.pid("a"))
    answer = supervised.end()
    assert answer.status == 1
    pauses = re.findall(r"^b has ended \(with status 7\); it will be restarted in (\S+) s\.$", answer.stderr, re.M)
    assert pauses == ["0.1", "0.2", "0.4", "0.4"]
    assert answer.stderr.splitlines()[-1] == (
        "b ended 5 times before it was ready, the last time with status 7. Its output is above."
    )
    are_gone([a])


def test_a_service_that_is_given_what_does_not_fit_ends_everything_with_status_2(start: Start) -> None:
    supervised = start("a::good", "b:a:wrong")
    a = supervised.pid("a")  # it may be gone by now
    answer = supervised.end()
    assert (answer.status, answer.stderr.splitlines()) == (2, ["a is ready", "Keys are needed."])
    are_gone([process for process in psutil.process_iter() if process.pid == a])


def test_a_service_that_is_still_starting_is_not_waited_for(start: Start, tmp_path: Path) -> None:
    supervised = start("a::starting", "b:a:good")
    wait_until((tmp_path / "a.pid").exists, "it to start")
    processes = supervised.processes()
    assert len(processes) == 2  # the guard and a, but not b, which needs it
    answer = supervised.end(signal.SIGINT)
    assert (answer.status, answer.stderr, supervised.ended()) == (0, "", [])
    are_gone(processes)


@pytest.mark.parametrize("signals", [1, 2])
def test_a_service_that_does_not_end_is_killed(start: Start, signals: int) -> None:
    supervised = start("a::stubborn", "b::good")
    supervised.pid("a")
    supervised.pid("b")
    processes = supervised.processes()
    supervised.process.send_signal(signal.SIGINT)
    wait_until(lambda: supervised.ended() == ["b"], "the other service to end")
    assert supervised.end(signal.SIGINT if signals == 2 else None).status == 0
    are_gone(processes)


def test_nothing_lives_on_when_the_supervisor_is_killed(start: Start, tmp_path: Path) -> None:
    supervised = start("a::with a child", "b::good")
    supervised.pid("a")
    supervised.pid("b")
    processes = supervised.processes()
    supervised.end(signal.SIGKILL)
    are_gone(processes)
    assert sorted(supervised.ended()) == ["a", "b"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_the_guard_is_replaced_when_it_is_killed(start: Start) -> None:
    def guards() -> list[psutil.Process]:
        return [process for process in supervised.processes() if process.pid != a]

    supervised = start("a::good")
    a = supervised.pid("a")
    [guard] = guards()
    guard.kill()
    wait_until(lambda: [each.pid for each in guards()] not in ([], [guard.pid]), "another guard")
    processes = supervised.processes()
    supervised.end(signal.SIGKILL)
    are_gone(processes)

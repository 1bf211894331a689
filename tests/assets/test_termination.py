"""Covers :mod:`assets.termination` while Dagster's records cannot be read; real runs are in tests/pipelines."""

import sqlite3
import threading
from pathlib import Path

import dagster as dg

from assets.termination import heeding_termination
from client_import.jobs.record import Status
from tests.support.cli import wait_until
from tests.support.program import Program

_LOOK_SECONDS = 0.02


def test_a_run_is_heeded_again_once_its_records_can_be_read(tmp_path: Path) -> None:
    """A full disk or a lock lasts for a moment; the run may be terminated afterwards."""
    program = Program(tmp_path / "home")
    code, lost = program.receive(b"Code,Name,Type\nA1,Acme,Ltd\n"), list[object]()
    hook, threading.excepthook = threading.excepthook, lost.append
    try:
        with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
            records = sqlite3.connect(next(tmp_path.rglob("runs.db")), isolation_level=None)

            @dg.asset
            def importing(context: dg.AssetExecutionContext) -> None:
                with heeding_termination(context, program.store, code, _LOOK_SECONDS):
                    records.execute("ALTER TABLE runs RENAME TO runs_elsewhere")
                    threading.Event().wait(5 * _LOOK_SECONDS)
                    records.execute("ALTER TABLE runs_elsewhere RENAME TO runs")
                    instance.report_run_canceling(context.run)
                    wait_until(lambda: program.store.job(code).status is Status.CANCELLED, "the job to end", 0.02)

            assert dg.materialize([importing], instance=instance, raise_on_error=False).success
    finally:
        threading.excepthook = hook
        records.close()
        program.store.close()
    assert lost == []

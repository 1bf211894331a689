"""Imports, undos and other programs in any order and number: the table is what the model says.

Not here: what is read of a file, and processes that die.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client_import.errors import JobStateError
from tests.support.postgres import PostgresServer
from tests.support.program import Program, a_program
from tests.undo.undo_model import Model

pytestmark = pytest.mark.slow

CODES, NAMES, EMAILS = ("A1", "B2", "C3"), ("Ann", "Bob", "Cid"), ("a@x.com", "b@x.com")
TRACES = ("created_at", "created_by_job", "updated_at", "updated_by_job")

rows = st.dictionaries(
    st.sampled_from(CODES),
    st.fixed_dictionaries({"Name": st.sampled_from(NAMES), "Email": st.sampled_from(EMAILS)}),
    min_size=1,
)
steps = st.lists(
    st.one_of(
        rows,
        rows,
        st.integers(0, 6),
        st.integers(0, 6),
        st.tuples(st.sampled_from(CODES), st.just("Email"), st.just("other@x.com")),
        st.sampled_from(CODES),
    ),
    min_size=2,
    max_size=7,
)
Step = dict[str, dict[str, str]] | int | tuple[str, str, str] | str


def file_of(clients: dict[str, dict[str, str]]) -> bytes:
    lines = [f"{code},{values['Name']},{values['Email']},Individual" for code, values in clients.items()]
    return ("Code,Name,Email,Type\r\n" + "".join(f"{line}\r\n" for line in lines)).encode()


def walk(program: Program, given_steps: list[Step]) -> None:
    """Take the steps in the program and in the model, and compare the tables and the counts after each."""
    model, codes, states = Model(), list[str](), list[tuple[Any, list[dict[str, Any]]]]()
    for step in given_steps:
        if isinstance(step, dict):
            model.run(step)
            codes.append(str(program.run(file_of(step))["code"]))
        elif isinstance(step, tuple):
            model.other_program(*step)
            if codes:
                program.change(f"UPDATE clients SET email = '{step[2]}' WHERE code = '{step[0]}'")
        elif isinstance(step, str):
            model.other_program_removes(step)
            if codes:
                program.change(f"DELETE FROM clients WHERE code = '{step}'")
        elif codes:
            undo(program, model, codes, step % len(codes))
        if codes:
            assert shown(program) == expected(model, codes)
        if codes and not isinstance(step, tuple | str):
            moment = program.query("SELECT max(completed_date) AS at FROM import_jobs")[0]["at"]
            states.append((moment, program.clients()))
    if not program.clients_url and not any(isinstance(step, tuple | str) for step in given_steps):
        for moment, clients in states[-3:]:
            assert program.query(f"SELECT * FROM clients_as_of(TIMESTAMP '{moment}') ORDER BY code") == clients


def undo(program: Program, model: Model, codes: list[str], place: int) -> None:
    if model.is_undone(place) or not model.jobs[place].changed:
        with pytest.raises(JobStateError):
            program.undo(codes[place])
        return
    model.undo(place)
    record = program.undo(codes[place])
    done = model.jobs[-1]
    assert record["status"] == "Completed", record
    assert (record["removedCount"], record["updatedCount"], record["createdCount"], record["skippedCount"]) == (
        *(len(done.removed), len(done.updates), len(done.brought)),
        done.left,
    )
    codes.append(str(record["code"]))


def shown(program: Program) -> dict[str, tuple[Any, ...]]:
    return {
        row["code"]: (row["name"], row["email"], row["created_by_job"], row["updated_by_job"])
        for row in program.clients()
    }


def expected(model: Model, codes: list[str]) -> dict[str, tuple[Any, ...]]:
    return {
        code: (client.values["Name"], client.values["Email"], codes[client.created_by], codes[client.updated_by])
        for code, client in model.table.items()
    }


@given(steps)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_program_and_model_agree(given_steps: list[Step]) -> None:
    with a_program() as program:
        walk(program, given_steps)


@given(steps)
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_program_and_model_agree_in_postgresql(postgres_server: PostgresServer, given_steps: list[Step]) -> None:
    with postgres_server.schema() as schema, a_program(postgres_server.url(schema)) as program:
        walk(program, given_steps)

"""What an executor of Spark does: stage parts, and say what it counted or what is wrong.

It needs the libraries of client-import and the folder of the job, at the same path, and nothing else of this program:
the package comes with the task.
"""

from __future__ import annotations

import os
import pickle
import stat
from collections.abc import Iterable, Iterator
from functools import cache

import pyarrow as pa
from pydantic import TypeAdapter

from client_import.errors import SourceError
from client_import.paths import write_whole
from client_import.validation.stage_part import PartTask, StagedPart, Staging, StagingProgress, stage_part


@cache
def summaries() -> TypeAdapter[StagedPart]:
    """Return what turns a StagedPart into JSON and back."""
    return TypeAdapter(StagedPart)


def stage_tasks(payload: bytes, places: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Stage the parts of the tasks in ``payload`` at ``places``, and yield a row for each: ``summary`` or ``problem``.

    ``payload`` is a pickled pair: the staging, and all its tasks. A ``summary`` is a StagedPart as JSON. It is also in
    the folder of the attempts, for the progress. A ``problem`` is ``file`` or ``folder``, and ``words`` say more.
    """
    staging, tasks = pickle.loads(payload)
    for batch in places:
        for place in batch.column(0).to_pylist():
            yield _row(staging, tasks[place])


def _row(staging: Staging, task: PartTask) -> pa.RecordBatch:
    attempts = staging.folder.attempts
    summary, problem, words = "", "", ""
    try:
        os.umask(0o007 if attempts.stat().st_mode & stat.S_IWGRP else 0o077)
        staged = stage_part(staging, task, 1, _hear_nothing)
        summary = summaries().dump_json(staged).decode()
        write_whole(attempts / f"{staged.stem}.json", summary)
    except SourceError as error:
        if staging.folder.source.exists():
            problem, words = "file", str(error)
        else:
            problem, words = "folder", "it is not there"
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        problem, words = "folder", str(error.strerror)
    return pa.RecordBatch.from_pydict(
        {"part": [task.part.number], "summary": [summary], "problem": [problem], "words": [words]}
    )


def _hear_nothing(_: StagingProgress) -> None:
    return

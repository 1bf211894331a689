"""All definitions of the code location, as workspace.yaml and dg load them."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import warnings
from contextlib import ExitStack
from pathlib import Path

import dagster as dg

from assets.whole_import import whole_import
from assets.whole_undo import whole_undo
from client_import.errors import OptionsError
from client_import.system.private import keep_private
from client_import.system.sqlite_files import kept_open
from pipelines.drop_sensor import WATCH_SECONDS, drop_folder
from pipelines.dropped_files import import_dropped_job
from pipelines.job import client_import_job, undo_import_job
from pipelines.nightly_batch import nightly_batch
from resources.clients_database import ClientsDatabaseResource
from resources.environment import from_environment
from resources.inbox import InboxResource
from resources.job_store import JobStoreResource

try:
    keep_private()  # the code server, and each process that it starts for a run, loads this before it writes anything
except OptionsError:  # a setting is wrong, as every run will say
    os.umask(0o077)

if multiprocessing.parent_process() is not None and "DAGSTER_HOME" in os.environ:
    # The process of one run, which the code server has started: it is gone with its run, and writes events all along.
    _records = ExitStack()
    _records.enter_context(kept_open(Path(os.environ["DAGSTER_HOME"])))
    atexit.register(_records.close)

# Dagster warns, on the terminal of whoever loads this, about a parameter that it passes itself.
warnings.filterwarnings("ignore", "Parameter `owners` of initializer `SensorDefinition", dg.BetaWarning)

_home = from_environment("home")

defs = dg.Definitions(
    assets=[whole_import, whole_undo],
    jobs=[client_import_job, undo_import_job, import_dropped_job],
    sensors=[drop_folder],
    schedules=[nightly_batch],
    resources={
        "job_store": JobStoreResource(home=_home),
        "clients_database": ClientsDatabaseResource(home=_home),
        "inbox": InboxResource(home=_home, place=from_environment("drop"), watch_seconds=WATCH_SECONDS),
    },
    executor=dg.in_process_executor,  # also of what is materialised without the job: a process a step costs seconds
)

"""All definitions of the code location, as workspace.yaml and dg load them."""

from __future__ import annotations

import atexit
import multiprocessing

import dagster as dg

from assets.import_job import import_job
from assets.not_imported import not_imported
from assets.rows import imported_rows
from assets.source_file import source_file
from client_import.system.private import keep_private
from pipelines.drop_sensor import drop_folder
from pipelines.job import client_import_job
from pipelines.kept_sqlite import close_all, keep_open
from pipelines.nightly_batch import nightly_batch
from resources.workplace import Workplace

keep_private()  # the code server, and each process that it starts for a run, loads this before it writes anything

if multiprocessing.parent_process() is not None:  # such a process: it is gone with its run, and writes events all along
    keep_open()
    atexit.register(close_all)

defs = dg.Definitions(
    assets=[source_file, imported_rows, not_imported, import_job],
    jobs=[client_import_job],
    sensors=[drop_folder],
    schedules=[nightly_batch],
    resources={"workplace": Workplace()},
)

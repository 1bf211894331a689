"""The Dagster jobs: one import is one run of ``client_import``, and one undo is one of ``undo_import``.

Each is one step in the run's own process: another process for it would cost seconds. There is no retry
policy: it would swallow a cancel; the one thing worth waiting for, the clients database, is waited for inside.
A run that takes longer than CLIENT_IMPORT_RUN_SECONDS ends itself, and if it does not Dagster's daemon ends it.
"""

from __future__ import annotations

import dagster as dg

from pipelines.job_run import CLIENT_IMPORT, UNDO_IMPORT
from resources.environment import settings_at_load

_GRACE_SECONDS = 10
"""In which a run that took too long ends itself, with a sentence; only one that hangs is left to the daemon."""


def seconds_of(imports: int) -> int:
    """Return how long a run may take that does so many imports, before the daemon ends it."""
    return imports * (settings_at_load().run_seconds + _GRACE_SECONDS)


_RUN_TAGS = {"dagster/max_runtime": str(seconds_of(1))}
"""Tags of the jobs: those for runs alone are not given to the runs of the Launchpad."""

EXAMPLE_PATH = str(settings_at_load().launch_folders[0] / "NAME-OF-YOUR-FILE.csv")
"""What the Launchpad begins with: a path in the first folder that may be launched from, of no file that is there."""

import_assets = dg.AssetSelection.assets(
    "source_file", "valid_rows", "rejected_rows", "clients", "not_imported", "import_job"
)

client_import_job = dg.define_asset_job(
    CLIENT_IMPORT,
    selection=import_assets,
    description="Imports one CSV file of clients: ops, source_file, config, path.",
    executor_def=dg.in_process_executor,
    config={"ops": {"source_file": {"config": {"path": EXAMPLE_PATH}}}},
    tags=_RUN_TAGS,
)

undo_import_job = dg.define_asset_job(
    UNDO_IMPORT,
    selection=dg.AssetSelection.assets("undo"),
    description="Takes an import, or an undo, back: ops, undo, config, undoes.",
    executor_def=dg.in_process_executor,
    config={"ops": {"undo": {"config": {"undoes": "CODE-OF-THE-JOB"}}}},
    tags=_RUN_TAGS,
)

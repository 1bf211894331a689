"""The definitions of a further code server, for imports alone: it takes a share of those that the API hands to Dagster.

It has no sensor and no schedule. Those of :mod:`pipelines.definitions` look after the drop folder, and two that did so
would both want each file.
"""

from __future__ import annotations

import dagster as dg

from pipelines.definitions import defs as all_definitions

defs = dg.Definitions(
    assets=all_definitions.assets,
    jobs=all_definitions.jobs,
    resources=all_definitions.resources,
    executor=all_definitions.executor,
)

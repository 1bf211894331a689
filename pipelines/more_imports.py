"""The definitions of a further code server, for imports alone: it takes a share of those that the API hands to Dagster.

It has no sensor and no schedule. Those of :mod:`pipelines.definitions` look after the drop folder, and two that did so
would both want each file.
"""

from __future__ import annotations

import dagster as dg

from pipelines import definitions

defs = dg.Definitions(
    assets=definitions.defs.assets,
    jobs=definitions.defs.jobs,
    resources=definitions.defs.resources,
    executor=definitions.defs.executor,
)

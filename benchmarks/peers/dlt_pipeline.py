"""A load with dlt into a DuckDB file, the pipeline's state in a folder beside it.

The resources merge with dlt's default strategy, which deletes and inserts: with its other one, ``upsert``, 45,000
updates take more than a minute in DuckDB.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
import duckdb


def load(database: Path, resource: Any) -> None:
    """Load ``resource`` into the schema ``imported`` of ``database``."""
    pipeline = dlt.pipeline(
        pipeline_name="clients",
        pipelines_dir=str(database.parent / "dlt"),
        destination=dlt.destinations.duckdb(str(database)),
        dataset_name="imported",
    )
    pipeline.run(resource)


def known_codes(database: Path) -> dict[str, str]:
    """Return the codes of the clients that exist, by their small letters."""
    if not database.exists():
        return {}
    with duckdb.connect(database, read_only=True) as connection:
        codes = connection.execute("SELECT code FROM imported.clients").fetchall()
    return {code.lower(): code for (code,) in codes}

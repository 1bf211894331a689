"""Prepare the home folder before serving; ``python -m service.serving.prepare`` does it where services run apart."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from client_import.errors import ClientImportError
from service.place import Place, open_place

if TYPE_CHECKING:
    import dagster as dg


@contextmanager
def open_dagster(place: Place) -> Iterator[dg.DagsterInstance]:
    """Open the Dagster instance, creating it if it is missing, and end the runs whose process is gone.

    This happens once, before the services start: two processes that create the instance at once fail.
    """
    from pipelines.instance import open_instance
    from pipelines.lost_runs import end_lost_runs

    with open_instance(place.home) as instance:
        end_lost_runs(instance, place.store)
        yield instance


def main() -> None:
    """Create the home folder and all in it, and clear away what earlier processes have left."""
    try:
        with open_place() as place:
            place.clear_away()
            with open_dagster(place):
                pass
    except ClientImportError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

"""Prepare the home folder before serving; ``python -m service.serving.prepare`` does it where services run apart."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from client_import.errors import ClientImportError, StoreError
from client_import.jobs.locks import locked
from client_import.system.private import make_folder
from service.place import Place, open_place

if TYPE_CHECKING:
    import dagster as dg


@contextmanager
def the_only_daemon(place: Place) -> Iterator[None]:
    """Be the one who serves the home folder with a Dagster daemon: two of them would launch the same runs.

    Raises StoreError when another process does, with PostgreSQL on any machine.
    """
    folder = place.home.dagster
    make_folder(folder, "DAGSTER_HOME")
    with locked(place.settings, place.home, folder / ".serve.lock", waits=False) as is_locked:
        if not is_locked:
            raise StoreError(
                f"client-import serve is running for {place.home.path} already. End that one first, or start another "
                "API with its page, and nothing else, with --api-only."
            )
        yield


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

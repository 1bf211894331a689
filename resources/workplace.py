"""The home folder, the job store and the clients database as one Dagster resource.

All three follow from the settings; the Launchpad can override none of them, so a run from the UI and a command
line see the same clients.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from client_import.inbox.folder import DropFolder, open_drop_folder
from client_import.jobs.store import JobStore
from client_import.merge.database import ClientsDatabase, open_database
from client_import.paths import Home
from client_import.settings import Settings, read_settings


class Workplace(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where imports find their files, their job records and the clients."""

    @property
    def settings(self) -> Settings:
        """The settings, read from the environment."""
        return read_settings()

    @property
    def home(self) -> Home:
        """The home folder, made when it is missing; raises StoreError when it cannot be."""
        return Home(self.settings.home).create()

    @property
    def database(self) -> ClientsDatabase:
        """The clients database, not yet opened."""
        return open_database(self.settings, self.home)

    @property
    def drop(self) -> DropFolder:
        """The drop folder, made when it is missing; raises StoreError or OptionsError when it cannot be used."""
        return open_drop_folder(self.settings, self.home)

    @contextmanager
    def job_store(self) -> Iterator[JobStore]:
        """Open the job store; closed at the end."""
        store = JobStore.at(self.home.job_store)
        try:
            yield store
        finally:
            store.close()

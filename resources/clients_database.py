"""The resource ``clients_database``: the clients, and the ledger of the imports that changed them."""

from __future__ import annotations

import dagster as dg
from pydantic import Field

from client_import.clients.store import ClientsStore, open_clients
from resources.environment import HOME_FIELD, home_of, settings_of


class ClientsDatabaseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The clients database (``clients.duckdb``) of a home folder."""

    home: str | None = Field(None, description=HOME_FIELD)

    @property
    def database(self) -> ClientsStore:
        """The database, not yet opened; raises OptionsError or StoreError when its folder cannot be made."""
        return open_clients(settings_of(self.home), home_of(self.home))

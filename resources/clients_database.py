"""The resource ``clients_database``: the clients, and the ledger of the imports that changed them."""

from __future__ import annotations

import dagster as dg
from pydantic import Field

from client_import.clients import tables
from client_import.clients.store import ClientsStore, open_clients
from client_import.system.postgresql import connect
from client_import.system.postgresql_errors import translating_errors
from resources.environment import HOME_FIELD, home_of, settings_of


class ClientsDatabaseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The clients database of a home folder: ``clients.duckdb`` in it, or a PostgreSQL database."""

    home: str | None = Field(None, description=HOME_FIELD)

    @property
    def database(self) -> ClientsStore:
        """The database, not yet opened; raises OptionsError or StoreError when its folder cannot be made."""
        return open_clients(settings_of(self.home), home_of(self.home))

    @property
    def table_name(self) -> str:
        """The name of the table ``clients``, after those of its database and schema.

        Raises OptionsError or StoreError when the setting ``database`` names a server that cannot be asked.
        """
        url = settings_of(self.home).database_url
        if not url:
            return f"{tables.NAME}.main.clients"
        with translating_errors(url), connect(url) as connection:
            [(database, schema)] = connection.execute("SELECT current_database(), current_schema()").fetchall()
        return f"{database}.{schema}.clients"

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the table, with their types as its database writes them."""
        if not settings_of(self.home).database_url:
            return tables.tables_of()["clients"]
        from client_import.clients.postgresql.tables import wanted_tables

        return wanted_tables()["clients"]

"""Dagster's runs, events and schedules in the PostgreSQL database of the clients, in a schema of their own.

``dagster.yaml`` names the class where CLIENT_IMPORT_DATABASE is set (:mod:`pipelines.instance`), and every process of
Dagster's finds the address there, too: there is no second one to be set, and none in a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from dagster_postgres import DagsterPostgresStorage

from client_import.errors import OptionsError
from client_import.jobs.postgresql import create_schema_alone, make_engine, schema_of
from client_import.settings import read_settings
from client_import.system.postgresql import KEEPALIVES, SESSION, parts_of
from client_import.system.postgresql_errors import translating_errors

_SCHEMA = "dagster_"
"""Dagster's schema is this and the name of the one with the clients. Its tables have names such as ``jobs``."""


class PostgresStorage(DagsterPostgresStorage):
    """Dagster's own storage on PostgreSQL, at the address of the setting ``database``."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return the fields of its config: none."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> PostgresStorage:
        """Return the storage. Raises OptionsError where there is no setting, StoreError when it cannot be used."""
        url = read_settings().database_url
        if not url:
            raise OptionsError("Set CLIENT_IMPORT_DATABASE, as for the other machines: Dagster's records are there.")
        return cls(storage_url(url), inst_data=inst_data)


def storage_url(url: str) -> str:
    """Return ``url`` for Dagster, which needs psycopg2, with Dagster's schema, made when it is missing."""
    with translating_errors(url):
        schema = _make_schema(url)
    parts = {**KEEPALIVES, **parts_of(url), "client_encoding": "UTF8"}
    quoted = schema.replace('"', '""')
    options = [f"-c{name}={_escaped(value)}" for name, value in {**SESSION, "search_path": f'"{quoted}"'}.items()]
    parts["options"] = " ".join([parts.get("options", ""), *options]).strip()
    return sa.URL.create("postgresql+psycopg2", query=parts).render_as_string(hide_password=False)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _make_schema(url: str) -> str:
    engine = make_engine(url)
    try:
        schema = schema_of(engine, _SCHEMA)
        with engine.begin() as connection:
            create_schema_alone(connection, schema)
    finally:
        engine.dispose()
    return schema

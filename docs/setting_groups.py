"""The settings in the order and the groups in which people look them up, for ``docs/settings.md``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from pydantic import SecretStr

from client_import.settings import PREFIX, Settings

GROUPS: dict[str, tuple[str, ...]] = {
    "state": ("home", "database", "scratch", "group_access", "retention_days", "history_days", "log"),
    "import": ("threads", "memory_limit", "lock_wait_seconds", "spark", "part_mb"),
    "drop": ("drop", "drop_seconds", "nightly_hour", "time_zone"),
    "dagster": ("launch_from", "run_seconds", "dagster_ui"),
    "notify": ("notify", "notify_secret"),
    "access": ("api_keys", "secret", "allowed_hosts", "public_url", "cors_origins"),
    "api": (
        "workers",
        "worker_memory",
        "dagster_url",
        "previews",
        "previews_waiting",
        "preview_memory",
        "preview_seconds",
        "plan_seconds",
        "min_free_mb",
    ),
    "limits": (
        "max_upload_mb",
        "max_uploads_waiting",
        "max_unpacked_mb",
        "max_rows",
        "max_records",
        "max_columns",
        "max_cells",
        "max_cell_bytes",
    ),
}
"""Names of settings by the placeholder of ``templates/settings.md`` that their table goes to; each is in one group."""

_UNITS = {"seconds": "seconds", "days": "days", "mb": "MiB", "bytes": "bytes"}


def rows(group: str) -> Iterable[tuple[str, str, str]]:
    """Yield the variable, the default with its unit, and the description of each setting of a group."""
    for name in GROUPS[group]:
        field = Settings.model_fields[name]
        yield f"`{PREFIX}{name.upper()}`", _default(name, field.default), field.description or ""


def _default(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Enum):
        value = value.value
    if value == "":
        return "empty"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return " ".join((f"`{text}`", _UNITS.get(name.rpartition("_")[2], ""))).rstrip()

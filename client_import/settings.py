"""The settings, read from environment variables ``CLIENT_IMPORT_*``."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from client_import.errors import OptionsError
from client_import.memory import bytes_of, share_of_memory
from client_import.receivers import Receiver, receivers_of
from client_import.setting_forms import (
    MOST_DAYS,
    ConnectAddress,
    DagsterAddress,
    HomeFolder,
    HostNames,
    Location,
    Locations,
    Memory,
    MemoryOrShare,
    PostgresqlAddress,
    PublicAddress,
    Receivers,
    SigningSecret,
    TimeZone,
    parts_of,
    what_is_wrong,
    working_folder,
)

PREFIX = "CLIENT_IMPORT_"

_OF_A_SERVER = ("api_keys", "secret", "notify_secret")
_BESIDE_DUCKDB = bytes_of("3.5GB")
_EXAMPLES = Path(__file__).parent.parent / "examples"


class LogFormat(StrEnum):
    """How the log is written to stderr."""

    OFF = "off"
    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """All settings with their defaults; ``client-import settings`` lists them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    home: HomeFolder = Field(
        default=Path("var"),
        description="The folder that holds all state: the clients database, the jobs, the drop folder. With "
        "`CLIENT_IMPORT_DATABASE` it holds the files alone.",
    )
    database: PostgresqlAddress = Field(
        default=SecretStr(""),
        description="A PostgreSQL database that has the clients and the jobs instead of files in the home folder, "
        "for example `postgresql://user:password@host/clients` (docs/many-machines.md). Empty: the files.",
    )
    scratch: Location = Field(
        default="",
        description="A folder for temporary files: what DuckDB spills, previews, exports. Empty: `scratch/` in the "
        "home folder; with that on a network volume, name one on a disk of this machine.",
    )
    group_access: bool = Field(
        default=False,
        description="Whether the group of the home folder may read and change everything in it, as its owner may.",
    )
    lock_wait_seconds: float = Field(
        default=600,
        ge=0,
        description="How long an import waits for the clients database while another process uses it.",
    )
    memory_limit: MemoryOrShare = Field(
        default="",
        description="Memory that DuckDB may use in an import; beyond it, it spills to disk. Empty: a quarter of the "
        "memory of the machine or its container, between `448MB` and `8GB`.",
    )
    drop: Location = Field(
        default="drop",
        min_length=1,
        description="The drop folder: a path relative to the home folder, or an fsspec address such as "
        "`s3://bucket/clients`.",
    )
    drop_seconds: int = Field(
        default=5, ge=1, description="How often the drop folder is checked; Dagster checks no more often than every 5."
    )
    launch_from: Locations = Field(
        default="",
        description="Folders, separated by commas, that hold the files a run started in the Dagster UI may import. "
        "Empty: `drop/` in the home folder, the working directory, and `examples/`.",
    )
    run_seconds: int = Field(
        default=14_400, ge=1, description="How long a Dagster run may take; one that takes longer fails."
    )
    nightly_hour: int = Field(
        default=2,
        ge=0,
        le=23,
        description="The hour, 0 to 23, at which the schedule `nightly_batch` imports the drop folder.",
    )
    time_zone: TimeZone = Field(default="UTC", description="The time zone of that hour, for example `Europe/London`.")
    threads: int = Field(
        default=2, ge=1, le=1_024, description="Threads in which an import validates rows and runs SQL."
    )
    spark: ConnectAddress = Field(
        default=SecretStr(""),
        description="The Connect address of a Spark cluster that reads and validates huge files, for example "
        "`sc://spark:15002` (docs/many-machines.md). Empty: none.",
    )
    part_mb: int = Field(
        default=64,
        ge=8,
        description="The size of the parts that Spark is given, in MiB, 8 or more; files below four are read here.",
    )
    workers: int = Field(default=2, ge=1, description="Processes that run the imports of the HTTP API.")
    worker_memory: MemoryOrShare = Field(
        default="",
        description="Memory that one of these processes may use; an import that needs more fails. Empty: `3.5GB` more "
        "than DuckDB may use.",
    )
    dagster_url: DagsterAddress = Field(
        default="",
        description="A Dagster webserver whose queue runs these imports instead, for example "
        "`http://webserver:3000`. Empty: none.",
    )
    previews: int = Field(
        default=2,
        ge=1,
        description="Processes that read files and clients for the HTTP API: previews, plans, row errors, exports.",
    )
    previews_waiting: int = Field(
        default=32,
        ge=1,
        description="How many such requests may wait for a process; the next one is answered with 503.",
    )
    preview_memory: Memory = Field(
        default="2GB", description="Memory that one of these processes may use; a request that needs more is stopped."
    )
    preview_seconds: float = Field(
        default=30, gt=0, description="How long such a request may take, unless it has to read all rows."
    )
    plan_seconds: float = Field(
        default=180,
        gt=0,
        description="How long one may take that reads all rows of a file (a plan) or all clients (an export).",
    )
    history_days: int = Field(
        default=365,
        ge=0,
        le=MOST_DAYS,
        description="How many days the history of a client is kept after the client was removed.",
    )
    retention_days: int = Field(
        default=30,
        ge=1,
        le=MOST_DAYS,
        description="How long the files of an import are kept after it has ended; its job record is kept for good.",
    )
    min_free_mb: int = Field(
        default=32, ge=0, description="The free disk space, in MiB, below which `/healthz` answers 503."
    )
    log: LogFormat = Field(
        default=LogFormat.OFF,
        description="The log on stderr: `off`, or as `text` or `json` a line when an import starts or ends and for "
        "each API call.",
    )
    dagster_ui: str = Field(
        default="",
        description="The address of the Dagster UI that the page links to, and whose host name that UI answers to. "
        "Empty: no links.",
    )

    notify: Receivers = Field(
        default=SecretStr(""),
        description="Who is told when a job ends (docs/notifications.md): webhooks, `https://host/path`, and addresses "
        "of Apprise, `mailto://...`, separated by commas. Empty: nobody.",
    )
    notify_secret: SigningSecret = Field(
        default=SecretStr(""),
        description="What those webhooks are signed with: `whsec_` and at least 24 bytes as base64. Empty: they are "
        "not signed.",
    )
    public_url: PublicAddress = Field(
        default="",
        description="The address that links begin with. Empty: that of the request, if the server knows that name.",
    )
    allowed_hosts: HostNames = Field(
        default="",
        description="Host names, separated by commas, that the server answers to besides those of this machine.",
    )
    api_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys, separated by commas; every call must send one as `x-api-key`. Empty: no key is needed.",
    )
    secret: SecretStr = Field(
        default=SecretStr(""),
        description="What download links are signed with. Empty: a random secret, kept in the home folder.",
    )
    cors_origins: str = Field(
        default="", description="Other websites, separated by commas, whose scripts may call the API. Empty: none."
    )
    max_upload_mb: int = Field(default=512, ge=1, description="The largest file that the API accepts, in MiB.")
    max_rows: int = Field(default=50_000_000, ge=1, description="The most data rows a file may have.")
    max_records: int = Field(
        default=100_000_000, ge=1, description="The most records a file may have, blank ones included."
    )
    max_unpacked_mb: int = Field(
        default=20_480, ge=1, description="The size, in MiB, that a compressed file may unpack to."
    )
    max_columns: int = Field(default=2_000, ge=1, description="The most columns a file may have.")
    max_cells: int = Field(
        default=500_000_000,
        ge=1,
        description="The most cells a file may have: its records, blank ones included, times its columns.",
    )
    max_cell_bytes: int = Field(
        default=1_000_000, ge=1, description="The longest cell; a row with a longer one is rejected."
    )
    max_uploads_waiting: int = Field(
        default=100,
        ge=1,
        description="How many uploaded files may wait to be started; the next one is answered with 429.",
    )

    @property
    def launch_folders(self) -> tuple[Path, ...]:
        """The folders in ``launch_from``, relative to the working directory; if it is empty, the default folders."""
        if self.launch_from:
            return tuple(Path(part).expanduser().absolute() for part in parts_of(self.launch_from))
        return (self.home / "drop", Path.cwd(), _EXAMPLES)

    @property
    def database_url(self) -> str:
        """The address in ``database``; empty if the home folder has the databases."""
        return self.database.get_secret_value()

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        """Those in ``notify``."""
        return receivers_of(self.notify.get_secret_value())

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in ``api_keys``; empty if calls need no key."""
        return parts_of(self.api_keys.get_secret_value())

    @property
    def origins(self) -> tuple[str, ...]:
        """The websites in ``cors_origins``."""
        return parts_of(self.cors_origins)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names in ``allowed_hosts``, and the one in ``public_url``."""
        return (*parts_of(self.allowed_hosts), *parts_of(re.sub(r":\d+$", "", urlsplit(self.public_url).netloc)))

    @property
    def memory_limit_bytes(self) -> int:
        """``memory_limit`` in bytes; if it is empty, the share of this machine."""
        return bytes_of(self.memory_limit) if self.memory_limit else share_of_memory()

    @property
    def worker_memory_bytes(self) -> int:
        """``worker_memory`` in bytes; if it is empty, what DuckDB may use and as much as all else may need."""
        return bytes_of(self.worker_memory) if self.worker_memory else self.memory_limit_bytes + _BESIDE_DUCKDB

    @property
    def preview_memory_bytes(self) -> int:
        """``preview_memory`` in bytes."""
        return bytes_of(self.preview_memory)

    def environment(self) -> dict[str, str]:
        """Return the settings as environment variables for another process, without the secrets of a server."""
        values = ((name, value) for name, value in self if name not in _OF_A_SERVER)
        plain = ((name, each.get_secret_value() if isinstance(each, SecretStr) else each) for name, each in values)
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in plain}


def read_settings(**chosen: str) -> Settings:
    """Read the settings that are not ``chosen`` from the environment. Raises OptionsError that names each wrong one."""
    return _read(frozenset(os.environ.items()), working_folder(), **chosen)


@lru_cache(maxsize=2)  # an import reads them thirty times
def _read(_environment: frozenset[tuple[str, str]], _folder: Path, **chosen: Any) -> Settings:
    try:
        return Settings(**chosen)
    except ValidationError as error:
        sentences = (f"{PREFIX}{str(wrong['loc'][0]).upper()}: {what_is_wrong(wrong)}" for wrong in error.errors())
        raise OptionsError(" ".join(sentences)) from None

"""How the resources come by their settings: from their own fields, and from the environment for all else."""

from __future__ import annotations

import os
from typing import Any

import dagster as dg

from client_import.errors import OptionsError
from client_import.paths import Home
from client_import.settings import PREFIX, Settings, read_settings


def from_environment(setting: str) -> Any:
    """Return the environment variable of ``setting``, read when a run needs it; None where it is not set.

    Dagster takes a variable that is not set for an error, and every setting has a default.
    """
    variable = f"{PREFIX}{setting.upper()}"
    return dg.EnvVar(variable) if variable in os.environ else None


def settings_of(home: str | None) -> Settings:
    """Return the settings with that ``home``, if any; raises OptionsError naming the variable that is wrong."""
    return read_settings(home=home) if home else read_settings()


def home_of(home: str | None) -> Home:
    """Return the home folder, made when it is missing; raises OptionsError or StoreError when it cannot be."""
    return Home(settings_of(home).home).create()


def settings_at_load() -> Settings:
    """Return the settings, or their defaults when one is wrong, for what is decided as the definitions load."""
    try:
        return read_settings()
    except OptionsError:
        return Settings.model_construct()  # every run and tick says what is wrong


HOME_FIELD = "The home folder. Empty: CLIENT_IMPORT_HOME, or its default."

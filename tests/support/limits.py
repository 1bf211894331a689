"""The limits on files, for tests that read them in this process."""

from client_import.reading.limits import Limits
from client_import.settings import Settings, read_settings

LIMITS = Limits.of(Settings())
"""Those of the defaults."""


def limits() -> Limits:
    """Return the limits that the environment sets now."""
    return Limits.of(read_settings())

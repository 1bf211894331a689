"""Why the service refuses what it is asked for, beyond the errors of the import itself."""

from client_import.errors import JobNotFoundError, StoreError


class TooManyWaitingError(StoreError):
    """No more files are received, because too many wait to be started."""


class NoRowsError(JobNotFoundError):
    """The job exists, but has no file of such rows, or has none yet."""


class GoneError(JobNotFoundError):
    """The job exists, but its files have been removed."""

"""What can stop an import. Row faults are not here: they are data (:mod:`client_import.faults`)."""

from __future__ import annotations


class ClientImportError(Exception):
    """One or two plain sentences for the user: what is wrong, where, and what to do."""


class OptionsError(ClientImportError):
    """The options are wrong in themselves or do not fit the file (semantics.md, section 3)."""


class SourceError(ClientImportError):
    """The file cannot be read as a table of text (semantics.md, section 2)."""


class ErrorLimitExceededError(ClientImportError):
    """More rows were refused than ``max errors`` allows (semantics.md, section 7)."""


class StoreError(ClientImportError):
    """The home folder, the clients database or the job store cannot be used."""


class InUseError(StoreError):
    """Another process has the clients database."""


class JobNotFoundError(ClientImportError):
    """No job has that code."""


class JobStateError(ClientImportError):
    """The job's status does not allow what was asked (semantics.md, L4)."""


class Cancelled(BaseException):
    """The job was asked to stop (semantics.md, section 9)."""

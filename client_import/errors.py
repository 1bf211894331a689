"""Exceptions that stop an import. Row errors are data, not exceptions (:mod:`client_import.row_errors`)."""

from __future__ import annotations

from collections.abc import Mapping


class ClientImportError(Exception):
    """An error whose text is for the user: one or two sentences on what is wrong, where, and what to do."""


class OptionsError(ClientImportError):
    """The options are invalid or do not fit the file (docs/rules.md, section 3).

    ``option`` is the name of the invalid one in ``ImportOptions``. ``advice`` says what to do, with placeholders such
    as {match_field} for the names of options; ``command`` gives the same advice for the command line.
    """

    def __init__(self, sentence: str, option: str | None = None, advice: str = "", command: str = "") -> None:
        super().__init__(sentence)
        self.option = option
        self._advice = advice
        self._command = command

    def __str__(self) -> str:
        return self.message_for({})

    def message_for(self, names: Mapping[str, str]) -> str:
        """Return the message with options called as in ``names``; one that is not in there keeps its own name."""
        advice = self._advice
        for name in ("column_mappings", "match_field"):
            advice = advice.replace(f"{{{name}}}", names.get(name, name.replace("_", " ")))
        return f"{super().__str__()} {advice}".rstrip()

    def cli_message(self) -> str:
        """Return the message for the command line."""
        sentence = super().__str__()
        advice = self._command or self.message_for({}).removeprefix(sentence).strip()
        return f"{sentence} {advice}".rstrip()


class SourceError(ClientImportError):
    """The file cannot be read as a table of text (docs/rules.md, section 2)."""


class ErrorLimitExceededError(ClientImportError):
    """More rows were rejected than ``max errors`` allows (docs/rules.md, section 7)."""


class NoWorkbookError(ClientImportError):
    """What is asked for as a workbook does not fit into a sheet, or is no table of rows."""


class StoreError(ClientImportError):
    """The home folder, the clients database or the job store cannot be used."""


class SharedCodesError(StoreError):
    """After the import two clients would have one code; ``codes`` says of how many codes that is true."""

    def __init__(self, codes: int) -> None:
        said = "1 code would belong" if codes == 1 else f"{codes:,} codes would belong"
        super().__init__(
            f"{said} to two clients or more, so the plan and the clients table do not agree and nothing was changed. "
            "See which clients have one code, letter case aside, and give each its own."
        )
        self.codes = codes


class InUseError(StoreError):
    """Another process is using the clients database."""


class ClusterError(ClientImportError):
    """The Spark cluster cannot be reached, or cannot do what it is asked to."""


class DeliveryError(ClientImportError):
    """A receiver could not be told that a job has ended."""


class FixError(ClientImportError):
    """What is typed into the rejected rows names no row or column of theirs, or cannot be kept."""


class JobNotFoundError(ClientImportError):
    """No job has that code."""


class ClientNotFoundError(ClientImportError):
    """No client has that Code, or ever had."""


class JobStateError(ClientImportError):
    """The job's status does not allow what was asked (docs/rules.md, L4)."""


class Cancelled(BaseException):
    """The job was cancelled (docs/rules.md, section 9)."""

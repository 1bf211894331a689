"""What can stop an import. Row errors are not here: they are data (:mod:`client_import.row_errors`)."""

from __future__ import annotations

from collections.abc import Mapping


class ClientImportError(Exception):
    """One or two plain sentences for the user: what is wrong, where, and what to do."""


class OptionsError(ClientImportError):
    """The options are wrong in themselves or do not fit the file (docs/rules.md, section 3).

    ``option`` is the one that is wrong, by its name in ``ImportOptions``. ``advice`` says what to do about it, with
    names of options such as {match_field} in it; ``command`` says it in the words of the command line.
    """

    def __init__(self, sentence: str, option: str | None = None, advice: str = "", command: str = "") -> None:
        super().__init__(sentence)
        self.option = option
        self._advice = advice
        self._command = command

    def __str__(self) -> str:
        return self.told({})

    def told(self, names: Mapping[str, str]) -> str:
        """Return the sentences where options are known by ``names``: the words of a name that is not there."""
        advice = self._advice
        for name in ("column_mappings", "match_field"):
            advice = advice.replace(f"{{{name}}}", names.get(name, name.replace("_", " ")))
        return f"{super().__str__()} {advice}".rstrip()

    def told_in_terminal(self) -> str:
        """Return the sentences as the command line says them."""
        return f"{super().__str__()} {self._command or self.told({}).removeprefix(super().__str__()).strip()}".rstrip()


class SourceError(ClientImportError):
    """The file cannot be read as a table of text (docs/rules.md, section 2)."""


class ErrorLimitExceededError(ClientImportError):
    """More rows were rejected than ``max errors`` allows (docs/rules.md, section 7)."""


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
    """Another process has the clients database."""


class JobNotFoundError(ClientImportError):
    """No job has that code."""


class JobStateError(ClientImportError):
    """The job's status does not allow what was asked (docs/rules.md, L4)."""


class Cancelled(BaseException):
    """The job was asked to stop (docs/rules.md, section 9)."""

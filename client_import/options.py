"""The options of an import: one type for the command line, the API, the drop folder and the Launchpad."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from client_import.did_you_mean import folded
from client_import.errors import OptionsError
from client_import.field_types.value_mappings import MOST_MAPPINGS, ValueMappings, known_field, not_too_many
from client_import.fields.catalogue import BY_NAME
from client_import.option_errors import option_error
from client_import.system.json_text import PlainText


class Mode(StrEnum):
    """Which rows are applied (docs/rules.md, section 5)."""

    CREATE_AND_UPDATE = "CreateAndUpdate"
    CREATE_ONLY = "CreateOnly"
    UPDATE_ONLY = "UpdateOnly"


class BlankCells(StrEnum):
    """What a mapped cell that is blank does to the stored value (docs/rules.md, section 5)."""

    KEEP = "keep"
    CLEAR = "clear"


class Duplicates(StrEnum):
    """What happens to rows of one file with one match value (docs/rules.md, section 6)."""

    REJECT = "reject"
    FIRST = "first"
    LAST = "last"


class Escape(StrEnum):
    """How a quote stands inside quotes: as two of them, or behind a backslash."""

    DOUBLED = "doubled"
    BACKSLASH = "backslash"


class LineEnding(StrEnum):
    """What ends the records of a file."""

    LF = "LF"
    CRLF = "CRLF"
    CR = "CR"


class MatchField(StrEnum):
    """The fields an existing client can be found by (docs/rules.md, section 5)."""

    CODE = "Code"
    COMPANY_NUMBER = "CompanyNumber"
    INTERNAL_REFERENCE = "InternalReference"
    NI_NUMBER = "NiNumber"
    NAME = "Name"
    EMAIL = "Email"


class ClientType(StrEnum):
    """The members of the field Type; a test holds them to the catalogue."""

    PRIVATE_LIMITED_COMPANY = "PrivateLimitedCompany"
    PUBLIC_LIMITED_COMPANY = "PublicLimitedCompany"
    LIMITED_LIABILITY_PARTNERSHIP = "LimitedLiabilityPartnership"
    PARTNERSHIP = "Partnership"
    INDIVIDUAL = "Individual"
    TRUST = "Trust"
    CHARITY = "Charity"
    SOLE_TRADER = "SoleTrader"


Choice = TypeVar("Choice", bound=StrEnum)


def choose(kind: type[Choice], text: object) -> Choice:
    """Return the member of ``kind`` that ``text`` names; case, spacing and punctuation do not matter.

    ``create-and-update``, ``CreateAndUpdate`` and ``create and update`` are the same.
    Raises ValueError with the members when it names none.
    """
    by_fold = {folded(member.value): member for member in kind}
    try:
        return by_fold[folded(text)]
    except KeyError:
        names = ", ".join(member.value for member in kind)
        raise ValueError(f'"{text}" is not one of {names}.') from None


def choose_type(text: object) -> ClientType:
    """Return the type that ``text`` means: a member, or a word that a cell of the field Type may have for one (Ltd).

    Raises ValueError with the members when it means none.
    """
    from client_import.field_types.enums import member_of  # here, because most imports have no default type

    member = member_of(str(text), BY_NAME["Type"])
    return choose(ClientType, text if member is None else member)


def _chosen(kind: type[Choice]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value in (None, "") else choose(kind, value))


_CHOSEN_TYPE = BeforeValidator(lambda value: None if value in (None, "") else choose_type(value))


class ColumnMapping(BaseModel):
    """One header of the file and the field its cells go to."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")

    csv_header: PlainText
    target_field: PlainText

    @field_validator("target_field")
    @classmethod
    def _is_a_field(cls, name: str) -> str:
        return known_field(name)


ColumnMappings = Annotated[tuple[ColumnMapping, ...], Field(max_length=MOST_MAPPINGS), not_too_many("columns")]
"""Which header goes to which field."""

NO_QUOTE = "none"
"""The quote of a file in which no character quotes."""

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
_HEADER_ROW = re.compile(r"(?P<first>\d{1,6})(?:-(?P<last>\d{1,6}))?")
_LIMIT = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<percent>%?)")


class ImportOptions(BaseModel):
    """Everything a user can say about an import; an option left out is None or its documented default."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")

    import_mode: Annotated[Mode, _chosen(Mode)] = Field(Mode.CREATE_AND_UPDATE)
    match_field: Annotated[MatchField | None, _chosen(MatchField)] = Field(
        None, description="the field a row finds its client by; Code when it is mapped, else Name"
    )
    mapping_code: PlainText | None = Field(None, description="the code of a saved mapping")
    column_mappings: ColumnMappings | None = Field(
        None, description="which header goes to which field, instead of the suggestion"
    )
    value_mappings: ValueMappings | None = Field(
        None, description="which words mean which member of a field's list; beside those of a saved mapping"
    )
    default_client_type: Annotated[ClientType | None, _CHOSEN_TYPE] = Field(
        None, description="the Type of a created client whose row has none: a member, or a word for one such as Ltd"
    )
    blank_cells: Annotated[BlankCells, _chosen(BlankCells)] = Field(
        BlankCells.KEEP, description="keep the stored value, or clear it"
    )
    duplicates: Annotated[Duplicates, _chosen(Duplicates)] = Field(
        Duplicates.REJECT, description="rows of the file with one match value: reject, first or last"
    )
    max_errors: str | None = Field(
        None, description='"100" or "5%": more rejected rows than that and nothing is imported'
    )
    encoding: str | None = Field(None, description="instead of the detected one")
    delimiter: str | None = Field(None, description="instead of the detected one: , ; | tab or another character")
    quote: str | None = Field(None, description="instead of the detected one; none when nothing quotes")
    escape: Annotated[Escape | None, _chosen(Escape)] = Field(
        None, description="how a quote stands inside quotes, instead of what was detected: doubled or backslash"
    )
    line_ending: Annotated[LineEnding | None, _chosen(LineEnding)] = Field(
        None, description="the only thing that ends a row, instead of each of them: LF, CRLF or CR"
    )
    has_header_row: bool | None = Field(None, description="instead of what was detected")
    header_row: str | None = Field(
        None, description='the row that the header is in, instead of the detected one: "3", or "3-4" for two lines'
    )
    fail_if_empty: bool = Field(False, description="a file without data rows is a failure: for files that come nightly")
    day_first: bool = Field(True, description="31/12/2024 (true) or 12/31/2024 (false)")

    @field_validator("max_errors", mode="before")
    @classmethod
    def _is_a_limit(cls, value: object) -> str | None:
        if value in (None, ""):
            return None
        text = str(value).strip()
        match = _LIMIT.fullmatch(text)
        if match is None or (not match["percent"] and "." in text):
            raise ValueError(f'"{text}" is neither a number of rows such as 100 nor a share such as 5%.')
        if match["percent"] and float(match["number"]) > 100:
            raise ValueError(f'"{text}" is more than all rows; a share goes from 0% to 100%.')
        return text

    @field_validator("delimiter")
    @classmethod
    def _is_a_delimiter(cls, value: str | None) -> str | None:
        text = _DELIMITERS.get(value.lower(), value) if value else None
        if text is not None and (len(text) != 1 or not text.isascii() or text.isalnum() or text in '"\r\n\\\0'):
            raise ValueError(f'"{value}" is not a delimiter; use , ; | tab or another character.')
        return text

    @field_validator("quote")
    @classmethod
    def _is_a_quote(cls, value: str | None) -> str | None:
        if value and value.lower() == NO_QUOTE:
            return NO_QUOTE
        if value and (len(value) != 1 or not value.isascii() or value.isalnum() or value.isspace() or value in "\\\0"):
            raise ValueError(f'"{value}" is not a quote character; use ", \' or none.')
        return value or None

    @field_validator("header_row", mode="before")
    @classmethod
    def _is_a_row(cls, value: object) -> str | None:
        if value in (None, ""):
            return None
        text = str(value).strip()
        match = _HEADER_ROW.fullmatch(text)
        if match is None or not 0 < int(match["first"]) <= int(match["last"] or match["first"]):
            raise ValueError(f'"{text}" is no row of a header; give its number such as 3, or 3-4 for two lines.')
        return text

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.header_row is not None and self.has_header_row is False:
            raise ValueError("A row for the header was given, and also that there is no header; give one of them.")
        if self.delimiter is not None and self.delimiter == self.quote:
            raise ValueError(f"The delimiter and the quote cannot both be {self.quote}.")
        return self

    @property
    def header_rows(self) -> tuple[int, int]:
        """The first and the last row of the header that ``header_row`` names; only when it does."""
        match = _HEADER_ROW.fullmatch(self.header_row or "")
        assert match is not None
        return int(match["first"]), int(match["last"] or match["first"])

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, value: str | None) -> str | None:
        if not value:
            return None
        try:
            "".encode(value)
        except (LookupError, UnicodeError):
            raise ValueError(
                f'"{value}" is not an encoding known here; try utf-8, utf-16, windows-1252 or latin-1.'
            ) from None
        return value

    def error_limit(self, total_items: int) -> float | None:
        """Return how many rejected rows of ``total_items`` are still allowed; None for any number."""
        if self.max_errors is None:
            return None
        if self.max_errors.endswith("%"):
            return float(self.max_errors[:-1]) * total_items / 100
        return float(self.max_errors)

    def with_choices(self, choices: Iterable[tuple[str, Any]]) -> Self:
        """Return these options with ``choices``, pairs of a name and a value, where nothing is said of them."""
        return type(self).parse({**dict(choices), **self.model_dump(exclude_unset=True)})

    def changed(self, by: ImportOptions) -> Self:
        """Return these options with those that are set in ``by`` in their place; of two mappings the new one counts."""
        new = by.model_dump(exclude_unset=True, exclude_none=True)
        old = self.model_dump(exclude_unset=True, exclude_none=True)
        if {"mapping_code", "column_mappings"} & new.keys():
            old = {name: value for name, value in old.items() if name not in ("mapping_code", "column_mappings")}
        return type(self).parse({**old, **new})

    @classmethod
    def parse(cls, options: Mapping[str, Any], shown: Mapping[str, str] | None = None) -> Self:
        """Check ``options`` (names in camelCase or snake_case); raises OptionsError with a sentence for each error.

        ``shown`` are the names by which the user knows the options, where they are others.
        """
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            raise OptionsError(" ".join(option_error(wrong, shown or {}) for wrong in error.errors())) from None


NO_OPTIONS = ImportOptions.parse({})
"""Nothing said: everything is detected, suggested or the default."""

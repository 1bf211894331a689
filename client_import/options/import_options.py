"""Every option of an import, declared once: its type, default and help, and how each door offers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from client_import.did_you_mean import did_you_mean
from client_import.errors import OptionsError
from client_import.field_types.value_mappings import ValueMappings
from client_import.options import texts
from client_import.options.choices import (
    CHOSEN_TYPE,
    BlankCells,
    ClientType,
    Duplicates,
    Escape,
    LineEnding,
    MatchField,
    Mode,
    chosen,
)
from client_import.options.columns import ColumnMappings
from client_import.options.offered import Concern, Offered, Section
from client_import.system.json_text import PlainText
from client_import.wording import place_of, sentence_of, told


class ImportOptions(BaseModel):
    """Everything a user can say about an import; an option left out is None or its documented default."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")

    mapping_code: Annotated[
        PlainText | None,
        Offered(Concern.MAPPING, Section.COLUMNS, "--mapping", "Mapping", value="CODE|FILE.json"),
    ] = Field(None, description="A saved mapping, instead of the suggestion.", examples=["limited-company-clients"])

    column_mappings: Annotated[
        ColumnMappings | None,
        Offered(Concern.MAPPING, Section.COLUMNS, "--map", "Field", value='"HEADER=FIELD"'),
    ] = Field(
        None,
        description="Which header goes to which field, instead of the suggestion.",
        examples=[[{"csvHeader": "Client Ref", "targetField": "Code"}]],
    )

    value_mappings: Annotated[
        ValueMappings | None,
        Offered(Concern.MAPPING, Section.COLUMNS, "--value", "Words", value='"FIELD:WORD=MEMBER"'),
    ] = Field(
        None,
        description="Which words mean which member of a field's list; beside those of a saved mapping.",
        examples=[[{"targetField": "Type", "from": "Widow", "to": "Individual"}]],
    )

    match_field: Annotated[
        MatchField | None,
        chosen(MatchField),
        Offered(
            *(Concern.MAPPING, Section.IMPORT, "--match-on", "Recognise a client by"),
            value="FIELD",
            unset="Code if mapped, else Name",
        ),
    ] = Field(
        None,
        description="The field a row finds its client by; a row with the same value belongs to that client.",
        examples=["Code"],
    )

    import_mode: Annotated[
        Mode,
        chosen(Mode),
        Offered(
            *(Concern.ROWS, Section.IMPORT, "--mode", "Change"),
            words={
                Mode.CREATE_AND_UPDATE: "create new clients and update known ones",
                Mode.CREATE_ONLY: "only create new clients",
                Mode.UPDATE_ONLY: "only update known clients",
            },
            again="the mode {}",
        ),
    ] = Field(Mode.CREATE_AND_UPDATE, description="Which rows are applied; those for other clients are skipped.")

    default_client_type: Annotated[
        ClientType | None,
        CHOSEN_TYPE,
        Offered(
            *(Concern.ROWS, Section.MORE_IMPORT, "--default-type", "Type of new clients without one"),
            value="TYPE",
            takes_words=True,
            unset="none: such rows are rejected",
            again="the default type {}",
        ),
    ] = Field(
        None,
        description="The Type of a created client whose row has none: a member, or a word for one such as Ltd.",
        examples=["Individual"],
    )

    blank_cells: Annotated[
        BlankCells,
        chosen(BlankCells),
        Offered(
            *(Concern.ROWS, Section.MORE_IMPORT, "--blank", "A blank cell"),
            words={BlankCells.KEEP: "keeps what is stored", BlankCells.CLEAR: "clears what is stored"},
            again="blank cells that empty what is stored",
        ),
    ] = Field(
        BlankCells.KEEP,
        description="Blank cells keep the stored value, or clear it; a cell that says #N/A always clears it.",
    )

    duplicates: Annotated[
        Duplicates,
        chosen(Duplicates),
        Offered(
            *(Concern.ROWS, Section.MORE_IMPORT, "--duplicates", "The same client in several rows"),
            words={
                Duplicates.REJECT: "reject them when they differ",
                Duplicates.FIRST: "use the first row",
                Duplicates.LAST: "use the last row",
            },
            again="the {} of several rows of one client used",
        ),
    ] = Field(
        Duplicates.REJECT,
        description="What becomes of rows of one client that differ; rows that say the same are used once.",
    )

    max_errors: Annotated[
        str | None,
        BeforeValidator(texts.limit),
        Offered(
            *(Concern.WHOLE, Section.MORE_IMPORT, "--max-errors", "Stop when more rows are rejected than"),
            value="N|P%",
            unset="no limit",
        ),
    ] = Field(
        None,
        description="A number such as 100, or a share such as 5%: when more rows are rejected, nothing is imported.",
        examples=["5%"],
    )

    fail_if_empty: Annotated[
        bool,
        Offered(
            *(Concern.WHOLE, Section.MORE_IMPORT, "--fail-if-empty", "A file without data rows"),
            words={False: "is no failure", True: "is a failure"},
        ),
    ] = Field(False, description="A file without data rows is a failure: for files that come nightly.")

    sheet: Annotated[
        PlainText | None,
        Offered(Concern.LAYOUT, Section.FILE, "--sheet", "Sheet", value="NAME", unset="the first with a table"),
    ] = Field(None, description="The sheet of a workbook, instead of the first that has a table.", examples=["Clients"])

    encoding: Annotated[
        str | None,
        AfterValidator(texts.encoding),
        Offered(Concern.LAYOUT, Section.FILE, "--encoding", "Text encoding", words=texts.ENCODINGS),
    ] = Field(None, description="Instead of the detected one, when é or £ looks wrong.")

    delimiter: Annotated[
        str | None,
        AfterValidator(texts.delimiter),
        Offered(Concern.LAYOUT, Section.FILE, "--delimiter", "Column separator", words=texts.DELIMITERS),
    ] = Field(None, description="Instead of the detected one: , ; | tab or another character.")

    quote: Annotated[
        str | None,
        AfterValidator(texts.quote),
        Offered(Concern.LAYOUT, Section.MORE_FILE, "--quote", "Around cells", words=texts.QUOTES),
    ] = Field(None, description="Instead of the detected one: \", ' or none when nothing quotes.")

    escape: Annotated[
        Escape | None,
        chosen(Escape),
        Offered(
            *(Concern.LAYOUT, Section.MORE_FILE, "--escape", "A quote inside quotes is"),
            words={Escape.DOUBLED: "written twice", Escape.BACKSLASH: "behind a backslash"},
        ),
    ] = Field(None, description="How a quote stands inside quotes, instead of what was detected.")

    line_ending: Annotated[
        LineEnding | None,
        chosen(LineEnding),
        Offered(
            *(Concern.LAYOUT, Section.MORE_FILE, "--line-ending", "Ends a row"),
            words={
                LineEnding.CRLF: "Windows (CRLF)",
                LineEnding.LF: "Unix and Mac (LF)",
                LineEnding.CR: "old Mac (CR)",
            },
            unset="any",
        ),
    ] = Field(None, description="The only thing that ends a row, instead of each of them.")

    has_header_row: Annotated[bool | None, Offered(Concern.LAYOUT, Section.FILE, "--header/--no-header", "Header")] = (
        Field(None, description="Whether there is a header row, instead of what was detected.")
    )

    header_row: Annotated[
        str | None,
        BeforeValidator(texts.header_row),
        Offered(Concern.LAYOUT, Section.FILE, "--header-row", "Header", value="N|N-M"),
    ] = Field(None, description="The row that the header is in, instead of the detected one: 3, or 3-4 for two rows.")

    day_first: Annotated[
        bool,
        Offered(
            *(Concern.ROWS, Section.FILE, "--day-first/--month-first", "Dates"),
            words={True: "day first: 31/12/2024", False: "month first: 12/31/2024"},
            again="dates with the month first",
        ),
    ] = Field(True, description="Whether dates have the day first. Never guessed; 2024-12-31 is read either way.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.header_row is not None and self.has_header_row is False:
            raise ValueError(
                "headerRow says where the header is, and hasHeaderRow that there is none; give one of them."
            )
        if self.delimiter is not None and self.delimiter == self.quote:
            raise ValueError(f"delimiter and quote cannot both be {self.quote}.")
        return self

    @property
    def header_rows(self) -> tuple[int, int]:
        """The first and the last row of the header that ``header_row`` names; only when it does."""
        assert self.header_row is not None
        return texts.rows_of_header(self.header_row)

    def error_limit(self, total_items: int) -> float | None:
        """Return how many rejected rows of ``total_items`` are still allowed; None for any number."""
        return None if self.max_errors is None else texts.rows_within(self.max_errors, total_items)

    def with_choices(self, choices: Iterable[tuple[str, Any]]) -> Self:
        """Return these options with ``choices``, pairs of a name and a value, where nothing is said of them."""
        return type(self).parse({**dict(choices), **self.model_dump(exclude_unset=True)})

    def changed(self, by: ImportOptions) -> Self:
        """Return these options with those that are set in ``by`` in their place; of two mappings the new one counts."""
        new = by.model_dump(exclude_unset=True, exclude_none=True)
        old = self.model_dump(
            exclude_unset=True, exclude_none=True, exclude=MAPPINGS if MAPPINGS & new.keys() else None
        )
        return type(self).parse({**old, **new})

    @classmethod
    def parse(cls, options: Mapping[str, Any], shown: Mapping[str, str] | None = None) -> Self:
        """Check ``options`` (names in camelCase or snake_case); raises OptionsError with a sentence for each error.

        ``shown`` are the names by which the user knows the options, where they are others.
        """
        try:
            return cls.model_validate(options)
        except ValidationError as error:
            raise OptionsError(told(error.errors(), lambda wrong: _sentence(wrong, shown or {}))) from None


MAPPINGS = {"mapping_code", "column_mappings"}
"""The options of which one takes the place of the other."""

NO_OPTIONS = ImportOptions.parse({})
"""Nothing said: everything is detected, suggested or the default."""


def _sentence(wrong: Any, shown: Mapping[str, str]) -> str:
    """The sentence for an error that pydantic found; ``shown`` are the names users know the options by."""
    sentence, place = sentence_of(wrong), place_of(wrong)
    if not place:
        called = {to_camel(name): text for name, text in shown.items()}
        return " ".join(called.get(word, word) for word in sentence.split(" "))
    if wrong["type"] == "extra_forbidden" and len(wrong["loc"]) == 1:
        near = did_you_mean(place, [to_camel(name) for name in ImportOptions.model_fields])
        return f"There is no option {place}. {near}docs/options.md has all of them."
    return f"{shown.get(str(wrong['loc'][0]), place)}: {sentence}"

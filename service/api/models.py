"""The responses of the API, as its OpenAPI document describes them (docs/api.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from client_import.field_types.value_mappings import ValueMapping, ValueMappings
from client_import.history.entries import Kind
from client_import.jobs.record import Status
from client_import.options import ColumnMapping, ColumnMappings, MatchField, chosen
from client_import.system.json_text import PlainText

Code = Annotated[str, Field(description="identifies the job", examples=["k3v9q2m7xt"])]
Rows = Annotated[int, Field(ge=0)]


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class JobRecord(_Answer):
    """One import, or the undo of a job (docs/rules.md, section 1)."""

    code: Code
    status: Status
    file_name: str = Field(description="without any folder", examples=["clients.csv"])
    total_items: int | None = Field(description="data rows of the file; null until they have been counted")
    processed_items: Rows = Field(description="data rows handled so far")
    created_count: Rows = Field(description="clients created")
    updated_count: Rows = Field(description="clients changed")
    skipped_count: Rows = Field(description="valid rows with nothing to do")
    error_count: Rows = Field(description="rows rejected")
    started_date: str | None = Field(description="UTC, ISO 8601; null while Queued")
    completed_date: str | None = Field(description="null until the job has ended")
    created_date: str = Field(examples=["2026-11-25T09:30:00.000Z"])
    not_imported_download_url: str | None = Field(
        description="signed, needs no key, expires in 60 minutes; null when every row was imported"
    )
    failure_reason: str | None = Field(description="why the job is Failed, and what to do about it")
    outcome: str | None = Field(description="null until the job has ended; then Clean, WithErrors or NothingImported")
    notes: list[str] = Field(description="sentences about the file and its import")
    removed_count: Rows = Field(0, description="only of an undo: clients removed; its other counts are clients, too")
    undoes: str = Field("", description="only of an undo: the job that it undoes")
    undone_by: str = Field("", description="only of a job that is undone: the undo")


class Change(_Answer):
    """One field of one client that an import would change; sensitive values are masked."""

    row: int
    code: str
    field: str
    before: str | None = Field(alias="from")
    after: str | None = Field(alias="to")


class ClientChange(_Answer):
    """One thing that a job changed: a client it created or removed, or a field of one that it updated."""

    code: str | None = Field(description="the Code of the client after the job")
    field: str | None = Field(description="null where the client was created or removed")
    before: str | None = Field(alias="from", description="null where the field was empty; masked if sensitive")
    after: str | None = Field(alias="to", description="null where the field is empty; masked if sensitive")
    kind: Kind


class DatedClientChange(ClientChange):
    """One change of a client; by another program, with no job, where that has written since."""

    job: str | None = Field(description="the code of the job")
    file_name: str | None
    at: str | None = Field(description="when it was applied; UTC, ISO 8601")


class ClientLine(_Answer):
    """One client of a list."""

    code: str | None
    name: str | None
    type: str | None
    status: str | None
    company_number: str | None
    internal_reference: str | None
    ni_number: str | None
    utr: str | None
    self_assessment_utr: str | None
    company_utr: str | None
    email: str | None
    telephone: str | None


class ClientRecord(_Answer):
    """One client, with all its fields."""

    code: str | None
    fields: dict[str, str | None] = Field(
        description="by the name of the field; null where it is empty, masked where it is sensitive",
        examples=[{"Name": "Ann", "Code": "A1", "PersonalCode": "•••"}],
    )
    created_date: str | None = Field(description="UTC, ISO 8601; null if another program created it")
    updated_date: str | None
    created_by_job: str | None = Field(description="the code of the job")
    updated_by_job: str | None


class UnknownValue(_Answer):
    """A word that means no member of its field's list."""

    value: str = Field(examples=["Widow"])
    count: Rows = Field(description="cells of the file with it")


class UnknownValues(_Answer):
    """The words of a column that mean no member of its field's list."""

    csv_header: str
    target_field: str
    values: list[UnknownValue] = Field(description="the most frequent, up to twenty")
    other_count: Rows = Field(description="cells with any other such word")


class PlanRecord(_Answer):
    """What an import would do (docs/rules.md, section 7)."""

    created_count: Rows
    updated_count: Rows
    skipped_count: Rows
    error_count: Rows
    emptied_count: int = Field(description="stored values that the import empties")
    reasons: dict[str, int] = Field(description="rows by reason code", examples=[{"bad_format": 12}])
    changes: list[Change] = Field(description="what the first updates change")
    unknown_values: list[UnknownValues] = Field(description="by column, words of the file that mean no member")
    notes: list[str] = Field(description="the notes that the job will have")
    failure_reason: str | None = Field(description="why the import would fail because of maxErrors; else null")


class UndoOptions(_Answer):
    """How a job is undone."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    dry_run: bool = Field(False, description="say what would happen, and change nothing")


class LeftAlone(_Answer):
    """A field of a client, or a whole client, that an undo would leave alone."""

    code: str | None = Field(description="of the client; null when it has none by which it could be found")
    field: str | None = Field(description="null for the whole client")
    reason: str = Field(examples=["changed_since"])


class UndoPlanRecord(_Answer):
    """What an undo would do, in clients (docs/rules.md, section 11)."""

    created_count: Rows = Field(description="clients that the job had removed, and that would be brought back")
    updated_count: Rows = Field(description="clients that would be put back")
    skipped_count: Rows = Field(description="clients that would be left alone")
    removed_count: Rows = Field(description="clients that the job had created, and that would be removed")
    notes: list[str] = Field(description="the notes that the undo will have")
    left: list[LeftAlone] = Field(description="what would be left alone, the first 1,000")


class Suggestion(_Answer):
    """A header and the field it is likely to be."""

    csv_header: str
    target_field: str
    score: float = Field(description="from 0 to 1; below 0.90 it is only offered, and never used by itself")
    value_mappings: list[ValueMapping] = Field(
        description="to be sent along when this is used: the column says the opposite, or is a status"
    )


class PreviewColumn(_Answer):
    """A column of the file, and where it goes."""

    header: str
    fill_rate: float = Field(description="share of the first rows with a cell that is not blank")
    samples: list[str]
    target_field: str | None
    score: float | None
    is_used: bool
    value_mappings: list[ValueMapping] = Field(description="which of its words mean which members")
    unknown_values: list[str] = Field(description="words in its first rows that mean no member of its field")


class RowErrorSummary(_Answer):
    """How many errors one column has for one reason, the commonest first."""

    column: str | None = Field(description="the header as the file has it; null where there is no column")
    field: str | None
    reason: str = Field(examples=["bad_format"])
    count: int = Field(description="rows with this error")
    first_rows: list[int]
    samples: list[str] = Field(description="up to three of the values, shortened; none where they are sensitive")
    message: str = Field(examples=['Email: not an email address, 8 rows, such as "jo@"'])


class PreviewRecord(_Answer):
    """What was detected in an uploaded file, and what its import would do. Nothing has been imported."""

    code: Code
    file_name: str
    encoding: str | None = Field(examples=["utf-8"])
    delimiter: str | None = Field(examples=[","])
    quote: str | None
    has_header_row: bool | None
    headers: list[str]
    total_rows: int | None = Field(description="data rows; null when the options do not fit the file yet")
    preview_rows: list[dict[str, str]] = Field(description="the first rows, header: cell")
    suggested_mappings: list[Suggestion]
    ignored_headers: list[str]
    plan: PlanRecord | None
    columns: list[PreviewColumn]
    escape: str | None
    line_ending: str | None
    header_row: int | None = Field(description="the row number of the header; 0 when there is none")
    notes: list[str]
    errors: list[RowErrorSummary] = Field(description="why rows would be rejected; empty without a plan")
    sheet: str | None = Field(description="the sheet of a workbook that is read; null for other files")
    sheets: list[str] = Field(description="all sheets of a workbook")
    objection: str | None = Field(
        description="why the import cannot be started like this: the options do not fit the file"
    )

    @classmethod
    def unreadable(cls, code: str, file_name: str, objection: str) -> dict[str, Any]:
        """Return the preview of a file that is no table of text."""
        lists = {name for name, field in cls.model_fields.items() if get_origin(field.annotation) is list}
        nothing: dict[str, Any] = {name: [] if name in lists else None for name in cls.model_fields}
        preview = cls.model_construct(**{**nothing, "code": code, "file_name": file_name, "objection": objection})
        return preview.model_dump(by_alias=True)


class RowError(_Answer):
    """One row error: what is wrong with a cell or a row."""

    row: int = Field(description="as a spreadsheet numbers it")
    column: str | None = Field(description="the header as the file has it; null for an error of the whole row")
    field: str | None
    reason: str = Field(examples=["bad_format"])
    value: str | None = Field(description="the offending cell; masked where it is sensitive")
    message: str


class MappingContent(_Answer):
    """A mapping to be saved; without a code it gets one made from its name."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    code: str | None = Field(None, description="lower-case letters, digits and -", examples=["sage-clients"])
    name: PlainText = Field(min_length=1, max_length=200, examples=["Sage clients"])
    column_mappings: ColumnMappings = Field(examples=[[{"csvHeader": "Client Ref", "targetField": "Code"}]])
    value_mappings: ValueMappings = Field((), examples=[[{"targetField": "Type", "from": "Widow", "to": "Individual"}]])
    match_field: Annotated[MatchField | None, chosen(MatchField)] = None


class MappingRecord(_Answer):
    """A saved mapping; presets ship with the program and are read-only."""

    code: str
    name: str
    column_mappings: list[ColumnMapping]
    value_mappings: list[ValueMapping]
    match_field: MatchField | None
    is_preset: bool
    created_date: datetime | None
    updated_date: datetime | None


class FieldRecord(_Answer):
    """A client field that a column can be mapped to."""

    field: str
    column: str
    type: str
    max_length: int | None
    rule: str
    notes: str


class Health(_Answer):
    """Whether the service can do its work."""

    status: str = Field(examples=["ok"])
    job_store: str
    clients_database: str
    disk: str
    imports: str

"""A file that waits to be started, as the page shows it: what was detected, where its columns go, how to import it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from client_import.errors import OptionsError, SourceError
from client_import.field_types.value_mappings import together
from client_import.jobs.record import Job
from client_import.mapping.saved import SavedMapping
from client_import.options import NO_OPTIONS, OFFERED, ColumnMapping, Concern, ImportOptions, Section
from client_import.preview import Preview
from service.imports import Imports
from service.page.choices import Choice, choices_of
from service.page.columns import ColumnRow, column_rows, objection_to
from service.page.set_up_form import OWN, Form, Wish, fitting, read_form
from service.page.words import WordRow, other_words, word_rows
from service.preview_pool import PreviewCutOffError

SHOWN_ROWS = 5
SHOWN_HEADERS = 40
_OF_LAYOUT = [name for name, offered in OFFERED.items() if offered.concern is Concern.LAYOUT]


@dataclass(frozen=True, slots=True)
class SetUp:
    """Everything that the page says of a file before its import.

    ``preview`` is None when the file cannot be read; ``objection`` then says why, else why it cannot be started as
    it is. ``messages`` are sentences about what was just asked for. ``first_rows`` are cells under ``first_headers``.
    ``other_words`` are columns with more words than are named, with how many cells have one.
    """

    job: Job
    options: ImportOptions
    preview: Preview | None
    objection: str | None
    columns: list[ColumnRow]
    words: list[WordRow]
    other_words: list[tuple[str, int]]
    first_headers: list[str]
    first_rows: list[list[str]]
    file: tuple[Choice, ...]
    rare_file: tuple[Choice, ...]
    how: tuple[Choice, ...]
    rare_how: tuple[Choice, ...]
    mappings: list[SavedMapping]
    messages: tuple[str, ...]

    @property
    def mapping_shown(self) -> str:
        """The value of the choice of mappings: empty for the suggestion, a saved mapping's code, or OWN."""
        return OWN if self.options.column_mappings is not None else self.options.mapping_code or ""

    @property
    def mapping_as_of(self) -> str:
        """When the saved mapping that is used was last changed; empty where there is none, or a preset."""
        return _as_of(_found(self.mappings, self.options.mapping_code))

    @property
    def imported(self) -> int:
        """How many columns go to a field."""
        return sum(1 for column in self.columns if column.field)

    @property
    def is_rare_file(self) -> bool:
        """Whether anything is chosen of what hardly anybody changes of the file."""
        return any(choice.value for choice in self.rare_file)

    @property
    def is_rare_how(self) -> bool:
        """Whether anything is chosen of what most imports leave as it is."""
        return self.rare_how != choices_of(Section.MORE_IMPORT, NO_OPTIONS, None, None)


def set_up_of(imports: Imports, code: str, messages: Sequence[str] = (), *, plans: bool = False) -> SetUp:
    """Look at the file of the waiting job ``code``; with ``plans`` also work out what its import would do."""
    job, options, mappings = imports.job(code), imports.store.options(code), imports.store.mappings.all()
    saved = next((each for each in mappings if each.code == options.mapping_code), None)
    if options.mapping_code and saved is None:
        gone = f'The mapping "{options.mapping_code}" was deleted, so the suggestion is used.'
        options, messages = options.model_copy(update={"mapping_code": None}), [*messages, gone]
        imports.keep_options(code, options)
    preview, objection = None, None
    try:
        preview = imports.look(code, NO_OPTIONS, rows=SHOWN_ROWS)
        if plans:
            preview = imports.plan(code, NO_OPTIONS, preview)
    except (SourceError, OptionsError) as error:
        preview, objection = None, str(error)
    except PreviewCutOffError as error:
        if preview is not None:
            raise
        objection = str(error)
    rows = column_rows(preview, options, saved) if preview else []
    layout = preview.layout if preview else None
    options = options.with_choices(layout.choices) if layout else options
    match_field = preview.mapping.match_field if preview and preview.mapping else None
    headers = [row.header for row in rows[:SHOWN_HEADERS]]
    return SetUp(
        job=job,
        options=options,
        preview=preview,
        objection=objection_to(preview, options, saved) if preview else objection,
        columns=rows,
        words=word_rows(preview, saved) if preview else [],
        other_words=other_words(preview) if preview else [],
        first_headers=headers,
        first_rows=[[row[header] for header in headers] for row in preview.shown_rows] if preview else [],
        file=choices_of(Section.FILE, options, layout, match_field),
        rare_file=choices_of(Section.MORE_FILE, options, layout, match_field),
        how=choices_of(Section.IMPORT, options, layout, match_field),
        rare_how=choices_of(Section.MORE_IMPORT, options, layout, match_field),
        mappings=mappings,
        messages=tuple(messages),
    )


def _found(mappings: Sequence[SavedMapping], code: str | None) -> SavedMapping | None:
    return next((each for each in mappings if each.code == code), None)


def _as_of(saved: SavedMapping | None) -> str:
    """Return when the mapping was last changed, as the form of the page says it."""
    return saved.updated_date.isoformat() if saved and saved.updated_date else ""


def changed_meanwhile(imports: Imports, form: Form) -> list[str]:
    """Return what to say if the saved mapping in the form is not as it was when it was shown."""
    code = form.get("mapping", "")
    if not code or code != form.get("mapping_shown"):
        return []
    saved = _found(imports.store.mappings.all(), code)
    if saved is None or _as_of(saved) == form.get("mapping_as_of", ""):
        return []
    return [f'The mapping "{saved.name}" was changed meanwhile, so look at what it does now, then start the import.']


def change(imports: Imports, code: str, form: Form) -> list[str]:
    """Keep what the form says as the options of the waiting job; return what there is to say about it.

    A form that says something impossible changes nothing. Raises JobStateError when the job does not wait any more.
    """
    try:
        wish = read_form(form)
    except OptionsError as error:
        return [f"{error} Nothing was changed."]
    old = imports.store.options(code)
    is_read_anew = any(getattr(wish.options, name) != getattr(old, name) for name in _OF_LAYOUT)
    is_mapped = wish.options.mapping_code is not None or wish.options.column_mappings is not None
    if wish.saved is None and not (is_read_anew and is_mapped):
        imports.keep_options(code, wish.options)
        return []
    return _fit(imports, code, wish)


def _fit(imports: Imports, code: str, wish: Wish) -> list[str]:
    """Use as much of the wanted mapping as the file, as it is read now, has columns for."""
    bare = wish.options.model_copy(update={"mapping_code": None, "column_mappings": None})
    imports.keep_options(code, bare)
    try:
        headers = imports.look(code, NO_OPTIONS, rows=0).layout.headers
        code_of_saved = wish.saved or wish.options.mapping_code
        wanted = (
            imports.store.mappings.get(code_of_saved) if code_of_saved else _unnamed(wish.options.column_mappings or ())
        )
    except (SourceError, OptionsError, PreviewCutOffError) as error:
        return [str(error)]
    found, missing = fitting(wanted, headers)
    if "mapping_code" in found and not code_of_saved:
        found = {"column_mappings": wanted.column_mappings}
    words = together(bare.value_mappings or (), found.pop("value_mappings", ()))
    imports.keep_options(code, bare.model_copy(update={**found, "value_mappings": words or None}))
    if not missing:
        return []
    name = f'The mapping "{wanted.name}"' if code_of_saved else "Your choice of fields"
    if not found:
        return [f"{name} has none of this file's columns, so the suggestion is used."]
    listed = ", ".join(f'"{header}"' for header in missing[:5]) + (" and others" if len(missing) > 5 else "")
    return [f"{name} is used as far as it fits. This file has no column {listed}."]


def _unnamed(columns: Sequence[ColumnMapping]) -> SavedMapping:
    return SavedMapping(code=OWN, name=OWN, column_mappings=tuple(columns))

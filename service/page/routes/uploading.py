"""The start page: choose a file, and see the latest imports."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from client_import.errors import JobNotFoundError, OptionsError
from client_import.jobs.wanted import ALL_JOBS
from client_import.mapping.carried import carried
from client_import.mapping.file_spec import FileSpec
from client_import.options import NO_OPTIONS, ImportOptions
from service.api.context import TheImports
from service.api.threads import waits_for_previews
from service.api.uploads import refuse_large
from service.imports import Imports
from service.page.answers import go_to, html
from service.page.sign_in import SIGNED_IN
from service.page.titles import titles_of

_RECENT = 5
_ORIGIN = "page"


router = APIRouter(include_in_schema=False, dependencies=[SIGNED_IN])


@router.get("/")
def start_page(request: Request, imports: TheImports) -> Response:
    """Show the upload form and the latest imports."""
    most = imports.place.settings.max_upload_mb
    jobs = imports.jobs(ALL_JOBS, _RECENT, None)
    return html(request, "start.html", {"jobs": jobs, "titles": titles_of(imports.store, jobs), "most_mb": most})


@router.post("/jobs")
@waits_for_previews
def upload(
    request: Request, imports: TheImports, file: Annotated[UploadFile, File()], like: Annotated[str, Form()] = ""
) -> Response:
    """Receive a file, and go to its check; ``like`` is the import whose rows it corrects."""
    if not file.filename and not file.size:
        raise OptionsError("No file was chosen. Choose a CSV file or a workbook, and send it again.")
    refuse_large(file, imports.place.settings)
    options, name = _options_of(imports, like), file.filename or ""
    try:
        job = imports.receive(file.file, name, options, _ORIGIN)
    except OptionsError:
        file.file.seek(0)  # its columns differ from those of the earlier import: they are mapped again
        without = {"mapping_code": None, "column_mappings": None, "match_field": None}
        job = imports.receive(file.file, name, options.model_copy(update=without), _ORIGIN)
    return go_to(request, f"/jobs/{job.code}")


def _options_of(imports: Imports, like: str) -> ImportOptions:
    with suppress(JobNotFoundError):
        if like:
            layout, options = imports.place.home.job(like).layout, imports.store.options(like)
            if not layout.exists():
                return carried(options, None)
            then = FileSpec.load(layout)
            return carried(then.holding(options), then.mapping)
    return NO_OPTIONS

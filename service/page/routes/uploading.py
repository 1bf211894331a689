"""The start page: choose a file, and see the latest imports."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, BinaryIO

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from client_import.errors import JobNotFoundError, OptionsError
from client_import.jobs.record import Job
from client_import.jobs.wanted import STARTED_JOBS
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
    jobs, waiting = imports.jobs(STARTED_JOBS, _RECENT, None), imports.store.waiting.uploads()
    context = {"jobs": jobs, "titles": titles_of(imports.store, jobs), "waiting": waiting, "most_mb": most}
    return html(request, "start.html", context)


@router.post("/jobs")
@waits_for_previews
def upload(
    request: Request, imports: TheImports, file: Annotated[UploadFile, File()], like: Annotated[str, Form()] = ""
) -> Response:
    """Receive a file, and go to its check; ``like`` is the import whose rows it corrects."""
    if not file.filename and not file.size:
        raise OptionsError("No file was chosen. Choose a CSV file or a workbook, and send it again.")
    refuse_large(file, imports.place.settings)
    job = _received(imports, file.file, file.filename or "", _options_of(imports, like))
    return go_to(request, f"/jobs/{job.code}")


@router.post("/jobs/{code}/again")
@waits_for_previews
def again(code: str, request: Request, imports: TheImports) -> Response:
    """Make a new import of the file and the options of one that has ended, and go to its check."""
    with imports.kept_source(code) as stream:
        job = _received(imports, stream, imports.job(code).file_name, imports.store.options(code))
    return go_to(request, f"/jobs/{job.code}")


def _received(imports: Imports, stream: BinaryIO, name: str, options: ImportOptions) -> Job:
    try:
        return imports.receive(stream, name, options, _ORIGIN)
    except OptionsError:
        stream.seek(0)  # its columns differ from those of the earlier import: they are mapped again
        without = {"mapping_code": None, "column_mappings": None, "match_field": None}
        return imports.receive(stream, name, options.model_copy(update=without), _ORIGIN)


def _options_of(imports: Imports, like: str) -> ImportOptions:
    with suppress(JobNotFoundError):
        if like:
            layout, options = imports.place.home.job(like).layout, imports.store.options(like)
            if not layout.exists():
                return carried(options, None)
            then = FileSpec.load(layout)
            return carried(then.holding(options), then.mapping)
    return NO_OPTIONS

"""The routes about fields and clients: the catalogue, the template, the export."""

from __future__ import annotations

import io
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from client_import.fields.catalogue import FIELDS, catalogue_json
from client_import.reports.export import write_template
from client_import.reports.template_workbook import write_template_workbook
from service.api.context import TheImports
from service.api.models import FieldRecord
from service.api.problems import answers
from service.api.routes.downloads import XLSX, as_download, in_blocks
from service.api.threads import waits_for_previews
from service.imports import Imports

router = APIRouter(prefix="/clients", tags=["clients and fields"])

_CSV = "text/csv; charset=utf-8"

Mapping = Annotated[
    str | None, Query(description="the code of a saved mapping: its columns and headers, not all fields")
]
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}


@router.get("/import/fields", response_model=list[FieldRecord])
def fields() -> list[dict[str, object]]:
    """List the client fields a column can be mapped to."""
    return [catalogue_json(field) for field in FIELDS]


@router.get("/import/template.csv", response_class=Response, responses={**_FILE, **answers(400, 503)})
def template(imports: TheImports, mapping: Mapping = None) -> Response:
    """Download an empty CSV file with a column for every field."""
    return template_of(imports, mapping)


@router.get(
    "/import/template.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **answers(400, 503)},
)
def template_workbook(imports: TheImports, mapping: Mapping = None) -> Response:
    """Download an empty workbook with a column for every field, and lists to choose from."""
    file = io.BytesIO()
    write_template_workbook(imports.store.mappings.get(mapping).column_mappings if mapping else None, file)
    return Response(file.getvalue(), media_type=XLSX, headers=as_download("clients-template.xlsx"))


@router.get("/export.csv", response_class=StreamingResponse, responses={**_FILE, **answers(400, 503)})
@waits_for_previews
def export(request: Request, imports: TheImports, mapping: Mapping = None) -> StreamingResponse:
    """Download all clients as CSV. Importing that file again changes nothing."""
    return export_of(imports, mapping)


def export_of(imports: Imports, mapping: str | None) -> StreamingResponse:
    """Return the response with all clients as CSV, in the columns of the saved ``mapping`` or of every field."""
    with imports.exported(imports.store.mappings.get(mapping) if mapping else None) as file:
        blocks = in_blocks(file)  # it stays readable after its folder is deleted
    return StreamingResponse(blocks, media_type=_CSV, headers=as_download("clients.csv"))


def template_of(imports: Imports, mapping: str | None) -> Response:
    """Return the response with the header row of the saved ``mapping``, or of every field."""
    columns = imports.store.mappings.get(mapping).column_mappings if mapping else None
    file = io.BytesIO()
    write_template(columns, file)
    return Response(file.getvalue(), media_type=_CSV, headers=as_download("clients-template.csv"))

"""Check an uploaded file: change how it is read and mapped, see what its import would do, start it."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from client_import.errors import JobStateError, OptionsError
from client_import.mapping.saved import code_of_name, make_mapping
from client_import.options import NO_OPTIONS, ColumnMapping
from service.api.access import settings_of
from service.api.context import TheImports
from service.api.threads import waits_for_previews
from service.imports import Imports
from service.page.answers import go_to, html, is_htmx
from service.page.bars import outcomes
from service.page.columns import CHOSEN_FROM_LISTS
from service.page.labels import field_groups
from service.page.set_up import SetUp, change, changed_meanwhile, set_up_of
from service.page.set_up_form import Form
from service.page.sign_in import SIGNED_IN

router = APIRouter(prefix="/jobs/{code}", include_in_schema=False, dependencies=[SIGNED_IN])

_MOST_FIELDS = 20_000


async def _form(request: Request) -> Form:
    return dict(await request.form(max_fields=_MOST_FIELDS, max_files=1))


TheForm = Annotated[Form, Depends(_form)]


def show_set_up(request: Request, imports: Imports, code: str, messages: list[str] | None = None) -> Response:
    """Show the file with its options and mapping; the page fetches the plan."""
    return _shown(request, set_up_of(imports, code, messages or ()))


@router.post("/set-up")
@waits_for_previews
def set_up(code: str, request: Request, imports: TheImports, form: TheForm) -> Response:
    """Apply the changes, and show the file as it is read and mapped now."""
    try:
        return show_set_up(request, imports, code, change(imports, code, form))
    except JobStateError:
        return go_to(request, f"/jobs/{code}")


@router.get("/plan")
@waits_for_previews
def plan(code: str, request: Request, imports: TheImports) -> Response:
    """Show what the import would do."""
    try:
        seen = set_up_of(imports, code, plans=True)
    except JobStateError:
        return go_to(request, f"/jobs/{code}")
    if not is_htmx(request) or seen.preview is None or seen.preview.run is None:
        return _shown(request, seen)
    return html(request, "parts/planned.html", _plan_context(seen))


@router.post("/start")
@waits_for_previews
def start(
    code: str, request: Request, imports: TheImports, form: TheForm, then: Annotated[str, Query()] = ""
) -> Response:
    """Start the import with the choices in the form, and show its progress, ``then`` its result or its ``fixes``."""
    try:
        messages = [*changed_meanwhile(imports, form), *change(imports, code, form)] if form else []
        if messages:
            return show_set_up(request, imports, code, messages)
        imports.start(code, NO_OPTIONS)
    except OptionsError:
        return show_set_up(request, imports, code)
    except JobStateError:
        pass  # it was started or cancelled elsewhere, which the page shows
    return go_to(request, f"/jobs/{code}{query_of(then)}")


@router.post("/mapping")
@waits_for_previews
def save_mapping(code: str, request: Request, imports: TheImports, form: TheForm) -> Response:
    """Save the mapping, as the rest of the form says it if there is one, under a name."""
    name = str(form.get("name", "")).strip()
    if "mapping" in form and (messages := change(imports, code, form)):
        return show_set_up(request, imports, code, messages)
    seen = set_up_of(imports, code)
    columns = [ColumnMapping(csv_header=row.header, target_field=row.field) for row in seen.columns if row.field]
    same = [each.code for each in seen.mappings if each.name.casefold() == name.casefold() and not each.is_preset]
    if not name:
        return show_set_up(request, imports, code, ["Give the mapping a name, then save it again."])
    content = {
        "code": same[0] if same else code_of_name(name),
        "name": re.sub(r"\s+", " ", name),
        "column_mappings": columns,
        "value_mappings": [
            {"target_field": row.field, "word": row.word, "member": row.member} for row in seen.words if row.member
        ],
        "match_field": seen.options.match_field,
    }
    try:
        mapping = make_mapping(content, "The mapping")
        saved = imports.store.mappings.save(mapping) if same else imports.store.mappings.add_by_name(mapping)
    except OptionsError as error:
        return show_set_up(request, imports, code, [str(error)])
    options = seen.options.model_copy(
        update={"column_mappings": None, "value_mappings": None, "mapping_code": saved.code}
    )
    imports.keep_options(code, options)
    done = "changed" if same else "saved"
    return show_set_up(request, imports, code, [f'The mapping "{saved.name}" is {done}; choose it for the next file.'])


def query_of(then: str) -> str:
    """Return what is behind the address of an import: ``?then=fixes`` where its rejected rows are to be fixed then."""
    return "?then=fixes" if then == "fixes" else ""


def _shown(request: Request, seen: SetUp) -> Response:
    context = {
        **_plan_context(seen),
        "groups": field_groups(),
        "is_wide": len(seen.columns) > CHOSEN_FROM_LISTS,
        "most_mb": settings_of(request).max_upload_mb,
    }
    return html(request, "parts/check.html" if is_htmx(request) else "check.html", context)


def _plan_context(seen: SetUp) -> dict[str, object]:
    run = seen.preview.run if seen.preview else None
    return {
        "seen": seen,
        "run": run,
        "bars": outcomes(run.plan.counts) if run else [],
        "reasons": run.plan.groups if run else (),
    }

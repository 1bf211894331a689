"""The asset ``source_file``: the file as it came, and what was found out about it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import dagster as dg

from assets import checks
from assets.config import ImportConfig
from assets.description import schema_of_source, spec
from assets.previews import mapping_table, notes_list, preview_of_source
from assets.step import FILE_TAG, JOB_TAG, STARTED_BY_TAG, Means, code_of_job, finalised, started_by
from assets.termination import heeding_termination
from client_import.errors import JobNotFoundError, OptionsError
from client_import.inbox.ingest import Taken, claim_dropped, claimed_before
from client_import.inbox.launched import open_launched
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.mapping.file_spec import FileSpec
from client_import.paths import JobFolder, checked_code, new_code
from client_import.pipeline import receive
from client_import.reading.limits import Limits
from client_import.recovery.recover import recover_all
from client_import.retention import clean_up

SPEC = spec(
    "source_file",
    "The CSV file as it came, byte for byte, with its detected layout and the mapping of its columns.",
    {"csv"},
)


def receive_file(context: dg.AssetExecutionContext, config: ImportConfig, means: Means) -> Taken | None:
    """Return the job this run imports: one that exists, or a new one for the file that the config names.

    None when that is a dropped file that is no longer there. Nothing of the config is believed before it is checked,
    and there is no job when it is wrong.
    """
    store = means.store
    code = checked_code(config.job_code) if config.job_code else code_of_job(context, store)
    if config.dropped and not (code and _is_job(store, code)):
        found = _claim_dropped(context, config, means, code or new_code())
        if found is None:
            return None
        taken = found
    elif code:
        taken = claimed_before(means.home, _import_of(store, code))
    elif config.path:
        recover_all(store, means.database, means.home)
        clean_up(means.home, store, means.settings)
        taken = Taken(_take_launched(config.path, config, means), None)
    else:
        raise OptionsError("Name the file to import: ops, source_file, config, path.")
    if JOB_TAG not in context.run.tags:
        tags = {JOB_TAG: taken.job.code, FILE_TAG: taken.job.file_name, STARTED_BY_TAG: started_by(context)}
        context.instance.add_run_tags(context.run_id, tags)
    return taken


def result(file_spec: FileSpec, job: Job, folder: JobFolder, limits: Limits, rows: int) -> dg.MaterializeResult[None]:
    """What there is to show of a file with ``rows`` data rows that was read to its end; the notes are the job's."""
    layout, mapping = file_spec.layout, file_spec.mapping
    return dg.MaterializeResult(
        "source_file",
        metadata={
            **_facts(job, folder.source),
            **{name.replace(" ", "_"): dg.MetadataValue.text(value) for name, value in layout.described().items()},
            "header_row": dg.MetadataValue.int(layout.header_row),
            "notes": dg.MetadataValue.md(notes_list(job)),
            "match_field": dg.MetadataValue.text(mapping.match_field),
            "mapping": dg.MetadataValue.md(mapping_table(mapping)),
            "dagster/row_count": dg.MetadataValue.int(rows),
            "dagster/column_schema": schema_of_source(layout),
            "preview": dg.MetadataValue.md(preview_of_source(folder, layout, mapping, limits)),
        },
        check_results=[checks.is_importable(file_spec, rows)],
    )


def result_of_unusable(job: Job, folder: JobFolder, sentence: str) -> dg.MaterializeResult[None]:
    """What there is to show of a file that cannot be imported, for the reason in ``sentence``."""
    facts = _facts(job, folder.source)
    return dg.MaterializeResult(
        "source_file", metadata=facts, check_results=[checks.is_not_importable(sentence, _size(folder.source))]
    )


def _claim_dropped(context: dg.AssetExecutionContext, config: ImportConfig, means: Means, code: str) -> Taken | None:
    name = config.dropped or ""
    try:
        with heeding_termination(context, means.store, code):
            return claim_dropped(means.home, means.store, means.drop, name, config.version, code, started_by(context))
    except BaseException:
        finalised(context, means, code)
        raise


def _import_of(store: JobStore, code: str) -> Job:
    job = store.job(code)
    if job.undoes:
        raise OptionsError(f"Job {code} is an undo, which the Dagster job undo_import runs.")
    return job


def _is_job(store: JobStore, code: str) -> bool:
    try:
        store.job(code)
    except JobNotFoundError:
        return False
    return True


def _take_launched(path: str, config: ImportConfig, means: Means) -> Job:
    options = config.options()
    stream, name = open_launched(path, means.settings)
    with closing(stream):
        return receive(means.home, means.store, stream, name, options, "launchpad", Limits.of(means.settings))


def _facts(job: Job, source: Path) -> dict[str, dg.MetadataValue]:
    return {
        "job": dg.MetadataValue.text(job.code),
        "file_name": dg.MetadataValue.text(job.file_name),
        "bytes": dg.MetadataValue.int(_size(source)),
        "path": dg.MetadataValue.path(source),
    }


def _size(source: Path) -> int:
    return source.stat().st_size if source.exists() else 0

"""The asset ``source_file``: the file as it came, and what was detected in it."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import dagster as dg

from assets.config import ImportConfig
from assets.description import schema_of_source
from assets.previews import mapping_table, preview_of_source
from assets.step import FILE_TAG, JOB_TAG, STARTED_BY_TAG, code_of_job, finalised, start, translated_errors, unquoted
from assets.termination import heeding_termination
from client_import.errors import ClientImportError, JobNotFoundError, OptionsError, SourceError
from client_import.failpoints import failpoint
from client_import.inbox.ingest import Taken, claim_dropped, claimed_before
from client_import.inbox.launched import open_launched
from client_import.jobs.known_mappings import KnownMappings
from client_import.jobs.log import log_started
from client_import.jobs.record import Job
from client_import.jobs.store import JobStore
from client_import.mapping.file_spec import FileSpec
from client_import.options import ImportOptions
from client_import.paths import JobFolder, checked_code, new_code
from client_import.pipeline import detect, receive
from client_import.reading.layout import Layout
from client_import.reading.reader import read_rows
from client_import.recovery.recover import failure_boundary, recover_all
from client_import.retention import clean_up
from resources.workplace import Workplace

_COUNTED_BYTES = 4 << 20
"""So much of a file is read to count its rows at once; the count of a larger one is observed when it has been read."""


@dg.asset(
    group_name="client_import",
    kinds={"csv"},
    output_required=False,
    check_specs=[
        dg.AssetCheckSpec(
            "is_importable",
            asset="source_file",
            blocking=True,
            description="The file is a table of text, and the options fit it.",
        )
    ],
)
def source_file(
    context: dg.AssetExecutionContext, config: ImportConfig, workplace: Workplace
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """The CSV file as it came, with its detected layout and the mapping of its columns."""
    with workplace.job_store() as store, translated_errors(context):
        taken = _taken(context, config, workplace, store)
        if taken is None:
            sentence = (
                f"The file {config.dropped} is not in the drop folder any more, or has changed since it was seen: "
                "nothing to import. A changed file is imported by a later run."
            )
            context.log.info(sentence)
            yield dg.AssetCheckResult(
                check_name="is_importable", passed=False, severity=dg.AssetCheckSeverity.WARN, description=sentence
            )
            return
        job = taken.job
        folder = workplace.home.job(job.code)
        options = store.options(job.code)
        try:
            with failure_boundary(store, folder, job.code):
                log_started(start(context, store, job.code))
                failpoint("started")
                if taken.wrong_options is not None:
                    raise taken.wrong_options
                with heeding_termination(context, store, job.code):
                    file_spec = detect(folder, options, KnownMappings(workplace.home, store))
        except ClientImportError as error:
            yield dg.MaterializeResult(metadata=_facts(job, folder.source), check_results=[_verdict(str(error))])
            return
        finally:
            finalised(context, workplace, store, job.code)
        yield dg.MaterializeResult(
            metadata={**_facts(job, folder.source), **_detected(file_spec, options, folder)},
            check_results=[_verdict(None)],
        )


def _taken(
    context: dg.AssetExecutionContext, config: ImportConfig, workplace: Workplace, store: JobStore
) -> Taken | None:
    """Return the job this run imports: one that exists, or a new one for the file that the config names.

    None when that is a dropped file that is no longer there. Nothing of the config is believed before it is checked,
    and there is no job when it is wrong.
    """
    code = checked_code(config.job_code) if config.job_code else code_of_job(context, store)
    if config.dropped and not (code and _is_job(store, code)):
        found = _claim_dropped(context, config, workplace, store, code or new_code())
        if found is None:
            return None
        taken = found
    elif code:
        taken = claimed_before(workplace.home, store.job(code))
    elif config.path:
        recover_all(store, workplace.database, workplace.home)
        clean_up(workplace.home, store, workplace.settings)
        taken = Taken(_receive(config.path, config, workplace, store), None)
    else:
        raise OptionsError("Name the file to import: ops, source_file, config, path.")
    if JOB_TAG not in context.run.tags:
        tags = {JOB_TAG: taken.job.code, FILE_TAG: taken.job.file_name, STARTED_BY_TAG: _started_by(context)}
        context.instance.add_run_tags(context.run_id, tags)
    return taken


def _claim_dropped(
    context: dg.AssetExecutionContext, config: ImportConfig, workplace: Workplace, store: JobStore, code: str
) -> Taken | None:
    name = config.dropped or ""
    try:
        with heeding_termination(context, store, code):
            return claim_dropped(
                workplace.home, store, workplace.drop, name, config.version, code, _started_by(context)
            )
    except BaseException:
        finalised(context, workplace, store, code)
        raise


def _is_job(store: JobStore, code: str) -> bool:
    try:
        store.job(code)
    except JobNotFoundError:
        return False
    return True


def _started_by(context: dg.AssetExecutionContext) -> str:
    return context.run.tags.get(STARTED_BY_TAG, "launchpad")


def _receive(path: str, config: ImportConfig, workplace: Workplace, store: JobStore) -> Job:
    options = config.options()
    stream, name = open_launched(path, workplace.settings)
    with closing(stream):
        return receive(workplace.home, store, stream, name, options, "launchpad")


def _facts(job: Job, source: Path) -> dict[str, dg.MetadataValue]:
    return {
        "job": dg.MetadataValue.text(job.code),
        "file_name": dg.MetadataValue.text(job.file_name),
        "bytes": dg.MetadataValue.int(source.stat().st_size if source.exists() else 0),
        "path": dg.MetadataValue.path(source),
    }


def _detected(file_spec: FileSpec, options: ImportOptions, folder: JobFolder) -> dict[str, Any]:
    layout, mapping = file_spec.layout, file_spec.mapping
    return {
        **{name.replace(" ", "_"): dg.MetadataValue.text(value) for name, value in layout.described().items()},
        "header_row": dg.MetadataValue.int(layout.header_row),
        "notes": dg.MetadataValue.md(unquoted(" ".join(file_spec.notes(options)))),
        "match_field": dg.MetadataValue.text(mapping.match_field),
        "mapping": dg.MetadataValue.md(mapping_table(mapping)),
        "dagster/column_schema": schema_of_source(layout),
        "preview": dg.MetadataValue.md(preview_of_source(folder, layout, mapping)),
        **_row_count(folder, layout),
    }


def _row_count(folder: JobFolder, layout: Layout) -> dict[str, int]:
    """The data rows of a small file; those of a large one are counted when it is read, where errors are told, too."""
    count = 0
    with suppress(SourceError):
        for batch in read_rows(folder.source, layout):
            count += len(batch.rows)
            if batch.read_bytes > _COUNTED_BYTES:
                return {}
        return {"dagster/row_count": count}
    return {}


def _verdict(wrong_options: str | None) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name="is_importable",
        passed=wrong_options is None,
        severity=dg.AssetCheckSeverity.ERROR,
        description=wrong_options or "The file can be imported.",
    )

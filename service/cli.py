"""The command line ``client-import``: a thin shell; each command is in :mod:`service.commands`.

Only what a command needs is imported when it runs, so ``client-import job CODE`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated

import typer

from client_import.errors import ClientImportError, ClientNotFoundError, JobNotFoundError, OptionsError
from client_import.jobs.record import Status
from client_import.options import OFFERED
from service.bash_words import whole_words
from service.commands import changes, clients, drop, importing, jobs, mappings, reference, serve, undo
from service.output import OutputError, print_error, print_traceback, set_up_streams

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Brings a table of clients up to date with CSV files, and loses no row on the way.",
    epilog="With --debug, an error shows its traceback.",
)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"client-import {metadata.version('client-import')}")
        raise typer.Exit


@app.callback()
def _of_every_command(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version, and exit.")
    ] = False,
) -> None:
    """Accept the options before the name of a command."""


app.command("run")(importing.run)
app.command("preview")(importing.preview)
app.command("jobs")(jobs.list_jobs)
app.command("job")(jobs.show_job)
app.command("cancel")(jobs.cancel)
app.command("not-imported")(jobs.not_imported)
app.command("changes")(changes.changes)
app.command("history")(changes.history)
app.command("clients")(changes.clients)
app.command("undo")(undo.undo)
app.command("drop")(drop.drop)
app.command("export")(clients.export)
app.command("template")(clients.template)
app.command("fields")(reference.fields)
app.command("settings")(reference.settings)
app.command("serve")(serve.serve)
app.add_typer(mappings.app, name="mappings", help="Saved mappings: which header goes to which field.")


def main() -> None:
    """Run the command line; every error is a sentence on stderr, and a traceback only with --debug."""
    set_up_streams()
    status = _run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OutputError as error:
        status = _report(error)
    sys.stderr.flush()
    os._exit(status)  # everything is closed; a normal exit would free object by object for half a second


def _run(arguments: list[str]) -> int:
    """Run the command and return the exit status."""
    try:
        with whole_words():
            status = app([argument for argument in arguments if argument != "--debug"], standalone_mode=False)
    except typer.TyperException as error:
        if arguments and error.format_message():  # otherwise the help has been shown instead
            print_error(_usage(error))
        return error.exit_code
    except typer.Abort:
        from client_import.system.scratch import remove_own

        remove_own()
        return importing.EXIT_STATUS[Status.CANCELLED]
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        if "--debug" in arguments:
            print_traceback()
        return _report(error, arguments)
    return status if isinstance(status, int) else 0


def _usage(error: typer.TyperException) -> str:
    """Return what is wrong with the arguments, and which help to read."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "client-import"
    message = error.format_message()
    return f"{message}{'' if message.endswith(('.', '?')) else '.'} See {command} --help."


def _report(error: Exception, arguments: Sequence[str] = ()) -> int:
    """Print the sentence for ``error``, which ``arguments`` led to, and return the exit status."""
    if isinstance(error, OutputError) and error.is_closed:
        return 1  # the reader has closed the pipe
    if isinstance(error, ClientImportError):
        print_error(_about_option(error, arguments) if isinstance(error, OptionsError) else error)
        return 2 if isinstance(error, OptionsError | JobNotFoundError | ClientNotFoundError) else 1
    from client_import.recovery.recover import describe_error

    print_error(f"{describe_error(error)} (--debug shows the details)")
    return 1


def _about_option(error: OptionsError, arguments: Sequence[str]) -> str:
    """Return the sentence for ``error``, with the option that is wrong in front if it was typed."""
    message = error.cli_message()
    flags = OFFERED[error.option].flag.split("/") if error.option in OFFERED else []
    typed = {argument.partition("=")[0] for argument in arguments}
    wrong = next((flag for flag in flags if flag in typed), None)
    return message if wrong is None or wrong in message else f"{wrong}: {message}"

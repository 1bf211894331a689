"""The commands ``changes``, ``history`` and ``clients``.

They show sensitive values, as ``export`` does: who can run them can read the database.
"""

from __future__ import annotations

from typing import Annotated

import typer

from service.commands import AsJson, Limit, Output
from service.commands.jobs import Code
from service.output import data_target, print_error, print_json, print_json_list
from service.place import open_place

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="The Code of the client, in any letter case.")]


def changes(code: Code, output: Output = None, as_json: AsJson = False) -> None:
    """Write what a job changed, field by field, as CSV."""
    from client_import.clients.store import open_clients
    from client_import.history.of_job import all_changes, check_history, write_changes

    with open_place() as place:
        job = place.recovered(place.store.job(code))
        with open_clients(place.settings, place.home).read() as reader:
            check_history(reader, job)
            batches = all_changes(reader, code, reveal=True)
            with data_target(output) as file:
                if as_json:
                    print_json_list((entry.to_json() for batch in batches for entry in batch), file)
                else:
                    write_changes(batches, file)
    if not job.counts.changed:
        print_error(f"Job {code} is {job.status}; it changed nothing.")


def history(client: Client, as_json: AsJson = False) -> None:
    """Show what was changed of a client, when and by which job, oldest first."""
    from client_import.clients.store import open_clients
    from client_import.history.of_client import history_of

    with open_place() as place, open_clients(place.settings, place.home).read() as reader:
        found = history_of(reader, client, reveal=True)
    if as_json:
        print_json([entry.to_json() for entry in found.entries])
    elif found.entries:
        from service.tables import show, table

        headers = ("UTC", "job", "file", "what", "field", "from", "to")
        rows = [
            (
                f"{each.at:%Y-%m-%d %H:%M}" if each.at else "",
                each.job,
                each.file_name if each.job else "another program",
                each.entry.kind,
                *(each.entry.field, each.entry.before, each.entry.after),
            )
            for each in found.entries
        ]
        show(table(headers, rows, keys=("UTC", "job", "what", "field")))
    if found.notice:
        print_error(f"Client {client}: {found.notice}")


def clients(
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Only those whose name, Code, number, email or telephone contains it.")
    ] = "",
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List the clients, in the order of their Codes."""
    from client_import.clients.store import open_clients
    from client_import.history.clients import first_clients

    with open_place() as place, open_clients(place.settings, place.home).read() as reader:
        page = first_clients(reader, search, limit, reveal=True)
    lines = [client.to_line() for client in page.clients]
    if as_json:
        print_json(lines)
        return
    from service.tables import show, table

    names = ("code", "name", "type", "status", "companyNumber", "email", "telephone")
    rows = [[line[name] for name in names] for line in lines]
    nobody = f"No client has {search} in its name, Code, numbers, email or telephone."
    if not rows:
        show(nobody if search else "There are no clients yet. `client-import run FILE` imports some.")
        return
    show(table(("code", "name", "type", "status", "number", "email", "telephone"), rows, keys=("code", "number")))
    if page.has_more:
        show(f"There are more; --limit {limit * 10} shows more of them.")

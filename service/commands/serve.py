"""The command ``serve``: what a person looks at."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Annotated

import typer

from client_import.inbox.folder import open_drop_folder
from service.place import open_place


def serve(
    host: Annotated[str, typer.Option(help="The address of the API and the page; 0.0.0.0 is all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the API and the page.")] = 8000,
    dagster_port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the Dagster UI.")] = 3000,
    api_only: Annotated[bool, typer.Option("--api-only", help="Without the Dagster UI and its daemon.")] = False,
) -> None:
    """Start the API with its page, and the Dagster UI with its daemon; Ctrl-C or SIGTERM ends all of it.

    A part that dies is started again. Exit status: 0 ended; 1 a part cannot be brought up; 2 options that do not fit.
    """
    from service.serving.imports import imports_in
    from service.serving.parts import api_part, dagster_address, dagster_parts
    from service.serving.ports import Wanted, check_ports
    from service.serving.prepare import open_dagster
    from service.serving.supervisor import guarded_folder, supervise

    api, ui = Wanted(host, port, "--port"), Wanted("127.0.0.1", dagster_port, "--dagster-port")
    check_ports(*([api] if api_only else [api, ui]))
    with ExitStack() as stack:
        place = stack.enter_context(open_place())
        place.clear_away()  # what is left to be recovered, the parts recover
        parts = [api_part(place.settings, host, port, "" if api_only else dagster_address(dagster_port))]
        folder, guard = stack.enter_context(guarded_folder())
        if not api_only:
            drop = open_drop_folder(place.settings, place.home)
            instance = stack.enter_context(open_dagster(place))
            parts += dagster_parts(place.settings, instance, folder, dagster_port, drop.shown)
        supervise(parts, guard, partial(imports_in, place.store))

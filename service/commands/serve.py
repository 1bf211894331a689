"""The command ``serve``: the API with its page, and the Dagster UI."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Annotated

import typer

from client_import.inbox.folder import open_drop_folder
from client_import.notify.services import check_receivers
from service.place import open_place


def serve(
    host: Annotated[str, typer.Option(help="The address of the API and the page; 0.0.0.0 is all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the API and the page.")] = 8000,
    dagster_port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the Dagster UI.")] = 3000,
    api_only: Annotated[bool, typer.Option("--api-only", help="Without the Dagster UI and its daemon.")] = False,
) -> None:
    """Start the API with its page, and the Dagster UI with its daemon; Ctrl-C or SIGTERM ends all of it.

    A service that dies is restarted.

    Exit status: 0 ended; 1 a service cannot be started, or they run already; 2 wrong options or settings.
    """
    from service.api.keys import refuse_secret_of_its_own
    from service.serving.imports import imports_in
    from service.serving.ports import Wanted, check_ports
    from service.serving.prepare import open_dagster, the_only_daemon
    from service.serving.services import api_service, dagster_address, dagster_services
    from service.serving.supervisor import guarded_folder, supervise

    api, ui = Wanted(host, port, "--port"), Wanted("127.0.0.1", dagster_port, "--dagster-port")
    check_ports(*([api] if api_only else [api, ui]))
    with ExitStack() as stack:
        place = stack.enter_context(open_place())
        if not api_only:
            stack.enter_context(the_only_daemon(place))
        refuse_secret_of_its_own(place.settings)
        check_receivers(place.settings.receivers)
        place.clear_away()  # the services recover the jobs whose process is gone
        specs = [api_service(place.settings, host, port, "" if api_only else dagster_address(dagster_port))]
        folder, guard = stack.enter_context(guarded_folder())
        if not api_only:
            drop = open_drop_folder(place.settings, place.home)
            instance = stack.enter_context(open_dagster(place))
            specs += dagster_services(place.settings, instance, folder, dagster_port, drop.shown)
        supervise(specs, guard, partial(imports_in, place.store))

"""The resource ``job_store``: the records of all imports, and the folder with their files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import dagster as dg
from pydantic import Field

from client_import.jobs.opening import open_job_store
from client_import.jobs.store import JobStore
from client_import.paths import Home
from client_import.settings import Settings
from resources.environment import HOME_FIELD, home_of, settings_of

_OPEN_ONE = ContextVar[tuple[Home, JobStore] | None]("_OPEN_ONE", default=None)


@contextmanager
def sharing(home: Home, store: JobStore) -> Iterator[None]:
    """Have the runs that this thread begins use the open ``store`` of ``home``.

    To open another one for each run, and compile each of its statements again, takes longer than to execute them.
    """
    before = _OPEN_ONE.set((home, store))
    try:
        yield
    finally:
        _OPEN_ONE.reset(before)


class JobStoreResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The job store of a home folder, in which the files of the jobs are: ``jobs.sqlite``, or one on PostgreSQL."""

    home: str | None = Field(None, description=HOME_FIELD)

    @property
    def settings(self) -> Settings:
        """The settings of the imports; raises OptionsError when one is wrong."""
        return settings_of(self.home)

    @property
    def folder(self) -> Home:
        """The home folder, made when it is missing; raises OptionsError or StoreError when it cannot be."""
        return home_of(self.home)

    @contextmanager
    def open(self) -> Iterator[JobStore]:
        """Open the job store, closed at the end, or yield the open one (:func:`sharing`). Raises as :attr:`folder`."""
        home, (shared_home, shared) = self.folder, _OPEN_ONE.get() or (None, None)
        if shared is not None and shared_home == home:
            yield shared
            return
        with open_job_store(self.settings, home) as store:
            yield store

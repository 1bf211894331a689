"""The resource ``inbox``: the drop folder, in which files wait to be imported."""

from __future__ import annotations

import dagster as dg
from pydantic import Field

from client_import.inbox.folder import DropFolder, open_drop_folder
from resources.environment import HOME_FIELD, home_of, settings_of


class InboxResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The drop folder: a folder in the home folder, elsewhere, or at an address."""

    home: str | None = Field(None, description=HOME_FIELD)
    place: str | None = Field(None, description="Where it is. Empty: CLIENT_IMPORT_DROP, or its default.")
    watch_seconds: float = Field(0, description="How long a check of the sensor watches it for files to be whole.")

    @property
    def folder(self) -> DropFolder:
        """The drop folder, made when it is missing; raises OptionsError or StoreError when it cannot be used."""
        settings = settings_of(self.home)
        if self.place:
            settings = settings.model_copy(update={"drop": self.place})
        return open_drop_folder(settings, home_of(self.home))

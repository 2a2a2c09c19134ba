"""The database of predictions, as commands open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icp_fit.serving.settings import ServingSettings
    from icp_fit.serving.store.database import Database


@contextmanager
def open_database() -> "Iterator[tuple[Database, ServingSettings]]":
    """The database that the settings name, closed at the end."""
    from icp_fit.serving.settings import read_settings
    from icp_fit.serving.store.database import Database

    settings = read_settings()
    database = Database(settings.database_url, settings.name)
    try:
        database.prepare()
        yield database, settings
    finally:
        database.close()

"""Saved mappings: what people corrected in an import, under a name, for the next one."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select, update

from icp_fit.serving.errors import RecordError
from icp_fit.serving.store.audit import record
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.records import mappings

MOST_MAPPINGS = 200  # that a list to choose from can show
MOST_LETTERS = 60  # of a name
MOST_BYTES = 100_000  # of a mapping


@dataclass(frozen=True)
class SavedMapping:
    """A mapping as TOML; `by` is the id of the key that saved it, none without keys."""

    name: str
    toml: str
    saved_at: datetime
    by: str | None


_SAVED = [mappings.c[field.name] for field in fields(SavedMapping)]


class SavedMappings:
    """The saved mappings in the database; all methods block, and raise StoreError while it is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> list[SavedMapping]:
        """All of them, by name."""
        with self._database.read() as connection:
            found = [SavedMapping(*row) for row in connection.execute(select(*_SAVED))]
        return sorted(found, key=lambda saved: (saved.name.casefold(), saved.name))

    def find(self, name: str) -> SavedMapping | None:
        with self._database.read() as connection:
            row = connection.execute(select(*_SAVED).where(mappings.c.name == name)).first()
        return None if row is None else SavedMapping(*row)

    def save(self, name: str, toml: str, *, by: str | None, replace: bool = False) -> None:
        """Save a mapping under a name; raises RecordError where it has none, or where another has it already."""
        saved = SavedMapping(_check_name(name), _check_size(toml), datetime.now(UTC), by)
        with self._database.write() as connection:
            is_there = connection.scalar(select(func.count()).where(mappings.c.name == saved.name))
            if is_there and not replace:
                raise RecordError(f"There is a mapping `{saved.name}` already. Replace it, or choose another name.")
            if is_there:
                connection.execute(update(mappings).where(mappings.c.name == saved.name).values(**vars(saved)))
            else:
                if (connection.scalar(select(func.count()).select_from(mappings)) or 0) >= MOST_MAPPINGS:
                    raise RecordError(f"There are {MOST_MAPPINGS} mappings already. Delete or replace one of them.")
                connection.execute(insert(mappings).values(**vars(saved)))
            record(connection, "mapping saved", by=by, subject=saved.name)

    def delete(self, name: str, *, by: str | None) -> bool:
        """Delete a mapping; returns whether there was one of this name."""
        with self._database.write() as connection:
            if not connection.execute(delete(mappings).where(mappings.c.name == name)).rowcount:
                return False
            record(connection, "mapping deleted", by=by, subject=name)
        return True


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= MOST_LETTERS or not name.isprintable():
        raise RecordError(f"A mapping needs a name of 1 to {MOST_LETTERS} letters, got {len(name)}. Give it one.")
    return name


def _check_size(toml: str) -> str:
    size = len(toml.encode())
    if size > MOST_BYTES:
        raise RecordError(f"A mapping has at most {MOST_BYTES:,} bytes, this one has {size:,}. Map fewer words.")
    return toml

"""The database that predictions are stored in, SQLite or PostgreSQL: its engine, its transactions and its schema.

What belongs to different names (`ICP_FIT_NAME`) never mixes: on PostgreSQL each name but the default has a schema of
its own, which is all that its connections see. Either kind of database stores the name that it belongs to, and whoever
comes with another one is refused.

Everything that the driver raises leaves here as one of two errors. RecordError: this record can never be stored.
StoreError: the database cannot be used now. Neither repeats a statement's parameters, for these hold answers.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError, StatementError
from sqlalchemy.schema import CreateSchema

from icp_fit.models.store_paths import DEFAULT_NAME
from icp_fit.serving.errors import OtherNameError, RecordError, StoreError
from icp_fit.serving.store.records import installation

MIGRATIONS = Path(__file__).with_name("migrations")
BUSY = 5.0  # seconds that SQLite waits while another process writes
_ADVISORY_LOCK = 0x1CF17
_POSTGRESQL = {
    "connect_timeout": "3",
    "application_name": "icp-fit",
    "tcp_user_timeout": "5000",
    "options": "-c statement_timeout=15000 -c lock_timeout=5000",
}


class Database:
    """Opens connections when they are needed, so that it can be made while the database is down.

    All methods block: call them in a thread where an event loop must go on.
    """

    def __init__(self, url: str, name: str = DEFAULT_NAME) -> None:
        self.url = make_url(url)
        self.name = name
        # of PostgreSQL; None is where the role or the URL leads to, usually `public`
        self.schema = None if self.is_sqlite or name == DEFAULT_NAME else f"icp_fit_{name.replace('-', '_')}"
        self.engine = _build_engine(self.url, self.schema)
        self._prepared = False
        self._lock = Lock()

    def __str__(self) -> str:
        """Its address as clients may see it: without user and password."""
        url = self.url
        return URL.create(url.drivername, host=url.host, port=url.port, database=url.database).render_as_string()

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def prepare(self) -> None:
        """Bring the schema up to date, once; raises StoreError while the database is down, or of another name."""
        with self._lock:
            if not self._prepared:
                self._migrate()
                self._prepared = True

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self._translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """A transaction that is there after the end of the block, or not at all.

        What is `durable` survives a power cut; the rest, on SQLite, only the death of the process until `sync`.
        """
        options: dict[str, Any] = {"icp_writes": True, "icp_durable": durable}
        with self._translated(), self.engine.connect() as opened:
            connection = opened.execution_options(**options)
            with connection.begin():
                yield connection

    def ping(self) -> None:
        """Raise StoreError unless the database answers."""
        with self.read() as connection:
            connection.execute(text("select 1"))

    def sync(self) -> None:
        """Make everything that was written survive a power cut; PostgreSQL has done so at each commit."""
        if self.is_sqlite:
            with self._translated(), self.engine.connect() as connection:
                connection.exec_driver_sql("pragma wal_checkpoint(passive)")

    def close(self) -> None:
        self.engine.dispose()

    def _migrate(self) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self._alone(), self.write() as connection:
            if not self.is_sqlite:
                connection.execute(text("set local statement_timeout = 0"))
                connection.execute(text("set local lock_timeout = 0"))
                connection.execute(text(f"select pg_advisory_xact_lock({_ADVISORY_LOCK})"))
                self._create_schema(connection)
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise StoreError(f"{self} was made by another version of icp-fit: {error}. Upgrade icp-fit.") from error
            self._claim(connection)

    def _create_schema(self, connection: Connection) -> None:
        if self.schema is None or connection.scalar(text("select to_regnamespace(:name)"), {"name": self.schema}):
            return
        try:
            connection.execute(CreateSchema(self.schema))
        except ProgrammingError as error:
            raise StoreError(
                f"{self} has no schema `{self.schema}` for the name `{self.name}`, and it cannot be created: "
                f"{_reason(error)}. Let its owner run `create schema {self.schema} authorization ROLE`, with your role."
            ) from error

    def _claim(self, connection: Connection) -> None:
        """Store the name that the database belongs to, or refuse the database of another name."""
        belongs_to = connection.scalar(select(installation.c.name))
        if belongs_to is None:
            connection.execute(insert(installation).values(name=self.name))
        elif belongs_to != self.name:
            raise OtherNameError(
                f"{self} belongs to the name `{belongs_to}`, and ICP_FIT_NAME is `{self.name}`. "
                "Give each name a database of its own in ICP_FIT_DATABASE_URL, or leave that empty."
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time creates a SQLite file and makes it a WAL: before that, SQLite does not wait."""
        path = _file_of(self.url)
        if path is None:
            yield
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = path.with_name(f"{path.name}.lock").open("w")
        except OSError as error:
            raise StoreError(f"{self} cannot be opened: {error.strerror}. Check the folder {path.parent}.") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, UnicodeEncodeError, OverflowError) as error:
            if _blames_record(error):
                raise RecordError(f"The record cannot be stored: {_reason(error)}. Correct it.") from error
            raise StoreError(f"{self} cannot be used now: {_reason(error)}. {_remedy(error)}") from error


def _build_engine(url: URL, schema: str | None) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY, "isolation_level": None})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    wanted = {name: value for name, value in _POSTGRESQL.items() if name not in url.query}
    engine = create_engine(url, hide_parameters=True, connect_args=wanted, pool_pre_ping=True, pool_timeout=5)
    if schema is not None:
        event.listen(engine, "connect", partial(_set_search_path, schema), insert=True)
    return engine


def _set_search_path(schema: str, connection: Any, record: object) -> None:
    """Let the connection see one schema alone, whatever its URL says; a transaction might roll that back."""
    connection.autocommit = True
    connection.execute(f"set search_path to {schema}")
    connection.autocommit = False


def _set_up_sqlite(connection: Any, record: object) -> None:
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")


def _begin_sqlite(connection: Connection) -> None:
    """Take the lock for writing at once: a reader that turns writer would fail instead of waiting."""
    options = connection.get_execution_options()
    if options.get("icp_writes"):
        synchronous = "full" if options.get("icp_durable") else "normal"
        if connection.info.get("synchronous", "full") != synchronous:
            connection.exec_driver_sql(f"pragma synchronous={synchronous}")
            connection.info["synchronous"] = synchronous
    connection.exec_driver_sql("begin immediate" if options.get("icp_writes") else "begin")


def _file_of(url: URL) -> Path | None:
    is_file = url.get_backend_name() == "sqlite" and url.database
    return Path(str(url.database)) if is_file else None


def _blames_record(error: Exception) -> bool:
    """Whether the database would refuse the same again, however well it is."""
    if isinstance(error, DBAPIError):
        too_long = str(getattr(error.orig, "sqlstate", "")).startswith("54")  # of PostgreSQL: a limit is exceeded
        return too_long or isinstance(error, DataError | IntegrityError)
    return not isinstance(error, SQLAlchemyError) or isinstance(error, StatementError)


def _reason(error: BaseException) -> str:
    """The first line of the driver's message: what follows may repeat a row."""
    message = str(getattr(error, "orig", None) or error).strip()
    return message.splitlines()[0].rstrip(".") if message else type(error).__name__


def _remedy(error: BaseException) -> str:
    reason = _reason(error).lower()
    if "full" in reason or "no space" in reason:
        return "Free some space on its disk; it is used again as soon as there is some."
    return "Check that it runs and can be reached; it is used again as soon as it answers."

"""API keys: made, checked, listed and revoked.

A key is `icpfit_<id>_<secret>`. The secret has 256 random bits, so nobody finds it by trying, and a slow hash, which is
there to protect what people choose, would only cost time: salted SHA-256 keeps it from being read in the database.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select, update

from icp_fit.serving.access.roles import Role, check_role
from icp_fit.serving.errors import KeysError
from icp_fit.serving.store.audit import record
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.records import keys

PREFIX = "icpfit"
_ID_BYTES, _SECRET_BYTES, _SALT_BYTES = 6, 32, 16
COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Key:
    """A key without its secret."""

    id: str
    name: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None

    @property
    def live(self) -> bool:
        return self.revoked_at is None


class StoredKey(NamedTuple):
    """A key with what its secret is checked against."""

    key: Key
    salt: bytes
    hash: bytes


_KEY = [keys.c[field.name] for field in fields(Key)]
# An unknown id is compared with this, so that the time of an answer does not tell which ids there are.
_NOBODY = (bytes(_SALT_BYTES), bytes(hashlib.sha256().digest_size))


class Keys:
    """The keys in the database; all methods block, and raise StoreError while it is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, role: str, *, by: str = COMMAND_LINE) -> tuple[Key, str]:
        """A new key and its text, which is shown once and stored nowhere."""
        key = Key(secrets.token_hex(_ID_BYTES), _check_name(name), check_role(role), datetime.now(UTC), None, None)
        secret, salt = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_bytes(_SALT_BYTES)
        with self._database.write() as connection:
            connection.execute(insert(keys).values(**vars(key), salt=salt, hash=_hash(salt, secret)))
            record(connection, "key created", by=by, subject=key.id)
        return key, f"{PREFIX}_{key.id}_{secret}"

    def revoke(self, id: str, *, by: str = COMMAND_LINE) -> None:
        """End a key for good; services notice within `serving.access.keyring.FRESH` seconds."""
        now = datetime.now(UTC)
        with self._database.write() as connection:
            revoked = update(keys).where(keys.c.id == id, keys.c.revoked_at.is_(None)).values(revoked_at=now)
            if not connection.execute(revoked).rowcount:
                raise KeysError(f"There is no live key `{id}`. `icp-fit keys list` lists them.")
            record(connection, "key revoked", by=by, subject=id)

    def list(self) -> list[Key]:
        """All keys, revoked ones too, oldest first."""
        with self._database.read() as connection:
            return [Key(*row) for row in connection.execute(select(*_KEY).order_by(keys.c.created_at, keys.c.id))]

    def stored(self) -> dict[str, StoredKey]:
        """All keys by id, with what their secrets are checked against."""
        with self._database.read() as connection:
            rows = connection.execute(select(*_KEY, keys.c.salt, keys.c.hash)).all()
        return {row[0]: StoredKey(Key(*row[:-2]), row[-2], row[-1]) for row in rows}

    def any(self) -> bool:
        """Whether a key was ever made; a service whose keys are all revoked stays closed."""
        with self._database.read() as connection:
            return bool(connection.scalar(select(func.count()).select_from(keys)))

    def mark_used(self, used: dict[str, datetime]) -> None:
        with self._database.write(durable=False) as connection:
            for id, at in sorted(used.items()):
                connection.execute(update(keys).where(keys.c.id == id).values(used_at=at))


def match_key(text: str, stored: dict[str, StoredKey]) -> Key | None:
    """The live key that has this text; how long it takes tells neither the secret nor whether there is such an id."""
    prefix, _, rest = text.partition("_")
    id, _, secret = rest.partition("_")
    found = stored.get(id)
    salt, expected = (found.salt, found.hash) if found else _NOBODY
    same = hmac.compare_digest(_hash(salt, secret), expected)
    return found.key if found and same and prefix == PREFIX and found.key.live else None


def _hash(salt: bytes, secret: str) -> bytes:
    return hashlib.sha256(salt + secret.encode("utf-8", "replace")).digest()


def _check_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise KeysError(f"`name` must say who uses the key in 1 to 100 characters, got {len(name)}.")
    return name

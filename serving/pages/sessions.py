"""Sessions: who is signed in, in a signed cookie that holds the id of a key and never the key.

A session ends with its time, or within seconds of the revocation of its key. Its forms carry a token that
no other session has.
"""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path

from itsdangerous import BadSignature, Signer, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from icp_fit.serving.access.keyring import FRESH, KeyRing
from icp_fit.serving.access.keys import Key

COOKIE = "icp_fit_session"
LIFETIME = 12 * 60 * 60  # seconds: a working day
SECRET = "session.key"


@dataclass(frozen=True)
class Session:
    """`key_id` is None before anybody signs in, and for good while the service has no keys."""

    id: str
    key_id: str | None = None


class PageKeys(KeyRing):
    """Finds keys by their ids, for sessions that began with the whole key."""

    async def live(self, id: str) -> Key | None:
        """The live key with this id; raises StoreError while the database is down."""
        await self._renew(FRESH)
        stored = self._stored.get(id)
        return stored.key if stored is not None and stored.key.live else None


class Sessions:
    """Makes, reads and ends sessions, and the tokens of their forms."""

    def __init__(self, secret: bytes, lifetime: int = LIFETIME) -> None:
        self._cookies = URLSafeTimedSerializer(secret, salt="icp-fit session")
        self._tokens = Signer(secret, salt="icp-fit form")
        self._lifetime = lifetime

    def begin(self, key_id: str | None = None) -> Session:
        return Session(secrets.token_urlsafe(16), key_id)

    def read(self, request: Request) -> Session | None:
        """The session of a request; None where there is none, or it is forged or over."""
        try:
            id, key_id = self._cookies.loads(request.cookies.get(COOKIE, ""), max_age=self._lifetime)
        except (BadSignature, ValueError, TypeError):
            return None
        return Session(str(id), None if key_id is None else str(key_id))

    def send(self, session: Session, request: Request, response: Response) -> None:
        """Send a session with a response; over TLS it never comes back without."""
        value = self._cookies.dumps([session.id, session.key_id])
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, value, max_age=self._lifetime, httponly=True, samesite="lax", secure=secure)

    def end(self, response: Response) -> None:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    def token(self, session: Session) -> str:
        """The token that every form of this session must carry."""
        return self._tokens.get_signature(session.id).decode()

    def is_token(self, text: str, session: Session) -> bool:
        return compare_digest(text.encode("utf-8", "replace"), self.token(session).encode())


def read_secret(folder: Path) -> bytes:
    """The secret that cookies are signed with, made once; where the folder cannot be written, a new one each time.

    A restart then ends all sessions, and services that share a database each have their own.
    """
    path = folder / SECRET
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{SECRET}-{secrets.token_hex(8)}")
        if not path.exists():
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
            # of two services that start together, the first one's stays
            with suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
        if len(secret := path.read_bytes()) >= 32:
            return secret
    return secrets.token_bytes(32)

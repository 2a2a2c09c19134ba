"""Access: who may do what, checked before a body is read.

A key comes as `Authorization: Bearer` or `X-API-Key`. While there are no keys, the service answers whoever asks from
this machine, by a name of this machine, and nobody else: that keeps out web pages that a browser here might show.
"""

import math
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.requests import HTTPConnection

from icp_fit.serving.access.keyring import FRESH, KeyRing
from icp_fit.serving.access.limits import RateLimit
from icp_fit.serving.access.roles import ROLES, Act, Role, may
from icp_fit.serving.errors import StoreError
from icp_fit.serving.http.problems import Refusal, retry_after

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1", "testserver"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="icp-fit"'}


@dataclass(frozen=True)
class Caller:
    """Who asks: a key, or somebody on this machine while there are no keys."""

    role: Role
    key_id: str | None = None
    name: str = "this machine"


ANYBODY_HERE = Caller("admin")


class Access:
    """Lets callers in, or raises Refusal: 401 without a live key, 403 for what its role may not do, 429 too often."""

    def __init__(self, ring: KeyRing, limit: RateLimit) -> None:
        self._ring = ring
        self._limit = limit

    async def admit(self, connection: HTTPConnection, act: Act) -> Caller:
        """Who asks, if they may do this now; raises StoreError where keys cannot be looked up."""
        try:
            caller = await self.identify(connection)
        except StoreError:
            if act != "metrics":
                raise
            caller = await self.identify(connection, math.inf)  # else nobody would see that the store is down
        if not may(caller.role, act):
            able = " or ".join(role for role in ROLES if may(role, act))
            raise Refusal(403, f"A key with the role {caller.role} may not do this. Use one with the role {able}.")
        self.count(caller)
        return caller

    async def identify(self, connection: HTTPConnection, oldest: float = FRESH) -> Caller:
        """Who asks, whatever they may do, by keys as they were at most so many seconds ago."""
        text = key_text(connection)
        if text is not None:
            key = await self._ring.find(text, oldest)
            if key is not None:
                return Caller(key.role, key.id, key.name)
            if await self._ring.any(oldest):
                raise Refusal(401, "This key is unknown or revoked. Ask for another.", headers=CHALLENGE)
        elif await self._ring.any(oldest):
            raise Refusal(401, "Send a key as `Authorization: Bearer` or `X-API-Key`.", headers=CHALLENGE)
        if not is_local(connection):
            detail = "Without keys the service answers only on its own machine. Create one with `icp-fit keys create`."
            raise Refusal(403, detail)
        return ANYBODY_HERE

    async def has_keys(self) -> bool:
        """Whether there is any key, so that callers must bring one."""
        return await self._ring.any()

    def count(self, caller: Caller) -> None:
        """Count a request against the rate limit of its key; raises Refusal where there were too many."""
        seconds = self._limit.take(caller.key_id or "")
        if seconds:
            whose = "with this key" if caller.key_id else "from this machine"
            detail = f"Too many requests {whose}. Try again in {seconds:.1f} seconds."
            raise Refusal(429, detail, headers=retry_after(seconds))


def key_text(connection: HTTPConnection) -> str | None:
    """The key that a request brings, None where it brings none."""
    headers = connection.headers
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    return headers.get("x-api-key", "").strip() or None


def is_local(connection: HTTPConnection) -> bool:
    """Whether a request comes from this machine, to one of its own names, and not by way of a proxy."""
    headers, client = connection.headers, connection.client
    if any(name in headers for name in FORWARDED):
        return False
    return _is_loopback(client.host if client else "") and _host(headers.get("host", "")) in LOCAL_NAMES


def _host(text: str) -> str:
    """The host of a Host header without its port."""
    return text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0].lower()


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address in ("", "testclient")  # a socket of this machine, or a test

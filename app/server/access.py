"""Who may talk to a served workspace: the right host, no web page, the right key. Outermost layer of a socket server."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server.compact import compact
from app.server.refusals import Refusal
from app.wire.public_v2.endpoints import HEALTH, PREFIX

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts that always mean this machine."""

_OWN_SITE: Final = frozenset({"none", "same-origin"})
_WITH_BODY: Final = frozenset({"POST", "PATCH", "PUT"})


@dataclass(frozen=True, slots=True)
class Access:
    """What a caller must show."""

    key_hash: bytes
    """`hash_key` of the one key; the key itself is not kept."""
    hosts: frozenset[str] = LOOPBACK
    """Names and addresses the `Host` header may say, beside the port that the server listens on."""


def hash_key(key: str) -> bytes:
    """What is kept of a key."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def is_trusted_host(host: str, port: int | None, hosts: frozenset[str]) -> bool:
    """Whether a `Host` header names this server: one of `hosts`, in any case, with the port the server listens on."""
    name, colon, digits = host.rpartition(":")
    if not colon or "]" in digits:
        name, digits = host, "80"
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    elif ":" in name:
        return False
    return digits == str(port) and name.lower() in hosts


class AccessLayer:
    """Refuses what does not come from a program that has the key."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif refusal := self._refusal(scope):
            await refused(refusal)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        port = (scope.get("server") or (None, None))[1]
        if len(hosts) != 1 or not is_trusted_host(hosts[0], port, self._access.hosts):
            return Refusal("untrusted_host", "this server does not answer for that host")
        if "origin" in headers or headers.get("sec-fetch-site", "none") not in _OWN_SITE:
            return Refusal("cross_site_request", "web pages may not use this server")
        if scope["path"] == PREFIX + HEALTH.path:
            return None
        if not hmac.compare_digest(hash_key(_key(headers)), self._access.key_hash):
            refusal = Refusal("unauthorized", "a valid API key is needed")
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] in _WITH_BODY and kind != "application/json":
            return Refusal("unsupported_media_type", "the body must be application/json")
        return None


def _key(headers: Headers) -> str:
    """The key a request shows; with both headers Bearer wins. Source: contract 7, no. 3."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def refused(refusal: Refusal) -> Response:
    """A refusal as an answer."""
    return Response(
        compact(refusal.body).encode("utf-8", "replace"),
        refusal.status,
        media_type="application/json",
        headers=refusal.headers,
    )

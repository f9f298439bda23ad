"""Requests as a person reads them: prepared ones, and the log of those that were sent."""

import shlex
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from app.domain.json_text import dump_json, parse_json

LOG_LENGTH: Final = 1000
"""Exchanges the log keeps; older ones are forgotten, their count is not."""


def checked_base_url(text: str) -> str:
    """The address of an API without a trailing slash.

    Raises:
        ValueError: in words, for anything but https (or http to this machine), and for parts that could mislead.
    """
    if not (text.isascii() and text.isprintable()) or set(text) & set(" \\@?#%"):
        raise ValueError("holds characters an API's address never has")
    parts = urlsplit(text)
    host = parts.hostname
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("has a port that is not a number up to 65535") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must look like https://host/path")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must begin with https://; plain http is for this machine only")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """Exactly what would be sent, but for the key, which is never part of it."""

    method: str
    base_url: str
    """Scheme, host and path prefix of the API, without a trailing slash."""
    path: str
    """Below `base_url`, already quoted, with the query string."""
    body: bytes | None = None
    """The bytes of the JSON body; `None` when there is none."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers beside the usual ones, without the key."""
    is_read: bool = True
    """Whether the call only reads, whatever its verb."""
    is_create: bool = False
    """Whether it makes a record whose id nobody knows before the answer: sent twice it makes two."""

    @property
    def url(self) -> str:
        return self.base_url + self.path

    def indented_body(self) -> str:
        """The body as indented JSON for reading, digit for digit; empty text when there is none."""
        if self.body is None:
            return ""
        return dump_json(parse_json(self.body), indent=2)

    def curl(self) -> str:
        """A command line that sends the same bytes; the key stands as the variable `CRMDECK_KEY`."""
        parts = [
            "curl",
            "-sS",
            "-X",
            self.method,
            shlex.quote(self.url),
            '-H "Authorization: Bearer $CRMDECK_KEY"',
        ]
        for name, value in self.headers:
            parts.append("-H " + shlex.quote(f"{name}: {value}"))
        if self.body is not None:
            parts.append("-H 'Content-Type: application/json'")
            parts.append("--data-binary " + shlex.quote(self.body.decode()))
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that was sent and how it ended."""

    number: int
    """Counted from 1 in each session."""
    at: datetime
    """When it was sent, UTC."""
    method: str
    path: str
    status: int | None
    """The HTTP status, or `None` when no answer came."""
    duration_ms: float
    outcome: str
    """In words: what came back, or what went wrong. May hold remote words."""
    attempt: int = 1
    request: PreparedRequest | None = None

    @property
    def is_ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waited for its answer: neither a success nor a failure."""
        return self.status is None and self.outcome.startswith("cancelled")


class RequestLog:
    """The last exchanges of a session, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Exchange] = deque(maxlen=LOG_LENGTH)
        self._listeners: list[Callable[[Exchange], None]] = []
        self.sent = 0
        """Requests sent in this session, retries included."""
        self.writes = 0
        """Those of them that were no known reads."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> tuple[Exchange, ...]:
        """What is kept, oldest first."""
        return tuple(self._entries)

    @property
    def last(self) -> Exchange | None:
        return self._entries[-1] if self._entries else None

    def next_number(self, *, is_write: bool = False) -> int:
        """Claim the number of a request that is about to be sent."""
        self.sent += 1
        self.writes += is_write
        return self.sent

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange and tell the listeners."""
        self._entries.append(exchange)
        for listener in tuple(self._listeners):
            listener(exchange)

    def listen(self, listener: Callable[[Exchange], None]) -> Callable[[], None]:
        """Call `listener` with each exchange from now on; the result ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

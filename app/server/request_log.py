"""The request log of a served workspace: a JSON object per line, in private files that are rotated.

It has what is needed to find a request again and to see why one failed, and nothing of what was sent: no keys, no query
strings, no bodies, and of an exception its kind and the lines of code it passed, not its text or local values.
"""

import fcntl
import json
import os
import re
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import ConfigError
from app.domain.values import Json
from app.state.private_files import FILE_MODE, make_private_folder

FILE_NAME: Final = "requests.log"
FAULTS_NAME: Final = "faults.log"
"""Where the deck's own server, which logs no requests, notes its faults."""

FILES: Final = 5
"""The log and the older ones beside it: `requests.log.1` is the newest of them."""

MAX_BYTES: Final = 1_048_576
"""Size from which a file is put aside."""

MAX_WAITING: Final = 10_000
"""Lines that wait for a slow disk; more are dropped."""

MAX_PATH: Final = 2_000
"""Characters kept of a path."""

REQUEST_ID: Final = "X-Request-Id"
MAX_REQUEST_ID: Final = 100
_UNFIT: Final = re.compile(r"[^A-Za-z0-9._:+/=-]")
_STATE: Final = "request_id"


class RequestLog:
    """Appends lines in a thread of its own; a full or failing disk costs lines, never requests."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        """The folder and the file are made with the first line."""
        self.path = path
        self._max_bytes = max_bytes
        self._thread = ThreadPoolExecutor(1, "crmdeck-request-log")
        self._room = threading.BoundedSemaphore(MAX_WAITING)
        self.dropped = 0
        """Lines lost to a slow or failing disk."""

    def prepare(self) -> None:
        """Make the folder and the file.

        Raises:
            ConfigError: if they cannot be made or are not ours.
        """
        make_private_folder(self.path.parent)
        try:
            os.close(self._open())
        except OSError as error:
            raise ConfigError(f"The log {self.path} cannot be written: {error.strerror}.") from None

    def write(self, entry: dict[str, Json]) -> None:
        """Append an entry, soon."""
        if not self._room.acquire(blocking=False):
            self.dropped += 1
            return
        self._thread.submit(self._append, json.dumps(entry, separators=(",", ":")).encode() + b"\n")

    def close(self) -> None:
        """Write what waits."""
        self._thread.shutdown(wait=True)

    def _append(self, line: bytes) -> None:
        try:
            if not self.path.exists():
                make_private_folder(self.path.parent)
            descriptor = self._open()
            try:
                size = os.fstat(descriptor).st_size
                if size > 0 and size + len(line) > self._max_bytes:
                    self._put_aside()
                    os.close(descriptor)
                    descriptor = self._open()
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
        except (OSError, ConfigError):
            self.dropped += 1
        finally:
            self._room.release()

    def _open(self) -> int:
        """The file, locked until it is closed: two servers of one user may share it, and one may just put it aside."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        while True:
            descriptor = os.open(self.path, flags, FILE_MODE)
            try:
                os.fchmod(descriptor, FILE_MODE)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if os.path.samestat(os.fstat(descriptor), self.path.stat()):
                    return descriptor
            except FileNotFoundError:
                pass
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _put_aside(self) -> None:
        names = [
            self.path,
            *(self.path.with_name(f"{self.path.name}.{n}") for n in range(1, FILES)),
        ]
        for newer, older in reversed([*pairwise(names)]):
            if newer.exists():
                newer.replace(older)


class RequestLogLayer:
    """Gives every request an id, which the answer names, and notes the request; without a log it only does the first."""

    def __init__(
        self,
        app: ASGIApp,
        log: RequestLog | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._app = app
        self._log = log
        self._clock = clock
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, then note; also a request that is cancelled or fails."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})[_STATE] = request_id
        started_s, started = self._clock(), self._now()
        status: int | None = None
        size_bytes = 0

        async def watched(message: Message) -> None:
            nonlocal status, size_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            elif message["type"] == "http.response.body":
                size_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            if self._log is not None:
                self._log.write(
                    {
                        "time": _time(started),
                        "method": scope["method"][:20],
                        "path": _path(scope),
                        "status": status,
                        "ms": round((self._clock() - started_s) * 1_000, 1),
                        "bytes": size_bytes,
                        "client": (scope.get("client") or ("",))[0],
                        "request_id": request_id,
                    }
                )


def note_fault(log: RequestLog, scope: Scope, error: Exception) -> None:
    """Note a fault of ours, with the id of the request that met it."""
    log.write(
        {
            "time": _time(datetime.now(UTC)),
            "method": scope.get("method"),
            "path": _path(scope),
            "request_id": scope.get("state", {}).get(_STATE),
            "fault": f"{type(error).__module__}.{type(error).__qualname__}",
            "traceback": [*_frames(error, set())],
        }
    )


def _frames(error: BaseException, seen: set[int]) -> Iterator[str]:
    """The lines of code that an exception passed, after those of the exceptions that caused it."""
    if id(error) in seen:
        return
    seen.add(id(error))
    earlier = error.__cause__ or error.__context__
    if earlier is not None:
        yield from _frames(earlier, seen)
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _frames(part, seen)


def _request_id(scope: Scope) -> str:
    """The caller's id, without what could do harm in a log or a header; a new one if nothing is left of it."""
    asked = Headers(scope=scope).get(REQUEST_ID, "")
    return _UNFIT.sub("", asked[: MAX_REQUEST_ID * 4])[:MAX_REQUEST_ID] or secrets.token_hex(8)


def _path(scope: Scope) -> str:
    return quote(scope.get("path", ""), errors="replace")[:MAX_PATH]


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

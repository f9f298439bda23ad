"""The only code that sends: key, limits, read-only guard, retries, request log, and no error but our own.

Everything is under a cap: time per attempt and per operation, bytes on the wire and unpacked, attempts, waits. A redirect is
an error, for httpx would carry the body on to wherever the server points. Cookies are not kept. The environment is not read:
a proxy variable would hand the key of a loopback server to the proxy.
"""

import asyncio
import logging
import random
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, Protocol

import truststore

from app import __version__
from app.clients.body import BodyReader, BodyRefused
from app.clients.library import httpx
from app.clients.redaction import Redactor
from app.clients.retry import (
    Call,
    Evidence,
    RetryBudget,
    evidence_of_status,
    is_effect_unknown,
    may_retry,
    wait_s,
)
from app.domain.errors import (
    BackendError,
    BadAnswer,
    ConfigError,
    Rejected,
    TimedOut,
    Unreachable,
    WriteRefused,
)
from app.domain.requests import Exchange, PreparedRequest, RequestLog, checked_base_url, is_loopback
from app.domain.secret import Secret
from app.wire.endpoint import Endpoint
from app.wire.retry_after import retry_after_s

ATTEMPTS: Final = 3
"""How often one request is sent at most."""

IS_READ: Final = "crmdeck.is_read"
"""Request extension that tells an embedded server whether a cancelled call may be dropped."""


_LOCATION: Final = "crmdeck-location"
"""Where the header `Location` is kept out of httpx's sight."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds after which we stop. Waits that a server asked for are not counted."""

    connect_s: float = 5.0
    silence_s: float = 15.0
    """Between two pieces of an answer, or of a request."""
    read_attempt_s: float = 20.0
    read_s: float = 30.0
    """A read with all its attempts."""
    write_s: float = 60.0

    def operation_s(self, *, is_read: bool) -> float:
        """For a request with all its attempts."""
        return self.read_s if is_read else self.write_s

    def attempt_s(self, *, is_read: bool) -> float:
        """For one attempt."""
        return self.read_attempt_s if is_read else self.write_s


@dataclass(frozen=True, slots=True)
class Timing:
    """Clocks, sleep and dice; tests pass their own."""

    clock: Callable[[], float] = time.monotonic
    """Seconds that never jump."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    dice: Callable[[], float] = random.random
    """A number in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer within 2xx."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    number: int
    """The request's number in the log."""


class Refusal(Protocol):
    """The pure function of an API that turns an answer outside 2xx into an error."""

    def __call__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        method: str,
        path: str,
        number: int | None = None,
    ) -> BackendError: ...


class KeyAuth(httpx.Auth):
    """Adds the key, and only to requests for the profile's own scheme, host and port."""

    def __init__(self, key: Secret, base_url: httpx.URL) -> None:
        self._key = key
        self._origin = _origin(base_url)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if _origin(request.url) == self._origin:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


@dataclass(frozen=True, slots=True)
class _Ending:
    """How one attempt ended: with an answer within 2xx, or with an error and what it proves."""

    words: str
    answer: Answer | None = None
    error: BackendError | None = None
    evidence: Evidence = Evidence.FINAL
    status: int | None = None
    asked_wait_s: float | None = None
    """What `Retry-After` said."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One sending of a request."""

    request: PreparedRequest
    is_read: bool
    """Whether it is known to change nothing; the request's own word alone does not count."""
    attempt: int
    """Counted from 1."""
    number: int
    """In the log."""
    at: datetime
    started_s: float

    @property
    def call(self) -> Call:
        if self.is_read:
            return Call.READ
        return Call.CREATE if self.request.is_create else Call.CHANGE


class Transport:
    """Sends prepared requests to one API."""

    def __init__(
        self,
        base_url: str,
        *,
        refusal: Refusal,
        reads: tuple[Endpoint, ...],
        key: Secret | None = None,
        is_read_only: bool = False,
        wire: httpx.AsyncBaseTransport | None = None,
        limits: Limits | None = None,
        timing: Timing | None = None,
    ) -> None:
        """`reads` are the only calls the read-only guard lets pass; `wire` replaces the network.

        Raises:
            ConfigError: if `base_url` is not https, and not this machine either.
        """
        try:
            self.base_url = checked_base_url(base_url)
        except ValueError as error:
            raise ConfigError(f"The address {base_url!r} {error}.") from None
        self._is_opened_read_only = is_read_only
        self._is_locked = False
        self.log = RequestLog()
        self._url = httpx.URL(self.base_url)
        if self._url.scheme == "http" and not is_loopback(self._url.host):
            raise ConfigError(f"The address {base_url!r} must begin with https://.")
        self._refusal = refusal
        self._reads = reads
        self._auth = None if key is None else KeyAuth(key, self._url)
        self._redactor = Redactor(key)
        self._limits = limits or Limits()
        self._timing = timing or Timing()
        self._budget = RetryBudget()
        self._client = self._open(wire)
        for name in ("httpx", "httpcore"):  # at INFO they log whole addresses
            logging.getLogger(name).setLevel(logging.WARNING)

    def _open(self, wire: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
        limits = self._limits
        return httpx.AsyncClient(
            transport=wire or _network(),
            follow_redirects=False,
            trust_env=False,
            event_hooks={"response": [_hide_location]},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": f"crmdeck/{__version__}",
            },
            timeout=httpx.Timeout(
                limits.silence_s, connect=limits.connect_s, pool=limits.connect_s
            ),
        )

    @property
    def is_read_only(self) -> bool:
        """Whether writes are refused."""
        return self._is_opened_read_only or self._is_locked

    @property
    def can_unlock(self) -> bool:
        """Whether only a lock refuses them."""
        return self._is_locked and not self._is_opened_read_only

    def lock(self) -> None:
        """Refuse writes from now on, also further attempts of those that are under way."""
        self._is_locked = True

    def unlock(self) -> None:
        """Take the lock back; what was opened read-only stays so."""
        self._is_locked = False

    async def send(self, request: PreparedRequest, *, is_keyed: bool = True) -> Answer:
        """Send a request, again where that is safe, and give its answer.

        Raises:
            WriteRefused: by the read-only guard, before anything is sent.
            BackendError: for everything else that is not an answer within 2xx; it says whether the call may have been
                done all the same.
        """
        is_read = self._is_read(request)
        started_s = self._timing.clock()
        waited_s = 0.0
        for attempt in range(1, ATTEMPTS + 1):
            self._guard(request, attempt, is_read=is_read)
            spent_s = self._timing.clock() - started_s - waited_s
            left_s = self._limits.operation_s(is_read=is_read) - spent_s
            this = self._begin(request, attempt, is_read=is_read)
            ending, pause_s = await self._try(this, left_s, is_keyed=is_keyed)
            if ending.answer is not None:
                return ending.answer
            if pause_s is None:
                assert ending.error is not None
                ending.error.is_effect_unknown = is_effect_unknown(ending.evidence, this.call)
                break
            await self._timing.sleep(pause_s)
            waited_s += pause_s
        assert ending.error is not None
        raise ending.error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    def _is_read(self, request: PreparedRequest) -> bool:
        """Whether a request is on the list of known reads and says so itself."""
        if request.base_url != self.base_url:
            raise ValueError("the request was prepared for another address")
        return request.is_read and any(
            read.matches(request.method, request.path) for read in self._reads
        )

    def _guard(self, request: PreparedRequest, attempt: int, *, is_read: bool) -> None:
        """Raises WriteRefused for a write of a read-only session. A further attempt is only made where none was done."""
        if is_read or not self.is_read_only:
            return
        what = "nothing was sent" if attempt == 1 else "it is not sent again; nothing was changed"
        reason = f"This session is read-only: the request was refused, {what}"
        raise WriteRefused(reason, method=request.method, path=request.path)

    def _begin(self, request: PreparedRequest, attempt: int, *, is_read: bool) -> _Attempt:
        timing = self._timing
        number = self.log.next_number(is_write=not is_read)
        return _Attempt(request, is_read, attempt, number, timing.now(), timing.clock())

    async def _try(
        self, this: _Attempt, left_s: float, *, is_keyed: bool
    ) -> tuple[_Ending, float | None]:
        """Send once and log it. With the ending comes the pause before the next attempt, if there may be one."""
        limit_s = min(left_s, self._limits.attempt_s(is_read=this.is_read))
        try:
            ending = await self._end_of(this, limit_s, is_keyed=is_keyed)
        except asyncio.CancelledError:
            is_unknown = is_effect_unknown(Evidence.CANCELLED, this.call)
            self._record(this, "cancelled: effect unknown" if is_unknown else "cancelled")
            raise
        left_s -= self._timing.clock() - this.started_s
        pause_s = self._pause_s(ending, this, left_s)
        again = "" if pause_s is None else f"; again in {pause_s:.1f} s"
        self._record(this, ending.words + again, ending.status)
        return ending, pause_s

    async def _end_of(self, this: _Attempt, limit_s: float, *, is_keyed: bool) -> _Ending:
        """Send once; every way in which that can end becomes a value."""
        host = self._url.host
        try:
            async with asyncio.timeout(limit_s):
                response, body = await self._exchange(this, is_keyed=is_keyed)
        except BodyRefused as refused:
            return _failed(this, BadAnswer, str(refused), Evidence.ODD)
        except (httpx.ConnectTimeout, httpx.PoolTimeout):
            return _failed(this, TimedOut, f"{host} cannot be reached in time", Evidence.NOT_SENT)
        except (TimeoutError, httpx.TimeoutException):
            return _failed(this, TimedOut, f"{host} did not answer in time", Evidence.BROKEN)
        except httpx.ConnectError as error:
            return _failed(this, Unreachable, *_why_not_connected(error, host))
        except httpx.InvalidURL:
            return _failed(this, Rejected, "The path is too long", Evidence.FINAL)
        except httpx.HTTPError:
            words = f"The connection to {host} broke before a complete answer"
            return _failed(this, Unreachable, words, Evidence.BROKEN)
        return self._judge(this, response.status_code, response.headers, body)

    async def _exchange(self, this: _Attempt, *, is_keyed: bool) -> tuple[httpx.Response, bytes]:
        request = this.request
        headers = dict(request.headers)
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        async with self._client.stream(
            request.method,
            request.url,
            content=request.body,
            headers=headers,
            auth=self._auth if is_keyed else None,
            extensions={IS_READ: this.is_read},
        ) as response:
            try:
                return response, await _read(response)
            except BodyRefused:
                if response.is_success:
                    raise
                return response, b""  # the status says enough

    def _judge(
        self, this: _Attempt, status: int, raw_headers: Mapping[str, str], raw_body: bytes
    ) -> _Ending:
        """What a complete answer means."""
        headers = self._redactor.headers(raw_headers)
        if _LOCATION in headers:
            headers["location"] = headers.pop(_LOCATION)
        body = self._redactor.body(raw_body)
        if 200 <= status < 300:
            self._budget.earn()
            words = f"OK, {len(body)} bytes" if body else "OK"
            return _Ending(words, Answer(status, headers, body, this.number), status=status)
        request = this.request
        error = self._refusal(
            status, headers, body, method=request.method, path=request.path, number=this.number
        )
        error = self._redactor.error(error)
        evidence = evidence_of_status(status)
        return _Ending(error.reason, None, error, evidence, status, retry_after_s(headers))

    def _pause_s(self, ending: _Ending, this: _Attempt, left_s: float) -> float | None:
        """Seconds before another attempt; `None`: what came stands."""
        evidence = ending.evidence
        if this.attempt == ATTEMPTS or not may_retry(evidence, this.call):
            return None
        pause_s = wait_s(this.attempt, ending.asked_wait_s, self._timing.dice())
        if pause_s is None or left_s <= 0 or not self._budget.can_pay(evidence):
            return None
        self._budget.pay(evidence)
        return pause_s

    def _record(self, this: _Attempt, words: str, status: int | None = None) -> None:
        request = this.request
        duration_ms = (self._timing.clock() - this.started_s) * 1000
        self.log.add(
            Exchange(
                this.number,
                this.at,
                request.method,
                request.path,
                status,
                duration_ms,
                words,
                this.attempt,
                request,
            )
        )


def _network() -> httpx.AsyncHTTPTransport:
    """Real connections, certified by whatever the operating system trusts."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return httpx.AsyncHTTPTransport(
        verify=context,
        trust_env=False,
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=20),
    )


async def _read(response: httpx.Response) -> bytes:
    """The body, under the caps. Raises BodyRefused."""
    headers = response.headers
    reader = BodyReader(headers.get("content-encoding", ""), headers.get("content-length", ""))
    async for piece in response.aiter_raw():
        reader.feed(piece)
    return reader.finish()


async def _hide_location(response: httpx.Response) -> None:
    """Keep httpx from building the next request of a redirect: it does so, and may fail at it, even without following."""
    if "location" in response.headers:
        response.headers[_LOCATION] = response.headers.pop("location")


def _failed(this: _Attempt, kind: type[BackendError], reason: str, evidence: Evidence) -> _Ending:
    """An ending without an answer."""
    request = this.request
    error = kind(reason, method=request.method, path=request.path, number=this.number)
    return _Ending(reason, error=error, evidence=evidence)


def _why_not_connected(error: httpx.ConnectError, host: str) -> tuple[str, Evidence]:
    """The cause in words; the library's own text is never shown."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        certificate = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
        why = f": {certificate.verify_message}" if certificate is not None else ""
        return f"{host} cannot prove who it is (TLS){why}", Evidence.REFUSED_TLS
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"The name {host} is not known on this network", Evidence.NOT_SENT
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"Nothing listens at {host} (connection refused)", Evidence.NOT_SENT
    return f"{host} cannot be reached", Evidence.NOT_SENT


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything it came from."""
    yield error
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for cause in (error.__cause__ or error.__context__, *inner):
        if cause is not None:
            yield from _causes(cause)

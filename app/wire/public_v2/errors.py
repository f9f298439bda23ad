"""Refusals of Public API v2 as errors of the domain.

The envelope of v2 is not documented. Read are: our own (`{"error": {"code", "message", "field", "details"}}`), the two that
v1 was seen to send, and the web framework's `detail`. Only status and code decide. Source: contract 4.2.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from app.domain.errors import (
    BackendError,
    BadAnswer,
    Conflict,
    Fault,
    Forbidden,
    NotAllowed,
    NotFound,
    RateLimited,
    Rejected,
    ServerFailed,
    Unauthorized,
)
from app.domain.json_text import parse_json
from app.domain.safe_text import shown
from app.domain.values import Json
from app.wire.retry_after import retry_after_s

MAX_QUOTED: Final = 200
"""Characters of a foreign answer that an error repeats."""

MAX_WORDS: Final = 1000
"""Characters kept of a message, code or field name that a server sends."""

MAX_FAULTS: Final = 50
"""Faults kept of one answer."""

_BY_STATUS: Final[Mapping[int, type[BackendError]]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: NotAllowed,
    409: Conflict,
    412: Conflict,
    423: Conflict,
    429: RateLimited,
}


def error_from_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    method: str,
    path: str,
    number: int | None = None,
) -> BackendError:
    """The error that an answer outside 2xx stands for. Never raises, whatever the body is."""
    faults = faults_in(body)
    if 300 <= status < 400:
        reason = _redirect_reason(headers)
    else:
        reason = faults[0].message if faults and faults[0].message else _plain_reason(status, body)
    kind = _kind(status)
    error = kind(reason, method=method, path=path, status=status, number=number, faults=faults)
    if isinstance(error, RateLimited):
        error.retry_after_s = retry_after_s(headers)
    return error


def _kind(status: int) -> type[BackendError]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 400 <= status < 500:
        return Rejected
    return ServerFailed if 500 <= status < 600 else BadAnswer


def _redirect_reason(headers: Mapping[str, str]) -> str:
    """Names the host a redirect points to; the rest of the address may carry anything."""
    try:
        host = urlsplit(headers.get("location", "")).hostname or "another address"
    except ValueError:
        host = "another address"
    return f"The server redirects to {shown(host, limit=100)}, which crmdeck never follows"


def _plain_reason(status: int, body: bytes) -> str:
    text = body[:MAX_QUOTED].decode("utf-8", "replace").strip()
    if is_web_page(body):
        return f"The server answered {status} with a web page, not with the API's JSON"
    return f"The server answered {status}" + (f": {text}" if text else " without a body")


def is_web_page(body: bytes) -> bool:
    """Whether a body is markup: a gateway's error page, or the log-in page of a hotel network."""
    return body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def faults_in(body: bytes) -> tuple[Fault, ...]:
    """What an error body names, in any of the known shapes; empty when it is none of them."""
    try:
        answer = parse_json(body)
    except ValueError:
        return ()
    if not isinstance(answer, dict):
        return ()
    error = answer.get("error")
    if isinstance(error, dict):
        details = error.get("details")
        pointer = details.get("pointer") if isinstance(details, dict) else None
        return (
            Fault(
                _word(error.get("code")),
                _word(error.get("message")),
                _word(error.get("field")) or None,
                _word(pointer) or None,
            ),
        )
    if isinstance(error, str):
        return (Fault(_word(error), _word(answer.get("message"))),)
    detail = answer.get("detail")
    if isinstance(detail, str):
        return (Fault("", detail),)
    if isinstance(detail, list):
        return tuple(
            _framework_fault(entry) for entry in detail[:MAX_FAULTS] if isinstance(entry, dict)
        )
    return ()


def _framework_fault(entry: dict[str, Json]) -> Fault:
    loc = entry.get("loc")
    where = "/".join(str(part) for part in loc[:20]) if isinstance(loc, list) else ""
    return Fault(_word(entry.get("type")), _word(entry.get("msg")), _word(where) or None)


def _word(value: Json) -> str:
    """A text of the server's, cut where a person stops reading."""
    return value[:MAX_WORDS] if isinstance(value, str) else ""

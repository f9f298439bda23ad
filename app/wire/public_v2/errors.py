"""Refusals of Public API v2 as errors of the domain.

The envelope of v2 is not documented. Read are: our own (`{"error": {"code", "message", "field", "details"}}`), the two that
v1 was seen to send, and the web framework's `detail`. Only status and code decide. Source: contract 4.2.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

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
from app.domain.values import Json

MAX_QUOTED: Final = 200
"""Characters of a foreign answer that an error repeats."""

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


def _plain_reason(status: int, body: bytes) -> str:
    if 300 <= status < 400:
        return "The server redirects to another address, which crmdeck never follows"
    text = body[:MAX_QUOTED].decode("utf-8", "replace").strip()
    if text[:1] == "<":
        return f"The server answered {status} with a web page, not with the API's JSON"
    return f"The server answered {status}" + (f": {text}" if text else " without a body")


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
        return (
            Fault(
                _word(error.get("code")),
                _word(error.get("message")),
                _word(error.get("field")) or None,
            ),
        )
    if isinstance(error, str):
        return (Fault(error, _word(answer.get("message"))),)
    detail = answer.get("detail")
    if isinstance(detail, str):
        return (Fault("", detail),)
    if isinstance(detail, list):
        return tuple(_framework_fault(entry) for entry in detail if isinstance(entry, dict))
    return ()


def _framework_fault(entry: dict[str, Json]) -> Fault:
    loc = entry.get("loc")
    where = "/".join(str(part) for part in loc) if isinstance(loc, list) else None
    return Fault(_word(entry.get("type")), _word(entry.get("msg")), where)


def _word(value: Json) -> str:
    return value if isinstance(value, str) else ""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds of a `Retry-After` header; a date is read against the answer's own `Date`. `None` when it says nothing."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.replace(".", "", 1).isdigit():
        return float(text[:12])
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None

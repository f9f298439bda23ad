"""The `Retry-After` header, which both APIs may send."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; a date is read against the answer's own `Date`. `None` when the header says nothing usable.

    Header names are lower case.
    """
    text = headers.get("retry-after", "").strip()
    if not text.isascii():
        return None
    if text.replace(".", "", 1).isdigit():
        return float(text[:12])
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None

"""The time of day, as something that is passed in."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""What time it is, UTC."""


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)

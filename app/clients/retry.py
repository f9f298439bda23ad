"""When a request may be sent again, and after how long: a pure decision on the evidence.

The library httpx-retries decides inside a transport. It cannot serve here: a body that breaks off comes after its decision,
it reads a date in `Retry-After` against our clock instead of the server's, it has no total limit, and its clock and dice
cannot be passed in. So the policy, some forty lines, is our own.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

LONGEST_WAIT_S: Final = 60.0
"""A longer `Retry-After` is told to the user instead of waited for."""

BASE_WAIT_S: Final = 0.5
CAP_WAIT_S: Final = 8.0


class Evidence(StrEnum):
    """What is known of one attempt."""

    NOT_SENT = "not sent"
    """Provably nothing reached the server."""
    REFUSED_TLS = "refused by TLS"
    """Nothing was sent, and trying again cannot help."""
    BUSY = "busy"
    """429: the server did not process it."""
    FAILED = "failed"
    """5xx or 408: the server may have processed it."""
    BROKEN = "broken"
    """No complete answer: the server may have processed it."""
    FINAL = "final"
    """An answer that stands."""


def evidence_of_status(status: int) -> Evidence:
    """What a status says about trying again."""
    if status == 429:
        return Evidence.BUSY
    return Evidence.FAILED if status == 408 or 500 <= status < 600 else Evidence.FINAL


def may_retry(evidence: Evidence, *, is_read: bool) -> bool:
    """Whether sending the same again is safe."""
    match evidence:
        case Evidence.NOT_SENT | Evidence.BUSY:
            return True
        case Evidence.FAILED | Evidence.BROKEN:
            return is_read
        case Evidence.REFUSED_TLS | Evidence.FINAL:
            return False


def wait_s(attempt: int, retry_after_s: float | None, dice: float) -> float | None:
    """Seconds before the next attempt; `attempt` counts from 1, `dice` is in [0, 1).

    Full jitter, with the server's `Retry-After` as the floor. `None`: longer than a program waits by itself.
    """
    if retry_after_s is not None and retry_after_s > LONGEST_WAIT_S:
        return None
    jitter: float = dice * min(CAP_WAIT_S, BASE_WAIT_S * 2 ** (attempt - 1))
    return jitter if retry_after_s is None else max(retry_after_s, jitter)


@dataclass(slots=True)
class RetryBudget:
    """Keeps retries few while a server is down: each costs, each success gives a little back."""

    tokens: int = 500
    costs: dict[Evidence, int] = field(
        default_factory=lambda: {
            Evidence.BUSY: 5,
            Evidence.FAILED: 14,
            Evidence.BROKEN: 14,
            Evidence.NOT_SENT: 14,
        }
    )
    most: int = 500

    def can_pay(self, evidence: Evidence) -> bool:
        """Whether a retry is still affordable."""
        return self.tokens >= self.costs.get(evidence, 0)

    def pay(self, evidence: Evidence) -> None:
        """A retry was made."""
        self.tokens -= self.costs.get(evidence, 0)

    def earn(self) -> None:
        """A request succeeded."""
        self.tokens = min(self.most, self.tokens + 1)

"""What the end of an attempt proves, and what it allows: a pure decision on the evidence.

The library httpx-retries decides inside a transport. It cannot serve here: a body that breaks off comes after its decision,
it reads a date in `Retry-After` against our clock instead of the server's, it has no total limit, and its clock and dice
cannot be passed in. So the policy, some forty lines, is our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
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
    CANCELLED = "cancelled"
    """Nobody waited for the answer: the server may have processed it."""
    ODD = "odd"
    """An answer that proves nothing, such as a redirect, or a success with a body that cannot be read."""
    FINAL = "final"
    """An answer that stands: the server refused it, or nothing could be sent."""


class Call(StrEnum):
    """What a request does, as far as sending it again is concerned."""

    READ = "read"
    CHANGE = "change"
    """Patch, archive, assert, links and attribute items: reading the record shows whether it was done."""
    CREATE = "create"
    """Nobody knows the new record's id but the server: a second one would be a duplicate."""


class Verdict(StrEnum):
    """What a piece of evidence allows for a kind of call."""

    RETRY = "retry"
    """Nothing was changed; the same may be sent again, within the limits."""
    STANDS = "stands"
    """Nothing was changed; the same again would end the same."""
    READ_BACK = "read back"
    """The effect is unknown: read the record, then decide."""
    RECONCILE = "reconcile"
    """The effect is unknown: look for the record; never sent again by a program."""


def _row(read: Verdict, change: Verdict, create: Verdict) -> Mapping[Call, Verdict]:
    return MappingProxyType({Call.READ: read, Call.CHANGE: change, Call.CREATE: create})


_AGAIN: Final = _row(Verdict.RETRY, Verdict.RETRY, Verdict.RETRY)
_NEVER: Final = _row(Verdict.STANDS, Verdict.STANDS, Verdict.STANDS)

VERDICTS: Final[Mapping[Evidence, Mapping[Call, Verdict]]] = MappingProxyType(
    {
        Evidence.NOT_SENT: _AGAIN,
        Evidence.BUSY: _AGAIN,
        Evidence.FAILED: _row(Verdict.RETRY, Verdict.READ_BACK, Verdict.RECONCILE),
        Evidence.BROKEN: _row(Verdict.RETRY, Verdict.READ_BACK, Verdict.RECONCILE),
        Evidence.CANCELLED: _row(Verdict.STANDS, Verdict.READ_BACK, Verdict.RECONCILE),
        Evidence.ODD: _row(Verdict.STANDS, Verdict.READ_BACK, Verdict.RECONCILE),
        Evidence.REFUSED_TLS: _NEVER,
        Evidence.FINAL: _NEVER,
    }
)
"""Which evidence allows what: the only place that decides it."""


def evidence_of_status(status: int) -> Evidence:
    """What a status outside 2xx proves."""
    if status == 429:
        return Evidence.BUSY
    if status == 408 or 500 <= status < 600:
        return Evidence.FAILED
    return Evidence.FINAL if 400 <= status < 500 else Evidence.ODD


def may_retry(evidence: Evidence, call: Call) -> bool:
    """Whether sending the same again is safe."""
    return VERDICTS[evidence][call] is Verdict.RETRY


def is_effect_unknown(evidence: Evidence, call: Call) -> bool:
    """Whether the call may have been done all the same."""
    return VERDICTS[evidence][call] in (Verdict.READ_BACK, Verdict.RECONCILE)


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

"""How many records of each kind there are, and who belongs to whom: pure arithmetic both ways, nothing is kept."""

from dataclasses import dataclass
from math import gcd, isqrt
from typing import Final

COUNTS: Final = {
    "user": (12, 0.000_05),
    "account": (0, 0.25),
    "contact": (0, 1.0),
    "opportunity": (16, 0.12),
    "task": (36, 0.12),
    "note": (24, 0.08),
    "meeting": (16, 0.05),
    "activity": (180, 0.6),
    "subscription": (14, 0.05),
    "site": (12, 0.04),
    "device": (18, 0.06),
}
"""How many records of each kind: so many, and so many more per contact."""


def count_of(kind: str, contacts: int) -> int:
    """How many records of a kind a workspace with so many contacts has; at least one."""
    base, per_contact = COUNTS[kind]
    return max(1, base + round(contacts * per_contact))


@dataclass(frozen=True, slots=True)
class Shuffle:
    """The numbers below `count` in another order: multiplied and shifted, so that both directions can be computed."""

    count: int
    factor: int
    shift: int
    inverse: int

    @classmethod
    def of(cls, count: int) -> "Shuffle":
        """An order in which neighbours land far apart (near the golden section)."""
        factor = max(1, int(count * 0.6180339887))
        while gcd(factor, count) != 1:
            factor += 1
        return cls(count, factor, count // 3, pow(factor, -1, count) if count > 1 else 0)

    def there(self, number: int) -> int:
        """Where a number lands."""
        return (number * self.factor + self.shift) % self.count

    def back(self, place: int) -> int:
        """Which number landed there."""
        return (place - self.shift) * self.inverse % self.count


class Staff:
    """Which contacts work for which account.

    Contacts stand in a queue. The account of rank r takes those whose place in the queue lies between the square roots
    of r and r + 1 (scaled), so that the first accounts have many and the last few. The last contacts of the queue have no
    account, and the last accounts no contact.
    """

    def __init__(self, contacts: int, accounts: int) -> None:
        self._contacts = Shuffle.of(contacts)
        self._accounts = Shuffle.of(accounts)
        self._queue = max(1, contacts - contacts // 25)
        self._staffed = max(1, accounts - accounts // 12)

    def account_of(self, contact: int) -> tuple[int, int] | None:
        """The number of a contact's account, and of how many colleagues it comes after; `None` without an account."""
        place = self._contacts.there(contact)
        if place >= self._queue:
            return None
        rank = place * place * self._staffed // (self._queue * self._queue)
        return self._accounts.there(rank), place - self._start(rank)

    def contacts_of(self, account: int, limit: int) -> list[int]:
        """Numbers of an account's contacts, at most `limit`."""
        rank = self._accounts.back(account)
        if rank >= self._staffed:
            return []
        start, end = self._start(rank), self._start(rank + 1)
        return [self._contacts.back(place) for place in range(start, min(end, start + limit))]

    def _start(self, rank: int) -> int:
        """The first place of a rank: the smallest one whose square reaches it."""
        if rank == 0:
            return 0
        return isqrt((rank * self._queue * self._queue - 1) // self._staffed) + 1

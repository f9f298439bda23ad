"""Numbered records: id and time of making follow from a record's kind and number, so nothing has to be kept."""

import hashlib
from collections.abc import Iterator
from random import Random
from typing import Final

from app.server.sample.moments import DAY_MS, SPAN_WORKDAYS, WORKDAY_MS, Calendar

BATCH: Final = 5_000
"""Records that are made and written at a time."""

_MASK: Final = (1 << 64) - 1
_RECENT: Final = 0.75
"""Part of the age that grows with the square: the larger, the more records are young. The rest keeps neighbours apart."""

_WITHIN: Final = 0.9 / (1 << 12)
"""A record is made in the first nine tenths of its share of the time, so neighbours never meet; from twelve bits."""


class Series:
    """The records of one kind, numbered from 0 in the order of their making."""

    def __init__(self, kind: str, count: int, seed: int, calendar: Calendar) -> None:
        self.kind = kind
        self.count = count
        self.seed = seed
        self._first_ms, self._last_ms = calendar.first_ms, calendar.last_ms
        digest = hashlib.blake2b(f"{seed}/{kind}".encode(), digest_size=8).digest()
        self._key = int.from_bytes(digest)
        span_ms = SPAN_WORKDAYS * WORKDAY_MS
        self._square = span_ms * _RECENT / count**2
        self._straight = span_ms * (1 - _RECENT) / count

    def stamp(self, index: int) -> tuple[str, int]:
        """Id and moment of making of a record.

        `record_id` and `Calendar.moment_ms` stand here in full: calling them makes this, the hottest function of a large
        sample, twice as slow. The bits are mixed as in splitmix64, so no two numbers give the same.
        """
        bits = (self._key + index) * 0x9E3779B97F4A7C15 & _MASK
        bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        left = self.count - index - (bits >> 52) * _WITHIN
        workday, rest_ms = divmod(
            self._last_ms - int((self._square * left + self._straight) * left), WORKDAY_MS
        )
        moment_ms = (workday + workday // 5 * 2) * DAY_MS + self._first_ms + rest_ms
        digits = f"{moment_ms:012x}{bits:016x}"
        return (
            f"{digits[:8]}-{digits[8:12]}-7{digits[12:15]}-a{digits[15:18]}-{digits[16:]}",
            moment_ms,
        )

    def id(self, index: int) -> str:
        """The id of a record."""
        return self.stamp(index)[0]

    def random(self) -> Random:
        """Chance of this kind's own, the same in every run.

        `Random` gives the same `random()` and `getrandbits()` for the same text on every Python; its other methods may
        change between versions and are not used.
        """
        return Random(f"{self.seed}/{self.kind}")  # noqa: S311  (made-up data, no secret)

    def batches(self) -> Iterator[range]:
        """All numbers in order, in pieces."""
        for start in range(0, self.count, BATCH):
            yield range(start, min(start + BATCH, self.count))

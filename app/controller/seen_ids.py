"""Which records were met already, in little memory: a list of a million costs 16 MB at least and 32 MB at most."""

from array import array
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from app.domain.records import RecordId

_SMALLEST: Final = 1024
"""Places of an empty table; a power of two, as every size."""


def id_digest(record_id: RecordId) -> int:
    """64 bits of a record's id, the same in every process; two of a million ids share them once in 40 million lists."""
    text = record_id.id.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little") or 1


class SeenIds:
    """A set of digests in one flat table, half full at most; 0 is a free place."""

    def __init__(self, digests: Iterable[int] = ()) -> None:
        self._table = array("Q", bytes(8 * _SMALLEST))
        self._count = 0
        for digest in digests:
            self.add(digest)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, digest: int) -> bool:
        return self._table[self._place(digest)] == digest

    def add(self, digest: int) -> bool:
        """Note a digest; whether it is new."""
        place = self._place(digest)
        if self._table[place]:
            return False
        self._table[place] = digest
        self._count += 1
        if 2 * self._count > len(self._table):
            self._grow()
        return True

    def _place(self, digest: int) -> int:
        """Where a digest stands, or would."""
        table, mask = self._table, len(self._table) - 1
        place = digest & mask
        while table[place] not in (0, digest):
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        old = self._table
        self._table = array("Q", bytes(16 * len(old)))
        for digest in old:
            if digest:
                self._table[self._place(digest)] = digest

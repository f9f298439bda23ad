"""Marked records: by id, so that a mark stays whatever the list does around it."""

from collections.abc import Iterable, Iterator

from app.domain.records import RecordId


class Marks:
    """The marked records of one record type, in the order in which they were marked."""

    def __init__(self) -> None:
        self._ids: dict[RecordId, None] = {}
        self._last: RecordId | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[RecordId]:
        return iter(tuple(self._ids))

    def __contains__(self, record_id: RecordId) -> bool:
        return record_id in self._ids

    @property
    def last(self) -> RecordId | None:
        """The record that was marked or unmarked last by itself: where a range starts."""
        return self._last

    def toggle(self, record_id: RecordId) -> None:
        """Mark a record, or take its mark away."""
        self._last = record_id
        if record_id in self._ids:
            del self._ids[record_id]
        else:
            self._ids[record_id] = None

    def mark(self, record_ids: Iterable[RecordId]) -> int:
        """Mark records, whether they are marked or not; how many were not."""
        before = len(self._ids)
        for record_id in record_ids:
            self._ids[record_id] = None
            self._last = record_id
        return len(self._ids) - before

    def mark_all_or_none(self, record_ids: Iterable[RecordId]) -> None:
        """Mark all of these, or take their marks away if all were marked; other records keep theirs."""
        ids = tuple(record_ids)
        if not self.mark(ids):
            for record_id in ids:
                self._ids.pop(record_id, None)

    def clear(self) -> None:
        """Take every mark away."""
        self._ids.clear()
        self._last = None

    @property
    def words(self) -> str:
        """How many there are, for a line; empty for none."""
        return f"{len(self._ids):,} marked" if self._ids else ""

"""Every call of the backend that writes, each made once: for the proof that none of them leaves a read-only session."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.domain.backend import Backend
from app.domain.edits import Change
from app.domain.outcomes import WriteOutcome
from app.domain.records import RecordId

_VALUE: Final = (Change("display_name", "written by the proof"),)
_MATCH: Final = Change("id", "00000000-0000-4000-8000-000000000000")

WriteCall = Callable[[Backend, RecordId], Awaitable[WriteOutcome]]
"""Makes one write about a record."""

WRITE_CALLS: Final[Mapping[str, WriteCall]] = MappingProxyType(
    {
        "create": lambda backend, record: backend.create(record.record_type, _VALUE),
        "patch": lambda backend, record: backend.patch(record, _VALUE),
        "archive": lambda backend, record: backend.archive(record),
        "assert_record": lambda backend, record: backend.assert_record(
            record.record_type, _MATCH, _VALUE
        ),
        "add_link": lambda backend, record: backend.add_link(record, "links", record.id),
        "patch_link": lambda backend, record: backend.patch_link(
            record, "links", record.id, _VALUE
        ),
        "remove_link": lambda backend, record: backend.remove_link(record, "links", record.id),
        "add_item": lambda backend, record: backend.add_item(record, "items", _VALUE),
        "patch_item": lambda backend, record: backend.patch_item(
            record, "items", record.id, _VALUE
        ),
        "remove_item": lambda backend, record: backend.remove_item(record, "items", record.id),
    }
)
"""By the method's name; every method of the port that gives a `WriteOutcome` is here."""

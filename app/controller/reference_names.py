"""Names for references whose answer carried only an id: asked for in batches, each once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.controller.discovery import Discovery
from app.domain.backend import Backend
from app.domain.capabilities import Action
from app.domain.errors import BackendError
from app.domain.operators import OperatorName
from app.domain.query import Filter, Query
from app.domain.records import Record, RecordId
from app.domain.schema import Attribute
from app.domain.values import Reference, Scalar, Value

BATCH: Final = 50
"""Ids per request; the documentation shows pages of up to 100."""

KEPT_NAMES: Final = 5000
"""Names that are remembered; the oldest are forgotten first."""


class ReferenceNames:
    """What the targets of references are called, as far as the workspace lets itself be asked.

    Only record types that the walk has met are asked: a reference's type need not be a resource of the API at all.
    """

    def __init__(self, backend: Backend, discovery: Discovery) -> None:
        self._backend = backend
        self._discovery = discovery
        self._names: dict[RecordId, str | None] = {}
        """`None`: asked for, and the workspace knows none."""
        self._refusing: set[str] = set()

    async def learn(self, records: Iterable[Record], attributes: Iterable[Attribute]) -> bool:
        """Ask for the names that these attributes of these records lack; whether any was learned."""
        missing: dict[str, dict[str, None]] = {}
        names = [row.api_name for row in attributes if row.value_type == "record_reference"]
        for record in records:
            for name in names:
                for target in _nameless(record.attributes.get(name)):
                    if target not in self._names:
                        missing.setdefault(target.record_type, {})[target.id] = None
        is_any_learned = False
        for record_type, distinct in missing.items():
            ids = list(distinct)
            for start in range(0, len(ids), BATCH):
                is_any_learned |= await self._ask(record_type, ids[start : start + BATCH])
        for target in list(self._names)[: max(0, len(self._names) - KEPT_NAMES)]:
            del self._names[target]
        return is_any_learned

    def named(self, record: Record) -> Record:
        """The record with the names that are known; the same object when there is nothing to add."""
        changed = {
            name: self._with_names(value)
            for name, value in record.attributes.items()
            if any(self._names.get(target) is not None for target in _nameless(value))
        }
        if not changed:
            return record
        attributes: Mapping[str, Value] = MappingProxyType({**record.attributes, **changed})
        return replace(record, attributes=attributes)

    async def _ask(self, record_type: str, ids: list[str]) -> bool:
        if record_type in self._refusing or self._discovery.get(record_type) is None:
            return False
        try:
            if not await self._can_ask(record_type):
                self._refusing.add(record_type)
                return False
            filters = (Filter("id", OperatorName.IN, [*ids]),)
            page = await self._backend.query(Query(record_type, filters, limit=BATCH))
        except BackendError:  # the ids stay on screen; the log tells the refusal
            self._refusing.add(record_type)
            return False
        self._names.update((RecordId(record_type, target), None) for target in ids)
        for record in page.records:
            self._names[RecordId(record_type, record.record_id.id)] = record.title
        return bool(page.records)

    async def _can_ask(self, record_type: str) -> bool:
        """Whether the type can be queried, and its schema lets `id` be filtered by a list."""
        resources = self._backend.resources
        if not resources.capability(record_type, Action.QUERY).is_open:
            return False
        if resources.rule(record_type).query_scopes:
            return False
        schema = await self._discovery.schema(record_type)
        attribute = schema.attribute_by_name.get("id")
        return (
            attribute is not None
            and attribute.is_filterable
            and OperatorName.IN in attribute.filter_operators
        )

    def _with_names(self, value: Value) -> Value:
        if isinstance(value, tuple):
            return tuple(self._with_name(item) for item in value)
        return None if value is None else self._with_name(value)

    def _with_name(self, value: Scalar) -> Scalar:
        if not isinstance(value, Reference) or value.name is not None:
            return value
        return replace(value, name=self._names.get(RecordId(value.record_type, value.record_id)))


def _nameless(value: Value) -> list[RecordId]:
    """The targets of a value's references that came without a name."""
    items = value if isinstance(value, tuple) else (value,)
    return [
        RecordId(item.record_type, item.record_id)
        for item in items
        if isinstance(item, Reference) and item.name is None
    ]

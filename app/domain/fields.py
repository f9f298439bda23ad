"""A record as a list of fields: each attribute with its value and what may be done to it."""

from dataclasses import dataclass

from app.domain.capabilities import (
    Action,
    Capability,
    ResourceMatrix,
    Source,
    Support,
    attribute_write,
)
from app.domain.records import TITLE_ATTRIBUTES, Record
from app.domain.schema import Attribute, RecordType
from app.domain.values import Raw, Value


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of one record."""

    attribute: Attribute
    value: Value
    is_sent: bool
    """Whether the answer held the attribute at all; empty and absent are not the same."""
    change: Capability
    """Whether a PATCH may change it."""
    has_own_endpoint: bool
    """Whether its items are changed one by one, by calls of their own."""

    @property
    def right(self) -> str:
        """What may be done to it, in a word or two."""
        if isinstance(self.value, Raw):
            return "unreadable"
        if self.change.source is Source.POLICY:
            return "read-only"
        if self.has_own_endpoint:
            return "own endpoint"
        return "editable" if self.change.is_open else "locked"


def record_fields(
    resources: ResourceMatrix, schema: RecordType, record: Record, *, is_read_only: bool
) -> tuple[Field, ...]:
    """The fields of a record in reading order: what it is called, what can be written, the rest, what only it has.

    Within each of these the schema's order holds.
    """
    declared = sorted(schema.attributes, key=_reading_order)
    undeclared = (
        Attribute(name, name, "unknown", description="The schema does not name it.")
        for name in record.attributes
        if name not in schema.attribute_by_name
    )
    return tuple(
        record_field(resources, schema, record, attribute, is_read_only=is_read_only)
        for attribute in (*declared, *undeclared)
    )


def record_field(
    resources: ResourceMatrix,
    schema: RecordType,
    record: Record,
    attribute: Attribute,
    *,
    is_read_only: bool,
) -> Field:
    """One field of a record."""
    return Field(
        attribute,
        record.attributes.get(attribute.api_name),
        attribute.api_name in record.attributes,
        attribute_write(resources, schema, attribute, Action.PATCH, is_read_only=is_read_only),
        resources.attribute_items(schema.api_name, attribute.api_name) is Support.SUPPORTED,
    )


def _reading_order(attribute: Attribute) -> int:
    if attribute.api_name in TITLE_ATTRIBUTES:
        return 0
    return 1 if attribute.is_creatable or attribute.is_updatable else 2

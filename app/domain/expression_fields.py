"""The attributes that an expression names, as far as their schemas are known."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.expression_error import excerpt
from app.domain.schema import Attribute, RecordType

Schemas = Mapping[str, RecordType]
"""The schemas known so far, by record type."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """A name that the schema does not have."""

    message: str
    offset: int
    """Where in the path the wrong name begins."""
    names: tuple[str, ...] = ()
    """What there is."""
    suggestion: str | None = None
    """The whole path that was probably meant."""


def attribute_at(field: str, schema: RecordType | None, schemas: Schemas) -> Attribute | None:
    """The attribute at a dot path; `None` if there is none, or if a schema on the way is not known."""
    *hops, last = field.split(".")
    owner = schema
    for hop in hops:
        owner = None if owner is None else next_owner(owner, hop, schemas)
    return None if owner is None else owner.attribute_by_name.get(last)


def next_owner(owner: RecordType, hop: str, schemas: Schemas) -> RecordType | None:
    """The record type behind a relationship or a reference, if its schema is known."""
    return schemas.get(_target(owner, hop) or "")


def field_fault(field: str, schema: RecordType | None, schemas: Schemas) -> FieldFault | None:
    """What is wrong with a path, up to the first record type whose schema is not known."""
    *hops, last = field.split(".")
    owner, walked = schema, ""
    for hop in hops:
        if owner is None:
            return None
        if hop not in owner.relationship_by_name and hop not in owner.attribute_by_name:
            return _unknown(owner, "relationship", hop, walked)
        owner = next_owner(owner, hop, schemas)
        walked += f"{hop}."
    if owner is None or last in owner.attribute_by_name:
        return None
    if last in owner.relationship_by_name:
        message = f"{last} is a relationship: name one of its attributes, such as {field}.id."
        return FieldFault(message, len(walked), (f"{field}.",), f"{field}.id")
    return _unknown(owner, "attribute", last, walked)


def _unknown(owner: RecordType, what: str, name: str, walked: str) -> FieldFault:
    rows = owner.attributes if what == "attribute" else owner.relationships
    there = tuple(row.api_name for row in rows)
    near = difflib.get_close_matches(name, there, n=1, cutoff=0.6)
    question = f" Did you mean {near[0]}?" if near else ""
    message = f"{owner.api_name} has no {what} {excerpt(name)}.{question}"
    return FieldFault(message, len(walked), there, walked + near[0] if near else None)


def _target(owner: RecordType, hop: str) -> str | None:
    relationship = owner.relationship_by_name.get(hop)
    if relationship is not None:
        return relationship.related_record_type
    attribute = owner.attribute_by_name.get(hop)
    return None if attribute is None else attribute.related_record_type

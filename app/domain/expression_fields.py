"""The names in an expression, as far as their schemas are known."""

import difflib
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.expression_error import excerpt
from app.domain.paths import Schemas, attribute_at, hop_from, path_starts
from app.domain.schema import Attribute, RecordType


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


@dataclass(frozen=True, slots=True)
class Fields:
    """What the names lead to that are asked of one record type."""

    record_type: str | None
    """`None` where its attributes are not known: any name will do."""
    schemas: Schemas

    @classmethod
    def of(cls, schema: RecordType | None, schemas: Schemas) -> "Fields":
        """The names beside one schema, which need not be among the others."""
        if schema is None:
            return cls(None, schemas)
        return cls(schema.api_name, MappingProxyType({**schemas, schema.api_name: schema}))

    def attribute(self, field: str) -> Attribute | None:
        """The attribute at a path; `None` if there is none, or if a schema on the way is not known."""
        return (
            None
            if self.record_type is None
            else attribute_at(field, self.record_type, self.schemas)
        )

    def owner(self, hops: list[str]) -> RecordType | None:
        """The record type to which steps lead; `None` if it is not known."""
        owner = self.schemas.get(self.record_type or "")
        for name in hops:
            hop = None if owner is None else hop_from(owner, name)
            owner = None if hop is None else self.schemas.get(hop.target or "")
        return owner

    def fault(self, field: str) -> FieldFault | None:
        """What is wrong with a path, up to the first record type whose schema is not known."""
        *hops, last = field.split(".")
        owner = self.owner([])
        for index, name in enumerate(hops):
            if owner is None:
                return None
            hop = hop_from(owner, name)
            if hop is None:
                there = tuple(hop.name for hop in path_starts(owner))
                return _unknown(owner, "relationship", name, hops[:index], there)
            owner = self.schemas.get(hop.target or "")
        if owner is None or last in owner.attribute_by_name:
            return None
        if last in owner.relationship_by_name:
            message = f"{last} is a relationship: name one of its attributes, such as {field}.id."
            return FieldFault(message, len(field) - len(last), (f"{field}.",), f"{field}.id")
        there = tuple(row.api_name for row in owner.attributes)
        return _unknown(owner, "attribute", last, hops, there)


def _unknown(
    owner: RecordType, what: str, name: str, hops: list[str], there: tuple[str, ...]
) -> FieldFault:
    walked = "".join(f"{hop}." for hop in hops)
    near = difflib.get_close_matches(name, there, n=1, cutoff=0.6)
    question = f" Did you mean {near[0]}?" if near else ""
    message = f"{owner.api_name} has no {what} {excerpt(name)}.{question}"
    return FieldFault(message, len(walked), there, walked + near[0] if near else None)

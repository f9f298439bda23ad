"""Dot paths: an attribute of the record type asked for, or over relationships and references one of another type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.schema import Attribute, RecordType

Schemas = Mapping[str, RecordType]
"""The schemas known so far, by API name."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step to other records: over a relationship, or over an attribute that refers to them."""

    name: str
    target: str | None
    """The record type it leads to; `None` for a reference of which the schema does not say."""
    is_to_many: bool


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a path leads."""

    hops: tuple[Hop, ...]
    owner: RecordType
    """The record type that has the attribute."""
    attribute: Attribute

    @property
    def is_many(self) -> bool:
        """Whether one record can have several values there; a condition holds if it holds for one of them."""
        return self.attribute.is_array or any(hop.is_to_many for hop in self.hops)


@dataclass(frozen=True, slots=True)
class SchemaMissing:
    """The path goes through a record type whose schema is not known: it may be right."""

    record_type: str | None
    """`None`: not even its name is known."""


@dataclass(frozen=True, slots=True)
class NoSuchName:
    """A name of the path that its record type does not have."""

    owner: RecordType
    name: str
    index: int
    """Its place among the names of the path."""
    is_hop: bool
    """Whether a relationship or reference was to stand there, not an attribute."""


PathAnswer = Resolved | SchemaMissing | NoSuchName
"""What a path is, as far as the schemas tell."""


def resolve_path(field: str, record_type: str, schemas: Schemas) -> PathAnswer:
    """Follow a path from a record type."""
    *names, last = field.split(".")
    hops: list[Hop] = []
    here: str | None = record_type
    for index, name in enumerate(names):
        schema = _known(here, schemas)
        if schema is None:
            return SchemaMissing(here)
        hop = hop_from(schema, name)
        if hop is None:
            return NoSuchName(schema, name, index, is_hop=True)
        hops.append(hop)
        here = hop.target
    schema = _known(here, schemas)
    if schema is None:
        return SchemaMissing(here)
    attribute = schema.attribute_by_name.get(last)
    if attribute is None:
        return NoSuchName(schema, last, len(names), is_hop=False)
    return Resolved(tuple(hops), schema, attribute)


def attribute_at(field: str, record_type: str, schemas: Schemas) -> Attribute | None:
    """The attribute a path leads to; `None` if there is none, or none that is known."""
    answer = resolve_path(field, record_type, schemas)
    return answer.attribute if isinstance(answer, Resolved) else None


def hop_from(schema: RecordType, name: str) -> Hop | None:
    """The step that a name makes from a record type; `None` if it makes none."""
    relationship = schema.relationship_by_name.get(name)
    if relationship is not None:
        return Hop(name, relationship.related_record_type, relationship.is_array)
    attribute = schema.attribute_by_name.get(name)
    return None if attribute is None else _reference(attribute)


def path_starts(schema: RecordType) -> tuple[Hop, ...]:
    """Every step that can be made from a record type, relationships first."""
    over = {
        row.api_name: Hop(row.api_name, row.related_record_type, row.is_array)
        for row in reversed(schema.relationships)
    }
    found = (_reference(row) for row in schema.attribute_by_name.values())
    references = {hop.name: hop for hop in found if hop is not None and hop.name not in over}
    return (*reversed(over.values()), *reversed(references.values()))


def missing_schemas(fields: Iterable[str], record_type: str, schemas: Schemas) -> tuple[str, ...]:
    """The record types whose schemas are needed next to follow these paths; each once."""
    answers = (resolve_path(field, record_type, schemas) for field in fields)
    missing = (answer.record_type for answer in answers if isinstance(answer, SchemaMissing))
    return tuple(dict.fromkeys(name for name in missing if name is not None))


def _known(record_type: str | None, schemas: Schemas) -> RecordType | None:
    return None if record_type is None else schemas.get(record_type)


def _reference(attribute: Attribute) -> Hop | None:
    """The step over an attribute; `None` if it refers to nothing, or if no query may use it."""
    refers = attribute.value_type == "record_reference" or attribute.related_record_type is not None
    if not refers or not attribute.is_filterable:
        return None
    return Hop(attribute.api_name, attribute.related_record_type, attribute.is_array)

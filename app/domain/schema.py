"""Record types as a schema describes them: attributes, relationships, junctions.

Source of the fields: Public API v2 reference, "introspect a record type's public schema".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from app.domain.values import Option, ValueType, value_type


@dataclass(frozen=True, slots=True)
class Attribute:
    """A typed field of a record type, with the rights the schema declares for it."""

    api_name: str
    display_name: str
    value_type: str
    """The API's name of the value type; may be one this version does not know."""
    is_array: bool = False
    is_creatable: bool = False
    is_updatable: bool = False
    is_required_on_create: bool = False
    is_unique: bool = False
    is_custom: bool = False
    is_sortable: bool = False
    is_filterable: bool = False
    filter_operators: tuple[str, ...] = ()
    """Operators the server accepts for it, in the server's order; may hold names this version does not know."""
    description: str = ""
    related_record_type: str | None = None
    """Where a reference points, if the schema says so."""
    options: tuple[Option, ...] = ()
    """The choices, if the schema lists them."""

    @property
    def type_row(self) -> ValueType:
        """The row of the value type's table."""
        return value_type(self.value_type)


@dataclass(frozen=True, slots=True)
class Relationship:
    """A named connection from one record type to another."""

    api_name: str
    display_name: str
    related_record_type: str
    is_creatable: bool = False
    is_updatable: bool = False
    is_array: bool = True
    is_custom: bool = False
    description: str = ""
    inverse_api_name: str | None = None
    """The same connection's name on the other side."""
    junction_record_type: str | None = None
    """The record type a many-to-many connection goes through; its attributes are edge attributes."""


@dataclass(frozen=True)
class RecordType:
    """A kind of record and all that its schema says."""

    api_name: str
    display_name: str
    is_custom: bool = False
    is_junction: bool = False
    supports_custom_fields: bool = False
    attributes: tuple[Attribute, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    description: str = ""
    object_id: str | None = None
    """The server's own id of a custom object."""
    oddities: tuple[str, ...] = ()
    """What in the schema answer could not be read and was left out, in words; not yet sanitised."""

    @cached_property
    def attribute_by_name(self) -> Mapping[str, Attribute]:
        """Attributes by API name; of two with one name the first counts."""
        return MappingProxyType({row.api_name: row for row in reversed(self.attributes)})

    @cached_property
    def relationship_by_name(self) -> Mapping[str, Relationship]:
        """Relationships by API name."""
        return MappingProxyType({row.api_name: row for row in reversed(self.relationships)})

    def pointer(self, api_name: str) -> str:
        """Where the schema declares an attribute, as a JSON pointer into the schema answer."""
        for index, attribute in enumerate(self.attributes):
            if attribute.api_name == api_name:
                return f"/attributes/{index}"
        return "/attributes"

    @property
    def related_record_types(self) -> tuple[tuple[str, str], ...]:
        """Every record type this schema names, with how: (`renewal`, `contact.renewals`); each name once."""
        found: dict[str, str] = {}
        for relationship in self.relationships:
            found.setdefault(
                relationship.related_record_type, f"{self.api_name}.{relationship.api_name}"
            )
        for relationship in self.relationships:
            if relationship.junction_record_type is not None:
                found.setdefault(
                    relationship.junction_record_type,
                    f"junction of {self.api_name}.{relationship.api_name}",
                )
        return tuple(found.items())

"""The schema answer of Public API v2 and its translation.

Source: reference, "introspect a record type's public schema"; contract 3.7. `options` and `related_object_api_name` inside
`type_info` are ours: the documentation shows two of its keys and hints at more per type. Readers must do without them.
"""

from typing import Any

from pydantic import Field, ValidationError

from app.domain.schema import Attribute, RecordType, Relationship
from app.domain.values import Option
from app.wire.endpoint import Shape
from app.wire.public_v2.values import CODECS


class TypeInfoShape(Shape):
    """What kind of value an attribute holds."""

    is_array: bool = False
    value_type: str = "unknown"
    related_object_api_name: str | None = None
    options: list[Any] = Field(default_factory=list)


class AttributeShape(Shape):
    """One attribute; every flag is false unless said otherwise."""

    api_name: str
    display_name: str | None = None
    is_creatable: bool = False
    is_updatable: bool = False
    type_info: TypeInfoShape = Field(default_factory=TypeInfoShape)
    description: str | None = None
    is_required_on_create: bool = False
    is_unique: bool = False
    is_custom: bool = False
    is_sortable: bool = False
    is_filterable: bool = False
    filter_operators: list[str] = Field(default_factory=list)


class RelationshipShape(Shape):
    """One relationship."""

    api_name: str
    display_name: str | None = None
    related_object_api_name: str
    is_creatable: bool = False
    is_updatable: bool = False
    description: str | None = None
    related_object_relationship_api_name: str | None = None
    junction_object_api_name: str | None = None
    is_custom: bool = False
    is_array: bool = True


class SchemaAnswer(Shape):
    """The answer of `_schema`; entries are read one by one, so that one odd entry does not hide the others."""

    api_name: str
    display_name: str | None = None
    is_custom: bool = False
    is_junction: bool = False
    supports_custom_fields: bool = False
    attributes: list[Any] = Field(default_factory=list)
    relationships: list[Any] = Field(default_factory=list)
    description: str | None = None
    object_id: str | None = None


def schema_to_domain(answer: SchemaAnswer) -> RecordType:
    """A record type; entries that cannot be read are left out and named in `oddities`."""
    oddities: list[str] = []
    attributes: list[Attribute] = []
    relationships: list[Relationship] = []
    for index, entry in enumerate(answer.attributes):
        try:
            attributes.append(_attribute(AttributeShape.model_validate(entry)))
        except ValidationError as error:
            oddities.append(_oddity(f"/attributes/{index}", error))
    for index, entry in enumerate(answer.relationships):
        try:
            relationships.append(_relationship(RelationshipShape.model_validate(entry)))
        except ValidationError as error:
            oddities.append(_oddity(f"/relationships/{index}", error))
    return RecordType(
        answer.api_name,
        answer.display_name or answer.api_name,
        answer.is_custom,
        answer.is_junction,
        answer.supports_custom_fields,
        tuple(attributes),
        tuple(relationships),
        answer.description or "",
        answer.object_id,
        tuple(oddities),
    )


def _oddity(pointer: str, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = "/".join(str(part) for part in first["loc"])
    return f"{pointer}/{where}: {first['msg']}"


def _attribute(shape: AttributeShape) -> Attribute:
    return Attribute(
        api_name=shape.api_name,
        display_name=shape.display_name or shape.api_name,
        value_type=shape.type_info.value_type,
        is_array=shape.type_info.is_array,
        is_creatable=shape.is_creatable,
        is_updatable=shape.is_updatable,
        is_required_on_create=shape.is_required_on_create,
        is_unique=shape.is_unique,
        is_custom=shape.is_custom,
        is_sortable=shape.is_sortable,
        is_filterable=shape.is_filterable,
        filter_operators=tuple(shape.filter_operators),
        description=shape.description or "",
        related_record_type=shape.type_info.related_object_api_name,
        options=_options(shape.type_info.options),
    )


def _options(entries: list[Any]) -> tuple[Option, ...]:
    decoded = []
    for entry in entries:
        try:
            option = CODECS["select"].decode(entry)
        except ValueError:
            continue
        if isinstance(option, Option):
            decoded.append(option)
    return tuple(decoded)


def _relationship(shape: RelationshipShape) -> Relationship:
    return Relationship(
        api_name=shape.api_name,
        display_name=shape.display_name or shape.api_name,
        related_record_type=shape.related_object_api_name,
        is_creatable=shape.is_creatable,
        is_updatable=shape.is_updatable,
        is_array=shape.is_array,
        is_custom=shape.is_custom,
        description=shape.description or "",
        inverse_api_name=shape.related_object_relationship_api_name,
        junction_record_type=shape.junction_object_api_name,
    )

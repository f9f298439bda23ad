"""The schema answer, from the catalogue.

Source: reference, "introspect a record type's public schema"; contract 3.7. `options` and `related_object_api_name` inside
`type_info` are ours.
"""

from app.domain.values import Json
from app.server.compact import compact
from app.server.public_v2.values import option_json
from app.server.store.definitions import (
    AttributeDefinition,
    RecordTypeDefinition,
    RelationshipDefinition,
)


def schema_json(definition: RecordTypeDefinition) -> bytes:
    """The answer of `_schema` for a record type."""
    answer: dict[str, Json] = {
        "api_name": definition.api_name,
        "display_name": definition.display_name,
        "is_custom": definition.is_custom,
        "is_junction": definition.is_junction,
        "supports_custom_fields": definition.supports_custom_fields,
        "attributes": [_attribute(row) for row in definition.visible],
        "relationships": [_relationship(row) for row in definition.relationships],
        "description": definition.description,
    }
    if definition.object_id is not None:
        answer["object_id"] = definition.object_id
    return compact(answer).encode()


def _attribute(row: AttributeDefinition) -> Json:
    type_info: dict[str, Json] = {"is_array": row.is_array, "value_type": row.value_type}
    if row.related_record_type is not None:
        type_info["related_object_api_name"] = row.related_record_type
    if row.options:
        type_info["options"] = [option_json(option, row.value_type) for option in row.options]
    return {
        "api_name": row.api_name,
        "display_name": row.display_name,
        "is_creatable": row.is_creatable,
        "is_updatable": row.is_updatable,
        "type_info": type_info,
        "description": row.description,
        "is_required_on_create": row.is_required_on_create,
        "is_unique": row.is_unique,
        "is_custom": row.is_custom,
        "is_sortable": row.is_sortable,
        "is_filterable": row.is_filterable,
        "filter_operators": [name.value for name in row.filter_operators],
    }


def _relationship(row: RelationshipDefinition) -> Json:
    return {
        "api_name": row.api_name,
        "display_name": row.display_name,
        "related_object_api_name": row.related_record_type,
        "is_creatable": row.is_creatable,
        "is_updatable": row.is_updatable,
        "description": row.description,
        "related_object_relationship_api_name": row.inverse_api_name,
        "junction_object_api_name": row.junction_record_type,
        "is_custom": row.is_custom,
        "is_array": row.is_array,
    }

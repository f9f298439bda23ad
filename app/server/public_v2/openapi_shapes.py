"""The JSON of Public API v2 as JSON Schema: values, records, questions, links, writes.

What the answers of a workspace hold follows its catalogue; what all workspaces share is described here once, and the tests
hold real answers against it. Nothing is left open: a member that is not described is not sent.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from app.domain.operators import OPERATORS
from app.domain.query import DEFAULT_LIMIT, MAX_SORTS, Direction, GroupKind
from app.domain.schema import Attribute
from app.domain.values import Json, Option
from app.server.public_v2.questions import MAX_LIMIT
from app.server.refusals import STATUS
from app.server.store.columns import ADDRESS_PARTS
from app.server.store.definitions import (
    JSON_TYPE,
    AttributeDefinition,
    RecordTypeDefinition,
    RelationshipDefinition,
)
from app.server.store.filters import MAX_CLAUSES
from app.server.store.paths import MAX_HOPS
from app.wire.public_v2.queries import ACTIVITY_PERIOD
from app.wire.public_v2.values import encode_option

Shape = dict[str, Json]
"""A JSON Schema."""

TEXT: Final[Shape] = {"type": "string"}
FLAG: Final[Shape] = {"type": "boolean"}
UUID: Final[Shape] = {"type": "string", "format": "uuid"}
MOMENT: Final[Shape] = {"type": "string", "format": "date-time"}
TEXT_OR_NULL: Final[Shape] = {"type": ["string", "null"]}
LIMIT: Final[Shape] = {
    "type": "integer",
    "minimum": 1,
    "maximum": MAX_LIMIT,
    "default": DEFAULT_LIMIT,
}


def refer(*name: str) -> Shape:
    """A reference to a component."""
    return {"$ref": "#/components/schemas/" + ".".join(name)}


def closed(members: Mapping[str, Json], optional: Iterable[str] = ()) -> Shape:
    """An object with these members and no others."""
    left_out = frozenset(optional)
    return {
        "type": "object",
        "properties": dict(members),
        "required": [name for name in members if name not in left_out],
        "additionalProperties": False,
    }


def listed(items: Shape) -> Shape:
    """A list."""
    return {"type": "array", "items": items}


def nullable(shape: Shape) -> Shape:
    """The shape, or null."""
    return {"anyOf": [shape, {"type": "null"}]}


_ALWAYS_IN_OPTIONS: Final = frozenset({"id", "api_name", "display_value"})


def _option(value_type: str) -> Shape:
    """A choice; one that was deleted has only three of the members."""
    row = encode_option(Option("", "", ""), value_type)
    assert isinstance(row, dict)
    members: dict[str, Json] = {
        name: TEXT if name in _ALWAYS_IN_OPTIONS else TEXT_OR_NULL for name in row
    }
    if "expected_days" in row:
        members["expected_days"] = {"type": ["integer", "null"]}
    return closed(members, members.keys() - _ALWAYS_IN_OPTIONS)


def _labelled(name: str, shape: Shape) -> Shape:
    return closed({"id": UUID, name: shape, "is_primary": FLAG, "labels": listed(TEXT)})


_EMAIL: Final[Shape] = {"type": "string", "format": "email"}
_NUMBER: Final[Shape] = {"type": "number"}

VALUES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "string": TEXT,
        "long_text": TEXT,
        "rich_text": TEXT,
        "number": _NUMBER,
        "percent": _NUMBER,
        "currency": closed({"amount": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}}),
        "boolean": FLAG,
        "timestamp": MOMENT,
        "date": {"type": "string", "format": "date"},
        "time": {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}:[0-9]{2}$"},
        "email": _EMAIL,
        "phone_number": TEXT,
        "url": TEXT,
        "uuid": UUID,
        "enum": TEXT,
        "select": _option("select"),
        "contact_stage": _option("contact_stage"),
        "account_stage": _option("account_stage"),
        "opportunity_stage": _option("opportunity_stage"),
        "record_reference": closed(
            {"related_record_id": UUID, "related_record_type": TEXT, "display_name": TEXT_OR_NULL},
            ["display_name"],
        ),
        "contact_email": _labelled("email", _EMAIL),
        "contact_phone_number": _labelled("phone_number", TEXT),
        "address": closed(dict.fromkeys(ADDRESS_PARTS, TEXT_OR_NULL)),
        "account_domain": closed({"domain_name": TEXT, "is_primary": FLAG, "status": TEXT}),
    }
)
"""What each value type holds in an answer, null aside."""

_MATCH: Final[Shape] = closed(
    {"related_record_match": {"type": "object", "minProperties": 1, "maxProperties": 1}}
)
_OBJECT: Final[Shape] = {"type": "object"}

_ALSO_WRITTEN: Final[Mapping[str, tuple[Shape, ...]]] = MappingProxyType(
    {"currency": (_NUMBER, TEXT), "record_reference": (UUID, _MATCH)}
    | dict.fromkeys(("select", "contact_stage", "account_stage", "opportunity_stage"), (TEXT,))
    | dict.fromkeys(("contact_email", "contact_phone_number", "account_domain"), (_OBJECT,))
    | {"address": (_OBJECT,), "time": (TEXT,), "number": (TEXT,), "percent": (TEXT,)}
)
"""What a write takes beside the form that is read. Source: contract 3.3."""


def value_shapes() -> Shape:
    """The components of values: how each type is read, in its envelope, and how it may be written."""
    shapes: Shape = {}
    for name, shape in VALUES.items():
        envelope = closed({"value_type": {"const": name}, "value": nullable(shape)})
        raw: list[Json] = [shape, *_ALSO_WRITTEN.get(name, ())]
        enveloped = closed({"value_type": {"const": name}, "value": {"anyOf": [*raw, _NULL]}})
        shapes[f"value.{name}"] = envelope
        shapes[f"written.{name}"] = {"anyOf": [*raw, enveloped, _NULL]}
    return shapes


_NULL: Final[Shape] = {"type": "null"}


def _about(row: AttributeDefinition | Attribute, shape: Shape) -> Shape:
    about = shape | {"title": row.display_name}
    return about | {"description": row.description} if row.description else about


def attributes_shape(rows: Iterable[AttributeDefinition]) -> Shape:
    """Attributes as an answer has them: all of them, empty or not."""
    members: dict[str, Json] = {}
    for row in rows:
        value = refer("value", row.value_type)
        members[row.api_name] = _about(row, listed(value) if row.is_array else value)
    return closed(members)


def record_shape(definition: RecordTypeDefinition) -> Shape:
    """A record."""
    plain: dict[str, Json] = {
        row.api_name: {"type": ["object", "null"]}
        for row in definition.attributes
        if row.value_type == JSON_TYPE
    }
    members: dict[str, Json] = {
        "id": UUID,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "attributes": attributes_shape(definition.visible),
        "record_type": {"const": definition.api_name},
    }
    return closed(members | plain)


def page_shape(record_type: str) -> Shape:
    """What a query answers."""
    return closed({"data": listed(refer("record", record_type)), "next_cursor": TEXT_OR_NULL})


def written_shape(rows: Iterable[AttributeDefinition | Attribute], *, is_create: bool) -> Shape:
    """Attributes as a create or a patch takes them."""
    members: dict[str, Json] = {}
    required: list[Json] = []
    for row in rows:
        if not (row.is_creatable if is_create else row.is_updatable):
            continue
        value = refer("written", row.value_type)
        members[row.api_name] = _about(row, nullable(listed(value)) if row.is_array else value)
        if is_create and row.is_required_on_create:
            required.append(row.api_name)
    shape: Shape = {"type": "object", "properties": members, "additionalProperties": False}
    return shape | {"required": required} if required else shape


def question_shape(definition: RecordTypeDefinition, scopes: Mapping[str, str]) -> Shape:
    """A body of `_query`: in the filter language, or in words of the resource's own."""
    paging: dict[str, Json] = {"limit": LIMIT, "cursor": TEXT_OR_NULL}
    if scopes:
        words: dict[str, Json] = dict.fromkeys(scopes.values(), UUID)
        words |= dict.fromkeys(ACTIVITY_PERIOD.values(), MOMENT)
        asked: list[Json] = [{"required": [word]} for word in (*scopes.values(), "cursor")]
        members = words | paging
        return closed(members, members) | {"anyOf": asked}
    sortable = [row.api_name for row in definition.visible if row.is_sortable]
    sort = closed(
        {
            "field": {"enum": [*dict.fromkeys([*_SORTED_ALWAYS, *sortable])]},
            "direction": {"enum": [row.value for row in Direction], "default": Direction.ASC.value},
        },
        ["direction"],
    )
    members = {
        "filters": listed(refer("filter", definition.api_name)) | {"maxItems": MAX_CLAUSES},
        "sort": listed(sort) | {"maxItems": MAX_SORTS},
        **paging,
    }
    return closed(members, members)


_SORTED_ALWAYS: Final = ("id", "created_at", "updated_at")


def filter_shape(definition: RecordTypeDefinition) -> Shape:
    """A condition, or a group of them; a path follows relationships and references to another record type's attribute."""
    own = [row.api_name for row in definition.visible if row.is_filterable]
    node = refer("filter", definition.api_name)
    path: Shape = {"type": "string", "pattern": rf"^([a-z0-9_]+\.){{1,{MAX_HOPS}}}[a-z0-9_]+$"}
    leaf = closed(
        {
            "field": {"anyOf": [{"enum": [*own]}, path]},
            "operator": {"enum": [name.value for name in OPERATORS]},
            "value": True,
        },
        ["value"],
    )
    groups: list[Json] = [
        closed({kind.value: node if kind is GroupKind.NOT else listed(node) | {"minItems": 1}})
        for kind in GroupKind
    ]
    return {"anyOf": [leaf, *groups]}


def link_shape(
    relationship: RelationshipDefinition,
    junction: RecordTypeDefinition | None,
    edge: Iterable[AttributeDefinition],
) -> Shape:
    """One link; with attributes of its own if it goes through a junction."""
    through: Shape = {"type": "null"}
    if junction is not None:
        through = closed(
            {
                "id": UUID,
                "record_type": {"const": junction.api_name},
                "attributes": attributes_shape(edge),
            }
        )
    return closed(
        {
            "related_record_id": UUID,
            "related_record_type": {"const": relationship.related_record_type},
            "through": through,
        }
    )


def links_shape(record_type: str, relationship: RelationshipDefinition, *, is_page: bool) -> Shape:
    """A page of links, or the one link of a write."""
    members: dict[str, Json] = {
        "parent": closed({"id": UUID, "record_type": {"const": record_type}}),
        "api_name": {"const": relationship.api_name},
    }
    link = refer("link", record_type, relationship.api_name)
    if is_page:
        return closed(members | {"items": listed(link), "next_cursor": TEXT_OR_NULL})
    return closed(members | {"item": link})


_ATTRIBUTE: Final[Shape] = closed(
    {
        "api_name": TEXT,
        "display_name": TEXT,
        "is_creatable": FLAG,
        "is_updatable": FLAG,
        "type_info": closed(
            {
                "is_array": FLAG,
                "value_type": {"enum": [*VALUES]},
                "related_object_api_name": TEXT,
                "options": listed(_OBJECT),
            },
            ["related_object_api_name", "options"],
        ),
        "description": TEXT,
        "is_required_on_create": FLAG,
        "is_unique": FLAG,
        "is_custom": FLAG,
        "is_sortable": FLAG,
        "is_filterable": FLAG,
        "filter_operators": listed({"enum": [name.value for name in OPERATORS]}),
    }
)
_RELATIONSHIP: Final[Shape] = closed(
    {
        "api_name": TEXT,
        "display_name": TEXT,
        "related_object_api_name": TEXT,
        "is_creatable": FLAG,
        "is_updatable": FLAG,
        "description": TEXT,
        "related_object_relationship_api_name": TEXT_OR_NULL,
        "junction_object_api_name": TEXT_OR_NULL,
        "is_custom": FLAG,
        "is_array": FLAG,
    }
)
SCHEMA: Final[Shape] = closed(
    {
        "api_name": TEXT,
        "display_name": TEXT,
        "is_custom": FLAG,
        "is_junction": FLAG,
        "supports_custom_fields": FLAG,
        "attributes": listed(_ATTRIBUTE),
        "relationships": listed(_RELATIONSHIP),
        "description": TEXT,
        "object_id": TEXT,
    },
    ["object_id"],
)
"""The schema answer. Source: contract 3.7."""

ERROR: Final[Shape] = closed(
    {
        "error": closed(
            {
                "code": {"enum": [*STATUS]},
                "message": TEXT,
                "field": TEXT_OR_NULL,
                "details": True,
            }
        )
    }
)
"""Every refusal. Source: contract 4.2."""

HEALTH: Final[Shape] = closed({"status": {"const": "ok"}, "features": listed(TEXT)})
"""The health answer. Source: contract 7, no. 4."""

"""The resource matrix of Public API v2, as data.

Source: Public API v2, Supported Resources (https://help.reevo.ai/Public-API-v2/Supported-Resources). That page wins wherever
pages disagree. The query scopes and create words of `activity` come from the reference pages of its own calls, what links
carry from those of the typed junctions; that the other side of a junction takes the same is a choice (contract 7, no. 35).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.capabilities import (
    Action,
    AttributeItemsRule,
    RelationshipRule,
    ResourceMatrix,
    ResourceRule,
    Support,
)
from app.domain.schema import Attribute

_YES: Final = Support.SUPPORTED
_NONE: Final = Support.NOT_AVAILABLE
_405: Final = Support.EXPLICIT_405


def _cells(
    create: Support,
    read: Support,
    query: Support,
    patch: Support,
    archive: Support,
    assert_: Support,
) -> Mapping[Action, Support]:
    """The first six columns of a row, in the page's order."""
    return MappingProxyType(
        {
            Action.CREATE: create,
            Action.READ: read,
            Action.QUERY: query,
            Action.PATCH: patch,
            Action.ARCHIVE: archive,
            Action.ASSERT: assert_,
        }
    )


def _word(name: str, value_type: str, *, is_array: bool = False) -> Attribute:
    label = name.removesuffix("_id").replace("_", " ").capitalize()
    return Attribute(name, label, value_type, is_array=is_array, is_creatable=True)


ACTIVITY_METADATA: Final = (
    _word("activity_time", "timestamp"),
    _word("subject", "string"),
    _word("description", "long_text"),
    _word("category", "enum"),
)
"""What stands under `metadata` in the body that logs an activity. Source: reference, "log a manual activity"."""

ACTIVITY_WORDS: Final = (
    *ACTIVITY_METADATA,
    _word("type", "enum"),
    _word("account_id", "uuid"),
    _word("opportunity_id", "uuid"),
    _word("contact_ids", "uuid", is_array=True),
    _word("sequence_id", "uuid"),
    _word("pipeline_select_list_value_id", "uuid"),
)
"""Everything that body takes."""

_NO_SCOPES: Final[Mapping[str, str]] = MappingProxyType({})
_ROLE: Final = Attribute("role", "Role", "string", is_creatable=True, is_updatable=True)
_PRIMARY: Final = Attribute(
    "is_primary", "Primary", "boolean", is_creatable=True, is_updatable=True
)
_WITH_ROLE: Final = (_ROLE, _PRIMARY)
_REFUSED_ITEMS: Final = AttributeItemsRule((), Support.UNSUPPORTED_400)

_ROWS: Final = (
    ResourceRule(
        "contact",
        _cells(_YES, _YES, _YES, _YES, _YES, _YES),
        RelationshipRule(
            typed=("accounts", "opportunities"),
            edge_attributes=MappingProxyType(
                {"accounts": _WITH_ROLE, "opportunities": (_PRIMARY,)}
            ),
        ),
        AttributeItemsRule(("contact_emails", "contact_phone_numbers"), Support.UNSUPPORTED_400),
        _NO_SCOPES,
        "The stage changes by PATCH on the attribute stage.",
    ),
    ResourceRule(
        "account",
        _cells(_YES, _YES, _YES, _YES, _YES, _YES),
        RelationshipRule(
            typed=("contacts",), edge_attributes=MappingProxyType({"contacts": _WITH_ROLE})
        ),
        AttributeItemsRule(("domains",), Support.NOT_ROUTED),
        _NO_SCOPES,
        "The lifecycle stage changes by PATCH on the attribute current_stage_id.",
    ),
    ResourceRule(
        "opportunity",
        _cells(_YES, _YES, _YES, _YES, _YES, _NONE),
        RelationshipRule(
            typed=("contacts",), edge_attributes=MappingProxyType({"contacts": (_PRIMARY,)})
        ),
        _REFUSED_ITEMS,
        _NO_SCOPES,
        "The stage changes by PATCH on the attribute stage.",
    ),
    ResourceRule(
        "task",
        _cells(_YES, _YES, _YES, _YES, _YES, _NONE),
        RelationshipRule(),
        _REFUSED_ITEMS,
        _NO_SCOPES,
    ),
    ResourceRule(
        "note",
        _cells(_YES, _YES, _YES, _YES, _YES, _NONE),
        RelationshipRule(),
        _REFUSED_ITEMS,
        _NO_SCOPES,
    ),
    ResourceRule(
        "meeting",
        _cells(_405, _YES, _YES, _405, _405, _NONE),
        RelationshipRule(is_writable=False),
        _REFUSED_ITEMS,
        _NO_SCOPES,
        "Meeting writes are intentionally read-only; meetings come from the calendar.",
    ),
    ResourceRule(
        "activity",
        _cells(_YES, _NONE, _YES, _NONE, _NONE, _NONE),
        None,
        AttributeItemsRule(),
        MappingProxyType(
            {"contact": "contact_id", "account": "account_id", "opportunity": "opportunity_id"}
        ),
        "Activity is append-only: create activity logs and query them.",
        create_words=ACTIVITY_WORDS,
    ),
)

_CUSTOM: Final = ResourceRule(
    "custom objects",
    _cells(_YES, _YES, _YES, _YES, _YES, _NONE),
    RelationshipRule(),
    AttributeItemsRule(),
    _NO_SCOPES,
)

RESOURCES: Final = ResourceMatrix(
    "Public API v2",
    "Public API v2, Supported Resources",
    MappingProxyType({row.resource: row for row in _ROWS}),
    _CUSTOM,
)
"""What Public API v2 supports, per resource and action."""

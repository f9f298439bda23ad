"""The resource matrix of Public API v2, as data.

Source: Public API v2, Supported Resources (https://help.reevo.ai/Public-API-v2/Supported-Resources). That page wins wherever
pages disagree. The query scopes of `activity` come from the reference page of its own query.
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


_NO_SCOPES: Final[Mapping[str, str]] = MappingProxyType({})
_REFUSED_ITEMS: Final = AttributeItemsRule((), Support.UNSUPPORTED_400)

_ROWS: Final = (
    ResourceRule(
        "contact",
        _cells(_YES, _YES, _YES, _YES, _YES, _YES),
        RelationshipRule(typed=("accounts", "opportunities")),
        AttributeItemsRule(("contact_emails", "contact_phone_numbers"), Support.UNSUPPORTED_400),
        _NO_SCOPES,
        "The stage changes by PATCH on the attribute stage.",
    ),
    ResourceRule(
        "account",
        _cells(_YES, _YES, _YES, _YES, _YES, _YES),
        RelationshipRule(typed=("contacts",)),
        AttributeItemsRule(("domains",), Support.NOT_ROUTED),
        _NO_SCOPES,
        "The lifecycle stage changes by PATCH on the attribute current_stage_id.",
    ),
    ResourceRule(
        "opportunity",
        _cells(_YES, _YES, _YES, _YES, _YES, _NONE),
        RelationshipRule(typed=("contacts",)),
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

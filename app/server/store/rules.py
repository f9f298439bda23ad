"""Special rules of standard record types, as data.

Source: Public API v2, Core Objects and the object pages; contract 5 and 7.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Words = Mapping[str, str]


def _by_type(**rows: Words) -> Mapping[str, Words]:
    return MappingProxyType({name: MappingProxyType(dict(row)) for name, row in rows.items()})


MIRRORS: Final = _by_type(
    contact={"primary_email": "contact_emails", "primary_phone_number": "contact_phone_numbers"}
)
"""Attributes that repeat the primary item of a list-like one. Source: contract 7, nos. 25 and 26."""

MATCH_KEYS: Final = _by_type(account={"domain_name": "domains"})
"""Match keys that are no attributes, and the attributes they mean. Source: Public API v2, Accounts."""

ASSERT_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"contact": ("contact_emails", "primary_email", "id"), "account": ("domain_name", "id")}
)
"""What `_assert` matches by. Source: contract 3.5."""

DEFAULTS: Final = _by_type(
    task={"status": "OPEN", "priority": "MEDIUM", "type": "REMINDER", "source_type": "MANUAL"}
)
"""What enums hold where a create does not say. Source: contract 5, task."""

COMPOSED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {"contact": ("display_name", ("first_name", "middle_name", "last_name"))}
)
"""An attribute that is made of others, side by side. Source: contract 5, contact."""

OWN_CALLS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"account": frozenset({"domains"})}
)
"""Attributes that only calls of their own change. Source: Public API v2, Accounts."""

OUTCOMES: Final[Words] = MappingProxyType({"closed_won": "WON", "closed_lost": "LOST"})
"""Stages that close an opportunity, and its outcome then. Source: contract 5, opportunity."""

EARLY_STAGES: Final = frozenset({"discovery", "qualification"})
"""Stages in which an opportunity's status is PROSPECT; in the others it is DEAL."""

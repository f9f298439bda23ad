"""Special rules of standard record types, as data.

Source: Public API v2, Core Objects and the object pages; contract 5 and 7.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

MIRRORS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "contact": MappingProxyType(
            {
                "primary_email": "contact_emails",
                "primary_phone_number": "contact_phone_numbers",
            }
        )
    }
)
"""Attributes that repeat the primary item of a list-like one, by record type. Source: contract 7, nos. 25 and 26."""

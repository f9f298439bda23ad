"""The custom objects of the sample: subscriptions, sites and devices.

Contacts and accounts know subscriptions and sites; a device is known only by its site and its subscription, so one reaches
it in two steps. The three together hold the value types that the standard record types do not.
"""

from dataclasses import replace
from typing import Final

from app.server.store.definitions import (
    AttributeDefinition,
    OptionDefinition,
    RecordTypeDefinition,
    RelationshipDefinition,
)
from app.server.store.identifiers import name_id
from app.server.store.standard import (
    STANDARD_TYPES,
    attribute,
    inverse_of,
    linked,
    options,
    system_attributes,
    words,
)


def _links(owner: str, *rows: tuple[str, str, str]) -> tuple[RelationshipDefinition, ...]:
    """Relationships of a custom object: own name, related record type, name on the other side."""
    return tuple(replace(linked(owner, *row), is_custom=True) for row in rows)


def _object(
    api_name: str,
    display_name: str,
    description: str,
    attributes: tuple[AttributeDefinition, ...],
    relationships: tuple[RelationshipDefinition, ...],
) -> RecordTypeDefinition:
    owner = attribute("owner_user_id", "record_reference", to="user", indexed=True)
    own = (replace(row, is_custom=True) for row in attributes)
    return RecordTypeDefinition(
        api_name,
        display_name,
        (*system_attributes(), *own, owner),
        relationships,
        is_custom=True,
        supports_custom_fields=True,
        description=description,
        object_id=name_id("custom object", api_name),
    )


def _choices(owner: str, *display_values: str) -> tuple[OptionDefinition, ...]:
    """Choices by what they read; the API names are derived."""
    return options(
        owner,
        *(
            OptionDefinition("", text.lower().replace(" ", "_").replace("-", "_"), text)
            for text in display_values
        ),
    )


_MODULES: Final = ("Reports", "Audit log", "Single sign-on", "Automation", "Data export")

_SUBSCRIPTION: Final = _object(
    "subscription",
    "Subscription",
    "What a customer pays for every month.",
    (
        attribute("display_name", "string", "Name", required=True, indexed=True),
        attribute("product_name", "string", "Product", required=True),
        attribute("plan", "select", options=_choices("subscription.plan", "Starter", "Team", "Business", "Enterprise")),
        attribute("modules", "select", many=True, options=_choices("subscription.modules", *_MODULES)),
        attribute("monthly_amount", "currency", indexed=True),
        attribute("seats", "number"),
        attribute("renews_on", "date", indexed=True),
        attribute("auto_renew", "boolean"),
        attribute("discount", "percent"),
        attribute("status", "enum", options=words("subscription.status", "TRIAL", "ACTIVE", "PAUSED", "CANCELLED")),
    ),
    _links("subscription", ("billing_contacts", "contact", "subscriptions"), ("accounts", "account", "subscriptions")),
)  # fmt: skip

_SITE: Final = _object(
    "site",
    "Site",
    "An office or a plant.",
    (
        attribute("display_name", "string", "Name", required=True, indexed=True),
        attribute("kind", "select", options=_choices("site.kind", "Office", "Plant", "Warehouse", "Data center")),
        attribute("address", "address"),
        attribute("opened_on", "date"),
        attribute("opens_at", "time"),
        attribute("headcount", "number"),
        attribute("capacity", "number", "Capacity (kW)"),
        attribute("phone", "phone_number"),
        attribute("email", "email", "Reception e-mail"),
        attribute("website", "url"),
        attribute("directions", "rich_text"),
    ),
    _links(
        "site",
        ("accounts", "account", "sites"),
        ("contacts", "contact", "sites"),
        ("subscriptions", "subscription", "sites"),
    ),
)  # fmt: skip

_DEVICE: Final = _object(
    "device",
    "Device",
    "A thing installed at a site, covered by a subscription.",
    (
        attribute("display_name", "string", "Name", required=True, indexed=True),
        attribute("serial", "string", "Serial number", required=True, unique=True, indexed=True),
        attribute("model", "string"),
        attribute("warranty_until", "date"),
        attribute("notes", "long_text"),
        attribute("factory_id", "uuid"),
    ),
    _links("device", ("sites", "site", "devices"), ("subscriptions", "subscription", "devices")),
)

_CUSTOM: Final = (_SUBSCRIPTION, _SITE, _DEVICE)


def _with_inverses(definition: RecordTypeDefinition) -> RecordTypeDefinition:
    """The record type, knowing also the relationships that custom objects have to it."""
    inverses = (
        inverse_of(custom.api_name, row)
        for custom in _CUSTOM
        for row in custom.relationships
        if row.related_record_type == definition.api_name
    )
    return replace(definition, relationships=(*definition.relationships, *inverses))


SAMPLE_TYPES: Final = tuple(_with_inverses(row) for row in (*STANDARD_TYPES, *_CUSTOM))
"""Every record type of the sample."""

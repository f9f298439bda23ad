"""The calls of Public API v2 that crmdeck makes and the local workspace serves.

Source of the paths: Public API v2 guides and reference; see the contract, section 2.
"""

from typing import Final

from app.wire.endpoint import Endpoint

PREFIX: Final = "/api/v2"
"""Where the API is mounted. Source: Supported Resources."""

HEALTH: Final = Endpoint("GET", "/health", True, "Whether the API is mounted; needs no key")
SCHEMA: Final = Endpoint(
    "GET", "/_schema/{record_type}", True, "Attributes, relationships and rights of a record type"
)
OPENAPI: Final = Endpoint(
    "GET", "/openapi.json", True, "This description of the API; an extension of the local CRM"
)
READ: Final = Endpoint("GET", "/{record_type}/{record_id}", True, "One record")
QUERY: Final = Endpoint("POST", "/{record_type}/_query", True, "A page of records that match")
LINKS: Final = Endpoint(
    "GET",
    "/{record_type}/{record_id}/relationship/{api_name}",
    True,
    "A page of the links of one relationship",
)
CREATE: Final = Endpoint("POST", "/{record_type}", False, "Create a record", is_create=True)
PATCH: Final = Endpoint(
    "PATCH", "/{record_type}/{record_id}", False, "Change attributes of a record"
)
ARCHIVE: Final = Endpoint("DELETE", "/{record_type}/{record_id}", False, "Archive a record")
ASSERT: Final = Endpoint(
    "POST", "/{record_type}/_assert", False, "Create or update by a unique value"
)
ADD_LINK: Final = Endpoint(
    "POST", "/{record_type}/{record_id}/relationship/{api_name}", False, "Add a link"
)
PATCH_LINK: Final = Endpoint(
    "PATCH",
    "/{record_type}/{record_id}/relationship/{api_name}/{target_id}",
    False,
    "Change a typed link",
)
REMOVE_LINK: Final = Endpoint(
    "DELETE",
    "/{record_type}/{record_id}/relationship/{api_name}/{target_id}",
    False,
    "Remove a link",
)
ADD_ITEM: Final = Endpoint(
    "POST", "/{record_type}/{record_id}/attribute/{api_name}", False, "Add an item"
)
PATCH_ITEM: Final = Endpoint(
    "PATCH", "/{record_type}/{record_id}/attribute/{api_name}/{item_id}", False, "Change an item"
)
REMOVE_ITEM: Final = Endpoint(
    "DELETE", "/{record_type}/{record_id}/attribute/{api_name}/{item_id}", False, "Remove an item"
)

REFERENCE_NAMES: Final = "reference-names"
"""Our extension, a preference as in RFC 7240: `Prefer: reference-names` asks a server to add `display_name` to reference
values. Servers that do not know it ignore it; the local workspace answers with `Preference-Applied`."""

IDEMPOTENCY_KEY: Final = "idempotency-key"
"""A feature of the health answer: the header `Idempotency-Key` makes a repeated POST give the first one's answer."""

IF_MATCH: Final = "if-match"
"""A feature of the health answer: the header `If-Match` refuses a change of a record that has changed since it was read.

A record's entity tag is its `updated_at` in quotes, letter for letter as the server writes it."""

READS: Final = (HEALTH, SCHEMA, OPENAPI, READ, QUERY, LINKS)
"""The calls that only read: all that a read-only session lets pass."""

"""Which calls are served: the resource matrix decides, the paths come from the endpoints.

Source: Public API v2, Supported Resources; contract 7, nos. 39, 47 to 49 and 59.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.domain.capabilities import Action, ResourceRule, Support
from app.server.public_v2.relationships import relationship_of
from app.server.refusals import Refusal, quoted
from app.server.store.catalogue import Catalogue
from app.server.store.definitions import RecordTypeDefinition
from app.wire.endpoint import Endpoint
from app.wire.public_v2 import endpoints
from app.wire.public_v2.matrix import RESOURCES

ACTIONS: Final[Mapping[Endpoint, Action]] = MappingProxyType(
    {
        endpoints.QUERY: Action.QUERY,
        endpoints.ASSERT: Action.ASSERT,
        endpoints.CREATE: Action.CREATE,
        endpoints.READ: Action.READ,
        endpoints.PATCH: Action.PATCH,
        endpoints.ARCHIVE: Action.ARCHIVE,
        endpoints.LINKS: Action.RELATIONSHIP_READ,
        endpoints.ADD_LINK: Action.RELATIONSHIP_WRITE,
        endpoints.PATCH_LINK: Action.EDGE_PATCH,
        endpoints.REMOVE_LINK: Action.RELATIONSHIP_WRITE,
        endpoints.ADD_ITEM: Action.ATTRIBUTE_ITEMS,
        endpoints.PATCH_ITEM: Action.ATTRIBUTE_ITEMS,
        endpoints.REMOVE_ITEM: Action.ATTRIBUTE_ITEMS,
    }
)
"""The column of the matrix that each call belongs to; paths listed first are tried first."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A record type that the API serves, and its row of the matrix."""

    definition: RecordTypeDefinition
    rule: ResourceRule


def find_resource(catalogue: Catalogue, record_type: str) -> Resource:
    """The resource with a name. Raises `Refusal`."""
    definition = catalogue.get(record_type)
    if definition is None or not definition.is_routed:
        raise Refusal(
            "unknown_record_type", f"no record type {quoted(record_type)} in this workspace"
        )
    return Resource(definition, RESOURCES.rule(record_type))


def check_served(
    resource: Resource, path: str, endpoint: Endpoint | None, parts: Mapping[str, str]
) -> None:
    """Return if the matrix has the call. `endpoint` is `None` for a method that the path does not have.

    Raises:
        Refusal: what the matrix says instead; whether or not the record exists.
    """
    name = parts.get("api_name")
    if "/attribute/" in path and name is not None:
        _check_items(resource, name)
    elif "/relationship/" in path and name is not None:
        _check_links(resource, endpoint, name)
    elif endpoint is not None:
        _check_cell(resource, ACTIONS[endpoint])
    if endpoint is None:
        raise _not_allowed(resource, "this method")


def _check_items(resource: Resource, name: str) -> None:
    rule = resource.rule.attribute_items
    if name in rule.names:
        return
    if rule.otherwise is Support.UNSUPPORTED_400:
        raise Refusal(
            "sub_resource_not_supported",
            f"{resource.definition.api_name} has no attribute sub-resource {quoted(name)}",
        )
    raise _not_found()


def _check_links(resource: Resource, endpoint: Endpoint | None, name: str) -> None:
    rule = resource.rule.relationships
    if rule is None:
        raise _not_found()
    if endpoint is not None and not endpoint.is_read and not rule.is_writable:
        raise _not_allowed(resource, f"writing {quoted(name)}")
    relationship_of(resource.definition, name)
    if endpoint is endpoints.PATCH_LINK and name not in rule.typed:
        raise _not_allowed(resource, f"changing a link of {quoted(name)}")


def _check_cell(resource: Resource, action: Action) -> None:
    match resource.rule.support(action):
        case Support.SUPPORTED:
            return
        case Support.NOT_AVAILABLE if action is not Action.ASSERT:
            raise _not_found()
        case _:
            raise _not_allowed(resource, action.value)


def _not_found() -> Refusal:
    return Refusal("not_found", "there is no such resource")


def _not_allowed(resource: Resource, what: str) -> Refusal:
    return Refusal("method_not_allowed", f"{resource.definition.api_name} does not allow {what}")

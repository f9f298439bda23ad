"""A question to a workspace: filters, groups, sort. Values are plain JSON, as the API takes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.values import Json

DEFAULT_LIMIT: Final = 50
"""Records per page; the documentation shows 1, 50 and 100."""

MAX_SORTS: Final = 3
"""Explicit sort keys an API query takes. Source: Public API v2, Query Records for Sync."""


class GroupKind(StrEnum):
    """How the nodes of a group combine; a `not` group has exactly one node."""

    AND = "and"
    OR = "or"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one attribute."""

    field: str
    """An attribute's API name, or a dot path over relationships."""
    operator: str
    value: Json = None
    """A list for `in`, `not_in` and `between`; not used by `exists` and `not_exists`."""


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """Several conditions joined, or one negated."""

    kind: GroupKind
    nodes: tuple["Node", ...]


Node = Filter | FilterGroup
"""A part of a question."""


class Direction(StrEnum):
    """Which end comes first."""

    ASC = "asc"
    DESC = "desc"


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key."""

    field: str
    direction: Direction = Direction.ASC

    @classmethod
    def parse(cls, text: str) -> "Sort":
        """`name` or `-name`, as on the command line."""
        return cls(text[1:], Direction.DESC) if text.startswith("-") else cls(text)

    def __str__(self) -> str:
        return f"-{self.field}" if self.direction is Direction.DESC else self.field


@dataclass(frozen=True, slots=True)
class Query:
    """A question to one record type; all top-level filters must hold."""

    record_type: str
    filters: tuple[Node, ...] = ()
    sort: tuple[Sort, ...] = ()
    limit: int = DEFAULT_LIMIT

    @property
    def leaves(self) -> Iterator[Filter]:
        """Every single condition, in order."""
        return (leaf for node in self.filters for leaf in _leaves(node))


def _leaves(node: Node) -> Iterator[Filter]:
    if isinstance(node, Filter):
        yield node
    else:
        for child in node.nodes:
            yield from _leaves(child)

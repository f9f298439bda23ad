"""Limits of a question that no page tells: learned from the first refusal, and forgotten when a deeper question works."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.domain.errors import BackendError
from app.domain.query import FilterGroup, Node, Query

TOO_DEEP: Final = "filter_depth_exceeded"
"""The API's code. Source: Public API v2, Query Records for Sync."""


@dataclass(frozen=True, slots=True)
class DepthLesson:
    """A depth that the server refused."""

    depth: int
    """The least one that is known to be too much."""
    reason: str
    """The server's words; not yet sanitised."""
    number: int | None
    """The request that was refused, by its number in the log."""

    @property
    def evidence(self) -> str:
        """Where this was learned, for people."""
        return "in this session" if self.number is None else f"by request {self.number}"


class QueryLimits:
    """What one session learned of the depth of paths and groups."""

    def __init__(self) -> None:
        self.path: DepthLesson | None = None
        """Of the steps before the attribute of a dot path."""
        self.groups: DepthLesson | None = None
        """Of groups inside groups."""

    def learn(self, query: Query, error: BackendError) -> None:
        """Keep what a refusal teaches; one of another kind teaches nothing.

        The API has one code for all depths: it is the path that it names, else the longest one, and only without any path
        the groups.
        """
        fault = next((row for row in error.faults if row.code == TOO_DEEP), None)
        if fault is None:
            return
        fields = [leaf.field for leaf in query.leaves]
        named = [field for field in fields if field == fault.field]
        depth = max(map(path_depth, named or fields), default=0)
        lesson = DepthLesson(depth or group_depth(query.filters), fault.message, error.number)
        if depth:
            self.path = _shallower(self.path, lesson)
        elif lesson.depth:
            self.groups = _shallower(self.groups, lesson)

    def forget(self, query: Query) -> None:
        """The question worked: a lesson that would have refused it no longer holds."""
        depth = max((path_depth(leaf.field) for leaf in query.leaves), default=0)
        if self.path is not None and depth >= self.path.depth:
            self.path = None
        if self.groups is not None and group_depth(query.filters) >= self.groups.depth:
            self.groups = None


def path_depth(field: str) -> int:
    """The steps of a dot path before its attribute."""
    return field.count(".")


def group_depth(nodes: Iterable[Node]) -> int:
    """How many groups stand inside one another."""
    return max(
        (1 + group_depth(row.nodes) for row in nodes if isinstance(row, FilterGroup)), default=0
    )


def _shallower(known: DepthLesson | None, new: DepthLesson) -> DepthLesson:
    """The stricter one; the first of two that say the same."""
    return new if known is None or new.depth < known.depth else known

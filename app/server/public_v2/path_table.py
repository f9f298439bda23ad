"""What serves a path: few templates and no regular expressions, for every request passes here."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

Served = TypeVar("Served")

Parts = Mapping[str, str]
"""The named parts of a path."""

_Row = tuple[list[tuple[int, str]], list[tuple[int, str]], Served]
"""A template's fixed words and its names, each with its place, and what serves it."""


class PathTable(Generic[Served]):
    """Templates as endpoints have them, `/{record_type}/_query`, and what serves each."""

    def __init__(self, rows: Iterable[tuple[str, Served]]) -> None:
        """Of templates that fit the same path the first counts."""
        self._by_length: dict[int, list[_Row[Served]]] = {}
        for template, served in rows:
            words = [*enumerate(template.split("/"))]
            fixed = [(place, word) for place, word in words if not word.startswith("{")]
            named = [(place, word[1:-1]) for place, word in words if word.startswith("{")]
            self._by_length.setdefault(len(words), []).append((fixed, named, served))

    def find(self, path: str) -> tuple[Served, Parts] | None:
        """What serves a path, and its parts, none of which is empty; `None` for a path that no template fits."""
        given = path.split("/")
        for fixed, named, served in self._by_length.get(len(given), ()):
            if any(given[place] != word for place, word in fixed):
                continue
            parts = {name: given[place] for place, name in named}
            if all(parts.values()):
                return served, parts
        return None

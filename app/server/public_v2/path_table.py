"""What serves a path: few templates and no regular expressions, for every request passes here."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

Served = TypeVar("Served")

Parts = Mapping[str, str]
"""The named parts of a path."""


class PathTable(Generic[Served]):
    """Templates as endpoints have them, `/{record_type}/_query`, and what serves each."""

    def __init__(self, rows: Iterable[tuple[str, Served]]) -> None:
        """Of templates that fit the same path the first counts."""
        self._by_length: dict[int, list[tuple[list[str], Served]]] = {}
        for template, served in rows:
            words = template.split("/")
            self._by_length.setdefault(len(words), []).append((words, served))

    def find(self, path: str) -> tuple[Served, Parts] | None:
        """What serves a path, and its parts, none of which is empty; `None` for a path that no template fits."""
        given = path.split("/")
        for words, served in self._by_length.get(len(given), ()):
            parts = _parts(words, given)
            if parts is not None:
                return served, parts
        return None


def _parts(words: list[str], given: list[str]) -> Parts | None:
    parts = {}
    for word, text in zip(words, given, strict=True):
        if text and word.startswith("{"):
            parts[word[1:-1]] = text
        elif word != text:
            return None
    return parts

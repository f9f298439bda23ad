"""Which clause of a question a server's refusal is about."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.errors import BackendError, Fault
from app.domain.expression import Path
from app.domain.query import Filter, FilterGroup, Node, Query

_POINTER: Final = re.compile(r"(?:^|/)filters((?:/[A-Za-z0-9_]+)+)$")
_PARTS: Final = re.compile(r"/(?:(?:and|or)/([0-9]{1,9})|(not)(?:/0(?=/|$))?|([0-9]{1,9}))(?=/|$)")
_CUT: Final = "…"
"""How a server shows that a long name was cut."""


_OF_SORT: Final = frozenset({"unsortable_field", "sort_too_many_fields"})
"""Codes that speak of the sort, whatever field they name. Source: Public API v2, Query Records for Sync."""


def guilty_clause(query: Query, error: BackendError) -> Path | None:
    """The clause that a refusal names, by its place or by its attribute; `None` if it names none, or several."""
    for fault in error.faults:
        if (path := _guilty(query, fault)) is not None:
            return path
    return None


def guilty_sort(query: Query, error: BackendError) -> int | None:
    """The sort key that a refusal names, from 0; `None` if it names none."""
    named = [fault.field for fault in error.faults if fault.code in _OF_SORT]
    return next((index for index, key in enumerate(query.sort) if key.field in named), None)


def _guilty(query: Query, fault: Fault) -> Path | None:
    if fault.code in _OF_SORT:
        return None
    for told in (fault.pointer, fault.field):
        if told is not None and (pointer := _POINTER.search(told)) is not None:
            return _place(query.filters, pointer[1])
    if fault.field is None:
        return None
    leaves = [row for row in _leaves(query.filters, ()) if _is_named(row[1].field, fault.field)]
    if len(leaves) > 1:
        leaves = [row for row in leaves if _is_told(row[1], fault.message)]
    return leaves[0][0] if len(leaves) == 1 else None


def _place(nodes: Sequence[Node], pointer: str) -> Path | None:
    """The path of a JSON pointer into the filters, as far as it leads to nodes."""
    path: list[int] = []
    for part in _PARTS.finditer(pointer):
        index = 0 if part[2] else int(part[1] or part[3])
        if index >= len(nodes):
            break
        path.append(index)
        node = nodes[index]
        if not isinstance(node, FilterGroup):
            break
        nodes = node.nodes
    return tuple(path) or None


def _leaves(nodes: Sequence[Node], at: Path) -> Iterator[tuple[Path, Filter]]:
    for index, node in enumerate(nodes):
        if isinstance(node, FilterGroup):
            yield from _leaves(node.nodes, (*at, index))
        else:
            yield (*at, index), node


def _is_named(field: str, told: str) -> bool:
    return field == told or (told.endswith(_CUT) and field.startswith(told.removesuffix(_CUT)))


def _is_told(leaf: Filter, message: str) -> bool:
    """Whether a message speaks of the operator or the value of a condition on an attribute that several are on."""
    return message.endswith(f"not {leaf.operator}") or repr(leaf.value) in message

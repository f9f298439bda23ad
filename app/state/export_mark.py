"""The record of an interrupted export as a small JSON file: what it is to hold and how far it came."""

from collections.abc import Mapping
from typing import Final

from app.domain.errors import Rejected
from app.domain.exports import ExportMark, ExportPlan, Interrupted
from app.domain.json_text import dump_ascii, parse_json
from app.domain.query import Query, Sort
from app.domain.records import Cursor
from app.domain.values import Json
from app.wire.public_v2.queries import json_to_nodes, node_to_json

VERSION: Final = 1
"""A number this version does not know is an export it cannot go on with."""


def dump_interrupted(interrupted: Interrupted, *, is_replacing: bool) -> bytes:
    """The file's content; `is_replacing` when a finished file may be replaced at the end."""
    plan, mark = interrupted.plan, interrupted.mark
    document: Json = {
        "crmdeck_export": VERSION,
        "source": plan.source,
        "record_type": plan.query.record_type,
        "filters": [node_to_json(node) for node in plan.query.filters],
        "sort": [str(key) for key in plan.query.sort],
        "format": plan.form,
        "columns": [*plan.columns],
        "are_columns_named": plan.are_columns_named,
        "is_guarded": plan.is_guarded,
        "is_replacing": is_replacing,
        "cursor": mark.cursor,
        "rows": mark.rows,
        "size_bytes": mark.size_bytes,
    }
    return dump_ascii(document, indent=2).encode() + b"\n"


def parse_interrupted(content: bytes) -> tuple[Interrupted, bool]:
    """What `dump_interrupted` was given.

    Raises:
        ValueError: for anything else.
    """
    document = parse_json(content)
    if not isinstance(document, dict) or document.get("crmdeck_export") != VERSION:
        raise ValueError("no record of an export that this version knows")
    cursor = document.get("cursor")
    try:
        query = Query(
            _text(document, "record_type"),
            json_to_nodes(document.get("filters")),
            tuple(Sort.parse(key) for key in _texts(document, "sort")),
        )
    except Rejected as error:
        raise ValueError(error.reason) from None
    plan = ExportPlan(
        _text(document, "source"),
        query,
        _text(document, "format"),
        _texts(document, "columns"),
        _flag(document, "are_columns_named"),
        _flag(document, "is_guarded"),
    )
    mark = ExportMark(
        None if cursor is None else Cursor(_text(document, "cursor")),
        _count(document, "rows"),
        _count(document, "size_bytes"),
    )
    return Interrupted(plan, mark), _flag(document, "is_replacing")


def _text(document: Mapping[str, Json], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def _texts(document: Mapping[str, Json], name: str) -> tuple[str, ...]:
    value = document.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} is no list of texts")
    return tuple(str(item) for item in value)


def _flag(document: Mapping[str, Json], name: str) -> bool:
    value = document.get(name)
    if not isinstance(value, bool):
        raise ValueError(f"{name} is neither true nor false")
    return value


def _count(document: Mapping[str, Json], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} is no count")
    return value

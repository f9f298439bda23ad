"""Dot paths of filters: from the record type asked for, over relationships and references, to an attribute."""

from dataclasses import dataclass
from typing import Final

from app.server.refusals import Refusal, quoted
from app.server.store.catalogue import Catalogue
from app.server.store.columns import child_table
from app.server.store.definitions import AttributeDefinition, RecordTypeDefinition

MAX_HOPS: Final = 2
"""Source: contract 7, no. 14."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step to other records: over a table of links, or over a reference column of this record's own table."""

    target: RecordTypeDefinition
    table: str | None
    """The table that links; `None` when this record's own column `near` holds the target's id."""
    near: str
    """The column that holds this record's id in `table`, or the reference column itself."""
    far: str = "id"
    """The column that holds the target's id in `table`."""

    @property
    def is_reverse(self) -> bool:
        """Whether the target's own table has the column: the target is the row of `table` itself."""
        return self.table == self.target.api_name and self.far == "id"


@dataclass(frozen=True, slots=True)
class Path:
    """Hops and what is compared at their end."""

    hops: tuple[Hop, ...]
    owner: RecordTypeDefinition
    """The record type that has the attribute."""
    attribute: AttributeDefinition


def resolve_path(catalogue: Catalogue, start: RecordTypeDefinition, field: str) -> Path:
    """The path a filter's field names. Raises `Refusal`."""
    *names, last = field.split(".")
    if len(names) > MAX_HOPS:
        raise Refusal(
            "filter_depth_exceeded", f"a path has at most {MAX_HOPS} steps before the attribute", quoted(field)
        )  # fmt: skip
    here, hops = start, []
    for name in names:
        hop = _hop(catalogue, here, name)
        if hop is None:
            raise _unknown(
                field, f"{here.api_name} has no relationship or reference {quoted(name)}"
            )
        hops.append(hop)
        here = hop.target
    attribute = here.attribute_by_name.get(last)
    if attribute is None or attribute.is_hidden:
        raise _unknown(field, f"{here.api_name} has no attribute {quoted(last)}")
    if not attribute.is_filterable:
        raise _unknown(field, f"{here.api_name}.{last} is not filterable")
    return Path(tuple(hops), here, attribute)


def _unknown(field: str, message: str) -> Refusal:
    return Refusal("invalid_filter_field", message, quoted(field))


def _hop(catalogue: Catalogue, here: RecordTypeDefinition, name: str) -> Hop | None:
    relationship = here.relationship_by_name.get(name)
    if relationship is not None:
        target = catalogue.get(relationship.related_record_type)
        link = relationship.link
        if target is None:
            return None
        if link.table == here.api_name and link.near_column == "id":
            return Hop(target, None, link.far_column)
        return Hop(target, link.table, link.near_column, link.far_column)
    attribute = here.attribute_by_name.get(name)
    if attribute is None or attribute.is_hidden or not attribute.is_filterable:
        return None
    target = catalogue.get(attribute.related_record_type or "")
    if target is None:
        return None
    if child := child_table(here.api_name, attribute):
        return Hop(target, child.name, "record_id", child.value_column)
    return Hop(target, None, name)

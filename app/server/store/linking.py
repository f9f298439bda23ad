"""Links made, changed and removed.

A link is no attribute of the records it joins: their `updated_at` stays, so that no edit of a record is out of date because
of one. A junction's record has its own, which moves with its edge attributes; `_query` of the junction's type finds it.
Removing a link deletes its row: an archived one would keep the pair taken.

A record at a junction's first end, a contact, has at most one primary link over that junction. Source: contract 3.8 and 7,
nos. 33 to 37.
"""

import contextlib
import sqlite3
from collections.abc import Mapping
from typing import Final

from app.domain.values import Json
from app.server.refusals import Refusal
from app.server.store.catalogue import Catalogue
from app.server.store.definitions import RecordTypeDefinition, RelationshipDefinition
from app.server.store.links import is_there
from app.server.store.matching import resolve_match
from app.server.store.readers import Reader
from app.server.store.sql import Bound, Sql, selected
from app.server.store.writing import Writer

PRIMARY: Final = "is_primary"
"""The edge attribute that marks one of a record's links."""

Edge = Mapping[str, Bound]
"""Edge attributes as they are stored, by name."""


def check_changeable(catalogue: Catalogue, relationship: RelationshipDefinition) -> None:
    """Return if a relationship's links can be added and removed. Raises `Refusal`.

    One that follows a reference changes with that attribute alone, and so does one that holds a single record.
    """
    table = catalogue.get(relationship.link.table)
    follows_reference = table is not None and not table.is_junction
    if follows_reference or not relationship.is_creatable or not relationship.is_array:
        words = f"{relationship.api_name} is not changed link by link. {relationship.description}"
        raise Refusal("field_not_updatable", words.strip(), relationship.api_name)


def find_target(
    reader: Reader, relationship: RelationshipDefinition, target_id: str | None, match: Json
) -> str:
    """The record to link, by its id or else by `related_record_match`. Raises `Refusal`."""
    kind = relationship.related_record_type
    if target_id is None:
        return resolve_match(reader, reader.catalogue[kind], match, "related_record_match")
    if not is_there(reader, kind, target_id):
        raise Refusal("target_record_not_found", f"no {kind} {target_id}", "related_record_id")
    return target_id


def add_link(
    writer: Writer,
    relationship: RelationshipDefinition,
    record_id: str,
    target_id: str,
    edge: Edge,
) -> bool:
    """Link two records that exist; whether the link is a new one. One that is there already takes the edge attributes."""
    link = relationship.link
    junction = writer.catalogue.get(link.table)
    if link_id := _find(writer, relationship, record_id, target_id):
        _change(writer, junction, link_id, edge)
        return False
    ends = {link.near_column: record_id, link.far_column: target_id}
    writer.delete(link.table, **ends)  # an archived one
    row: dict[str, Bound] = {"id": writer.new_id(), **ends, "created_at": writer.moment}
    if junction is not None:
        row |= {"updated_at": writer.moment, **edge}
        if _has_primary(junction):
            row[PRIMARY] = edge.get(PRIMARY) or 0
            if row[PRIMARY]:
                _demote(writer, junction, row[_first_end(junction)])
    writer.insert(link.table, row)
    return True


def change_link(
    writer: Writer,
    relationship: RelationshipDefinition,
    record_id: str,
    target_id: str,
    edge: Edge,
) -> None:
    """Change edge attributes; those that are not named stay. Raises `Refusal` if there is no such link."""
    link_id = _existing(writer, relationship, record_id, target_id)
    _change(writer, writer.catalogue.get(relationship.link.table), link_id, edge)


def remove_link(
    writer: Writer, relationship: RelationshipDefinition, record_id: str, target_id: str
) -> None:
    """Remove a link. Raises `Refusal` if there is none; one to an archived record is not seen, so it is none."""
    link_id = _existing(writer, relationship, record_id, target_id)
    writer.delete(relationship.link.table, id=link_id)


def prepare_links(writer: Writer) -> None:
    """Let the database hold the one primary link, unless that was done.

    A file that has more of them for some record keeps them until one of its links is made primary; there the changes
    alone hold the rule.
    """
    for junction in filter(_has_primary, writer.catalogue.values()):
        name, end = junction.api_name, _first_end(junction)
        key = f"{_IS_HELD}{name}"
        if writer.rows(selected("1", '"crm_meta"', writer.equal(key=key))):
            continue
        quote = writer.dialect.quote
        with contextlib.suppress(sqlite3.IntegrityError):
            writer.execute(
                Sql(
                    f"CREATE UNIQUE INDEX IF NOT EXISTS {quote(f'{name}__one_primary')} ON {quote(name)} "
                    f'({quote(end)}) WHERE {quote(PRIMARY)} = 1 AND "archived_at" IS NULL'
                )
            )
        writer.insert("crm_meta", {"key": key, "value": "1"})


_IS_HELD: Final = "one_primary:"
"""With a junction's name behind it, the key of the row of `crm_meta` that says that `prepare_links` was there."""


def _find(
    writer: Writer, relationship: RelationshipDefinition, record_id: str, target_id: str
) -> str | None:
    """The id of a link's row; archived rows are none."""
    link = relationship.link
    ends = {link.near_column: record_id, link.far_column: target_id}
    conditions = [writer.equal(**ends)]
    if link.table in writer.catalogue:
        conditions.append(Sql('"archived_at" IS NULL'))
    rows = writer.rows(selected('"id"', writer.dialect.quote(link.table), *conditions))
    return rows[0][0] if rows else None


def _existing(
    writer: Writer, relationship: RelationshipDefinition, record_id: str, target_id: str
) -> str:
    """The id of the row of a link that a read shows. Raises `Refusal`."""
    kind = relationship.related_record_type
    link_id = _find(writer, relationship, record_id, target_id)
    if link_id is None or not is_there(writer, kind, target_id):
        raise Refusal("target_record_not_found", f"no link to {kind} {target_id}")
    return link_id


def _change(
    writer: Writer, junction: RecordTypeDefinition | None, link_id: str, edge: Edge
) -> None:
    """Give a link's row edge attributes; if it has them already, nothing changes."""
    if junction is None or not edge:
        return
    wanted = {name: value or 0 if name == PRIMARY else value for name, value in edge.items()}
    end = _first_end(junction)
    what = ", ".join(map(writer.dialect.quote, (end, *wanted)))
    question = selected(what, writer.dialect.quote(junction.api_name), writer.equal(id=link_id))
    ((owner, *before),) = writer.rows(question)
    changes = {
        name: value
        for (name, value), old in zip(wanted.items(), before, strict=True)
        if value != old
    }
    if not changes:
        return
    if changes.get(PRIMARY):
        _demote(writer, junction, owner)
    writer.update(junction.api_name, changes, id=link_id)
    writer.touch(junction.api_name, link_id)


def _demote(writer: Writer, junction: RecordTypeDefinition, owner: Bound) -> None:
    """Leave a record without a primary link."""
    primary = writer.equal(**{_first_end(junction): owner, PRIMARY: 1})
    for (link_id,) in writer.rows(
        selected('"id"', writer.dialect.quote(junction.api_name), primary)
    ):
        writer.update(junction.api_name, {PRIMARY: 0}, id=link_id)
        writer.touch(junction.api_name, link_id)


def _has_primary(definition: RecordTypeDefinition) -> bool:
    return definition.is_junction and PRIMARY in definition.attribute_by_name


def _first_end(junction: RecordTypeDefinition) -> str:
    """The column of the record that a junction's links belong to."""
    return next(row.api_name for row in junction.attributes if row.related_record_type)

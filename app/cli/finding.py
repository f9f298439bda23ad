"""How to find out whether a write of unknown outcome was done: command lines that only read."""

import shlex
from collections.abc import Iterable, Sequence

from app.controller.session import Session
from app.domain.edits import Change, Unset, write_json
from app.domain.json_text import dump_ascii
from app.domain.records import RecordId
from app.domain.schema import RecordType
from app.domain.values import Json


def get_command(session: Session, record_id: RecordId) -> str:
    """Reads one record."""
    return _command(session, "get", record_id.record_type, record_id.id)


def find_created(session: Session, schema: RecordType, changes: Sequence[Change]) -> str:
    """Looks for a new record: by a unique value that was sent, within what it belongs to, else among the newest."""
    values = {
        row.attribute: write_json(row.value) for row in changes if not isinstance(row.value, Unset)
    }
    name = schema.api_name
    for attribute in schema.attributes:
        value = values.get(attribute.api_name)
        is_asked = attribute.is_unique and "eq" in attribute.filter_operators
        if is_asked and value is not None and not isinstance(value, list | dict):
            return _query(session, name, [_equals(attribute.api_name, value)])
    for scope in session.backend.resources.rule(name).query_scopes.values():
        several = values.get(f"{scope}s")
        value = values.get(scope) or (several[0] if isinstance(several, list) and several else None)
        if value is not None:
            return _query(session, name, [_equals(scope, value)])
    return _command(session, "query", name, "--sort", "-created_at", "--limit", "5")


def find_matching(session: Session, schema: RecordType, match: Change) -> str:
    """Looks for the record that has a unique value; among the newest where the schema knows no such attribute."""
    if match.attribute in schema.attribute_by_name and not isinstance(match.value, Unset):
        filters = [_equals(match.attribute, write_json(match.value))]
        return _query(session, schema.api_name, filters)
    return _command(session, "query", schema.api_name, "--sort", "-updated_at", "--limit", "5")


def find_link(
    session: Session, record_id: RecordId, relationship: str, target: str | Change
) -> str:
    """Lists the record if it is linked so, and nothing if it is not."""
    field, value = ("id", target) if isinstance(target, str) else (target.attribute, target.value)
    assert not isinstance(value, Unset)
    filters = [_equals("id", record_id.id), _equals(f"{relationship}.{field}", write_json(value))]
    return _query(session, record_id.record_type, filters)


def _equals(field: str, value: Json) -> Json:
    return {"field": field, "operator": "eq", "value": value}


def _query(session: Session, record_type: str, filters: Iterable[Json]) -> str:
    return _command(session, "query", record_type, "--filters", dump_ascii([*filters]))


def _command(session: Session, *words: str) -> str:
    line = shlex.join(["crmdeck", *words])
    return f"{line} {session.command_options}".strip()

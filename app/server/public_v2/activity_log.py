"""Logging an activity by hand. Source: reference, "log a manual activity"; contract 3.10 and 7, nos. 28, 43 and 45."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from app.domain.values import Json
from app.server.refusals import Refusal, quoted
from app.server.store.accepting import accept_items, accept_value
from app.server.store.changes import raise_first
from app.server.store.claims import unique_key
from app.server.store.columns import child_table, table_columns
from app.server.store.definitions import AttributeDefinition, RecordTypeDefinition
from app.server.store.sql import Bound
from app.server.store.writing import Writer

_TYPE: Final = "MANUAL_ACTIVITY"
_LINKS: Final = ("account_id", "opportunity_id", "contact_ids", "sequence_id")
_KEPT: Final = (*_LINKS, "pipeline_select_list_value_id")
_METADATA: Final = ("activity_time", "subject", "description", "category")
_NEEDED: Final = ("activity_time", "subject")
_STORED: Final = {"activity_time": "ended_at", "subject": "display_name", "category": "sub_type"}
"""Words of the metadata, and the attributes that keep them."""


def log_activity(
    writer: Writer, definition: RecordTypeDefinition, attributes: Mapping[str, Json]
) -> str:
    """Store what a body says; the new record's id. Raises `Refusal`, for the first of several faults."""
    new_id, moment = writer.new_id(), writer.moment
    columns: dict[str, Bound] = dict.fromkeys(table_columns(definition))
    columns |= {"id": new_id, "created_at": moment, "updated_at": moment, "type": _TYPE}
    columns |= {"sub_type": "OTHER", "status": "COMPLETED", "owner_user_id": writer.user_id}
    lists: dict[str, list[Bound]] = {}
    faults: list[Refusal] = []
    for name, raw in attributes.items():
        try:
            _check_known(definition, name, raw)
            if name == "metadata":
                columns |= _metadata(writer, definition, raw)
            elif name in _KEPT:
                attribute = definition.attribute_by_name[name]
                if attribute.is_array:
                    lists[name] = _distinct(writer, attribute, raw)
                else:
                    columns[name] = _value(writer, attribute, raw)
        except Refusal as refusal:
            faults.append(refusal)
    if "metadata" not in attributes:
        faults += [_missing(f"metadata.{name}") for name in _NEEDED]
    if not faults and not any(columns.get(name) or lists.get(name) for name in _LINKS):
        message = f"an activity needs one of {', '.join(_LINKS)}"
        faults.append(Refusal("field_required_missing", message))
    raise_first(faults)
    writer.insert(definition.api_name, columns)
    for name, values in lists.items():
        child = child_table(definition.api_name, definition.attribute_by_name[name])
        assert child is not None
        for position, value in enumerate(values):
            place: dict[str, Bound] = {"record_id": new_id, "position": position}
            writer.insert(child.name, place | {child.value_column: value})
    return new_id


def _check_known(definition: RecordTypeDefinition, name: str, raw: Json) -> None:
    if name == "type":
        if raw not in (None, _TYPE):
            raise Refusal("field_value_invalid", f"type can only be {_TYPE}", name)
    elif name not in {*_KEPT, "metadata"}:
        attribute = definition.attribute_by_name.get(name)
        if attribute is None or attribute.is_hidden:
            message = f"{definition.api_name} has no attribute {quoted(name)}"
            raise Refusal("unknown_field", message, quoted(name))
        raise Refusal("field_not_creatable", f"{name} is set by the system", name)


def _metadata(writer: Writer, definition: RecordTypeDefinition, raw: Json) -> dict[str, Bound]:
    """The columns that a manual activity's metadata goes to."""
    if not isinstance(raw, dict):
        raise Refusal("field_value_invalid", "metadata must be an object", "metadata")
    unknown = sorted(raw.keys() - {*_METADATA, "kind"})
    if unknown:
        field = f"metadata.{quoted(unknown[0])}"
        raise Refusal("unknown_field", f"a manual activity has no {field}", field)
    columns: dict[str, Bound] = {}
    for name in _METADATA:
        field, stored = f"metadata.{name}", _STORED.get(name, name)
        value = raw.get(name)
        if value is None or value == "":
            if name in _NEEDED:
                raise _missing(field)
            continue
        attribute = definition.attribute_by_name[stored]
        columns[stored] = _value(writer, replace(attribute, api_name=field), value)
        if name == "subject" and not str(value).strip():
            raise Refusal("field_value_invalid", f"{field} must not be empty", field)
    return columns


def _missing(field: str) -> Refusal:
    return Refusal("field_required_missing", f"{field} is required", field)


def _value(writer: Writer, attribute: AttributeDefinition, raw: Json) -> Bound:
    cells = accept_value(raw, attribute, writer)
    return None if cells is None else cells[0]


def _distinct(writer: Writer, attribute: AttributeDefinition, raw: Json) -> list[Bound]:
    """Values of a list, each once."""
    values = {unique_key(cells[0]): cells[0] for cells in accept_items(raw, attribute, writer)}
    return [*values.values()]

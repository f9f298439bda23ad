"""Records made, changed and archived: accepted values in, rows, items and claims out.

What follows from what is here too: the primary e-mail from the list and the other way round, a contact's name from its
parts, an opportunity's status from its stage. Source: contract 3.3, 5 and 7, nos. 16, 25 to 28, 57 and 58.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.domain.values import Json
from app.server.refusals import Refusal, quoted
from app.server.store.accepting import Cells, accept_items, accept_value, bad_value
from app.server.store.claims import claim, claimed, release, unique_key
from app.server.store.columns import (
    ChildTable,
    child_columns,
    child_tables,
    columns_of,
    table_columns,
)
from app.server.store.definitions import (
    ORGANIZATION,
    SYSTEM_COLUMNS,
    AttributeDefinition,
    RecordTypeDefinition,
    made_once,
)
from app.server.store.pages import read_one
from app.server.store.readers import Row
from app.server.store.rules import COMPOSED, DEFAULTS, EARLY_STAGES, MIRRORS, OUTCOMES, OWN_CALLS
from app.server.store.sql import Bound
from app.server.store.writing import Writer

MAX_FAULTS: Final = 50
"""Faults that one answer lists."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list-like attribute; `id` only where items have one."""

    cells: Cells
    id: str | None = None


@dataclass
class State:
    """All that is stored of one record."""

    columns: dict[str, Bound]
    items: dict[str, list[Item]] = field(default_factory=dict)

    def copy(self) -> "State":
        """Another one that holds the same."""
        return State(dict(self.columns), {name: list(rows) for name, rows in self.items.items()})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Values a caller wants, as they are stored."""

    values: Mapping[str, Cells | None]
    """By attribute, for those that are no list; `None` clears."""
    items: Mapping[str, Sequence[Cells]]
    """By attribute, for list-like ones."""

    @property
    def names(self) -> frozenset[str]:
        """The attributes that are named."""
        return frozenset(self.values) | frozenset(self.items)


def accept(
    writer: Writer,
    definition: RecordTypeDefinition,
    attributes: Mapping[str, Json],
    *,
    is_new: bool,
) -> Wanted:
    """The values of a body's `attributes`. Raises `Refusal` for the first fault; with all in its details."""
    faults: list[Refusal] = []
    values: dict[str, Cells | None] = {}
    items: dict[str, Sequence[Cells]] = {}
    for name, raw in attributes.items():
        try:
            attribute = _writable(definition, name, is_new=is_new)
            if attribute.is_array:
                items[name] = _checked_items(attribute, accept_items(raw, attribute, writer))
            else:
                values[name] = _checked(attribute, accept_value(raw, attribute, writer), is_new)
        except Refusal as refusal:
            faults.append(refusal)
    if is_new:
        filled = {name for name, cells in values.items() if cells is not None}
        filled |= {name for name, rows in items.items() if rows}
        told = filled | {fault.field for fault in faults}
        faults += [
            Refusal("field_required_missing", f"{row.api_name} is required", row.api_name)
            for row in definition.visible
            if row.is_required_on_create and row.api_name not in told
        ]
    raise_first(faults)
    return Wanted(values, items)


def raise_first(faults: Sequence[Refusal]) -> None:
    """Raise the first of several faults; its details list all. Returns if there is none."""
    if not faults:
        return
    first = faults[0]
    if len(faults) > 1:
        listed: list[Json] = [
            {"code": row.code, "message": row.message, "field": row.field} for row in faults
        ]
        details: dict[str, Json] = {"faults": listed[:MAX_FAULTS]}
        first = Refusal(first.code, first.message, first.field, details, status=first.status)
    raise first


def _writable(definition: RecordTypeDefinition, name: str, *, is_new: bool) -> AttributeDefinition:
    attribute = definition.attribute_by_name.get(name)
    if attribute is None or attribute.is_hidden:
        raise Refusal(
            "unknown_field", f"{definition.api_name} has no attribute {quoted(name)}", quoted(name)
        )
    may = attribute.is_creatable if is_new else attribute.is_updatable
    if name in OWN_CALLS.get(definition.api_name, ()):
        may = False
    if name == ORGANIZATION or name in SYSTEM_COLUMNS or not may:
        code = "field_not_creatable" if is_new else "field_not_updatable"
        raise Refusal(code, f"{name} is set by the system or by calls of its own", name)
    return attribute


def _checked(attribute: AttributeDefinition, cells: Cells | None, is_new: bool) -> Cells | None:
    """Required values are neither cleared nor blank; what is missing on create is told with what is not there at all."""
    if not attribute.is_required_on_create:
        return cells
    is_blank = cells is not None and isinstance(cells[0], str) and not cells[0].strip()
    if is_blank or (cells is None and not is_new):
        raise bad_value(attribute, "must not be empty")
    return cells


_ONCE: Final = frozenset({"record_reference", "select", "enum"})
_WITH_PRIMARY: Final = frozenset({"contact_email", "contact_phone_number", "account_domain"})


def _checked_items(attribute: AttributeDefinition, items: list[Cells]) -> list[Cells]:
    has_primary = attribute.value_type in _WITH_PRIMARY
    if has_primary or attribute.value_type in _ONCE or attribute.is_unique:
        keys = [unique_key(cells[0]) for cells in items]
        if len(set(keys)) != len(keys):
            raise bad_value(attribute, "has an item twice")
    if has_primary and items and sum(bool(cells[1]) for cells in items) != 1:
        raise bad_value(attribute, "must have exactly one primary item")
    return items


def create_record(writer: Writer, definition: RecordTypeDefinition, wanted: Wanted) -> str:
    """Make a record; its id. Raises `Refusal`."""
    new_id, moment = writer.new_id(), writer.moment
    columns: dict[str, Bound] = dict.fromkeys(table_columns(definition))
    columns |= {"id": new_id, "created_at": moment, "updated_at": moment}
    columns |= DEFAULTS.get(definition.api_name, {})
    for name in ("created_by_user_id", "owner_user_id"):
        if name in columns:
            columns[name] = writer.user_id
    empty = State(dict.fromkeys(columns), {})
    state = State(columns, {})
    _apply(writer, definition, wanted, state)
    _follow(writer, definition, wanted, empty, state)
    writer.insert(definition.api_name, state.columns)
    for name in state.items:
        _write_items(writer, definition, name, new_id, state.items[name])
    _claim(writer, definition, new_id, state, {*table_columns(definition), *state.items})
    return new_id


def patch_record(
    writer: Writer, definition: RecordTypeDefinition, record_id: str, wanted: Wanted
) -> bool:
    """Change a record that exists; whether anything changed. What the caller does not name stays. Raises `Refusal`."""
    before = read_state(writer, definition, record_id)
    after = before.copy()
    _apply(writer, definition, wanted, after)
    _follow(writer, definition, wanted, before, after)
    columns = {
        name: value for name, value in after.columns.items() if value != before.columns[name]
    }
    lists = {name for name, rows in after.items.items() if rows != before.items.get(name, [])}
    if not columns and not lists:
        return False
    if "updated_by_user_id" in after.columns:
        columns["updated_by_user_id"] = writer.user_id
    columns["updated_at"] = writer.moment_after(str(before.columns["updated_at"]))
    writer.update(definition.api_name, columns, id=record_id)
    for name in lists:
        _write_items(writer, definition, name, record_id, after.items[name])
    _claim(writer, definition, record_id, after, {*columns, *lists})
    return True


def archive_record(writer: Writer, definition: RecordTypeDefinition, record_id: str) -> None:
    """Archive a record that exists. Its items and links stay stored; its unique values are free again."""
    moment = writer.touch(definition.api_name, record_id)
    columns: dict[str, Bound] = {"archived_at": moment}
    if "deleted_at" in definition.attribute_by_name:
        columns |= {"deleted_at": moment}
    if "deleted_by_user_id" in definition.attribute_by_name:
        columns |= {"deleted_by_user_id": writer.user_id}
    writer.update(definition.api_name, columns, id=record_id)
    release(writer, definition.api_name, record_id)


def items_changed(
    writer: Writer, definition: RecordTypeDefinition, record_id: str, attribute: str
) -> None:
    """What follows from items that a call of their own changed: claims, the repeated primary one, `updated_at`.

    Raises `Refusal` if another record has one of the values.
    """
    state = read_state(writer, definition, record_id)
    for scalar, items in MIRRORS.get(definition.api_name, {}).items():
        if items == attribute:
            _set_primary(state, scalar, items)
            writer.update(definition.api_name, {scalar: state.columns[scalar]}, id=record_id)
    _claim(writer, definition, record_id, state, {attribute})
    writer.touch(definition.api_name, record_id)


def read_state(writer: Writer, definition: RecordTypeDefinition, record_id: str) -> State:
    """All that is stored of a record that is there."""
    page = read_one(writer, definition.api_name, record_id)
    columns = dict(zip(table_columns(definition), page.rows[0], strict=True))
    children = child_tables(definition)
    items = {
        name: [_item(children[name], row) for row in found.get(record_id, ())]
        for name, found in page.items.items()
    }
    return State(columns, items)


def _item(child: ChildTable, row: Row) -> Item:
    return Item(row[1:], row[0]) if child.has_ids else Item(row)


def _apply(writer: Writer, definition: RecordTypeDefinition, wanted: Wanted, state: State) -> None:
    """Put the wanted values into a state."""
    for name, cells in wanted.values.items():
        stored = columns_of(definition.attribute_by_name[name])
        values = cells if cells is not None else (None,) * len(stored)
        state.columns |= {column.name: value for column, value in zip(stored, values, strict=True)}
    for name, rows in wanted.items.items():
        child = child_tables(definition)[name]
        known = {unique_key(item.cells[0]): item.id for item in state.items.get(name, [])}
        state.items[name] = [
            Item(cells, (known.get(unique_key(cells[0])) or writer.new_id()))
            if child.has_ids
            else Item(cells)
            for cells in rows
        ]


def _follow(
    writer: Writer,
    definition: RecordTypeDefinition,
    wanted: Wanted,
    before: State,
    after: State,
) -> None:
    """Bring what depends on other values in step with them. Raises `Refusal`."""
    for scalar, items in MIRRORS.get(definition.api_name, {}).items():
        _mirror(writer, definition, wanted, after, scalar, items)
    if composed := COMPOSED.get(definition.api_name):
        name, parts = composed
        words = (str(after.columns[part] or "").strip() for part in parts)
        after.columns[name] = " ".join(word for word in words if word) or None
    for attribute in _single_choices(definition):
        name = attribute.api_name
        if after.columns[name] != before.columns[name]:
            _check_entrance(definition, attribute, after)
            if definition.api_name == "opportunity" and name == "stage":
                _shift_opportunity(writer, attribute, after)


@made_once
def _single_choices(definition: RecordTypeDefinition) -> tuple[AttributeDefinition, ...]:
    return tuple(row for row in definition.attributes if row.holds_option_ids and not row.is_array)


def _mirror(
    writer: Writer,
    definition: RecordTypeDefinition,
    wanted: Wanted,
    state: State,
    scalar: str,
    items: str,
) -> None:
    """Keep a primary value and the list it belongs to the same, whichever of them was written."""
    if scalar not in wanted.names:
        if items in wanted.names:
            _set_primary(state, scalar, items)
        return
    text = state.columns[scalar]
    rows = state.items.get(items, [])
    if items in wanted.names:
        _set_primary(state, scalar, items)
        if unique_key(state.columns[scalar]) != unique_key(text):
            attribute = definition.attribute_by_name[scalar]
            raise bad_value(attribute, f"is not the primary item of {items}")
        return
    found = False
    for place, row in enumerate(rows):
        is_it = text is not None and unique_key(row.cells[0]) == unique_key(text)
        found |= is_it
        value = text if is_it else row.cells[0]
        rows[place] = Item((value, int(is_it), *row.cells[2:]), row.id)
    if text is not None and not found:
        rows.append(Item((text, 1, None), writer.new_id()))
    state.items[items] = rows


def _set_primary(state: State, scalar: str, items: str) -> None:
    primary = (row.cells[0] for row in state.items.get(items, []) if row.cells[1])
    state.columns[scalar] = next(primary, None)


def _check_entrance(
    definition: RecordTypeDefinition, attribute: AttributeDefinition, state: State
) -> None:
    """Raise `Refusal` if a choice needs attributes that are empty."""
    chosen = state.columns[attribute.api_name]
    option = next((row for row in attribute.options if row.id == chosen), None)
    missing: list[Json] = [
        name
        for name in (option.required_attributes if option else ())
        if _is_empty(definition, state, name)
    ]
    if option is not None and missing:
        raise Refusal(
            "stage_entrance_criteria_not_met",
            f"{option.display_value} needs {', '.join(map(str, missing))}",
            attribute.api_name,
            {"missing": missing},
        )


def _is_empty(definition: RecordTypeDefinition, state: State, name: str) -> bool:
    attribute = definition.attribute_by_name.get(name)
    if attribute is None:
        return True
    if attribute.is_array:
        return not state.items.get(name)
    stored = [column.name for column in columns_of(attribute)] or [name]
    return all(state.columns.get(column) in (None, "") for column in stored)


def _shift_opportunity(writer: Writer, stage: AttributeDefinition, state: State) -> None:
    """What a stage says about an opportunity. Source: Public API v2, Manage Stages: these are never written directly."""
    chosen = next(row for row in stage.options if row.id == state.columns["stage"])
    outcome = OUTCOMES.get(chosen.api_name)
    state.columns |= {
        "status": "PROSPECT" if chosen.api_name in EARLY_STAGES else "DEAL",
        "outcome": outcome,
        "closed_at": writer.moment if outcome is not None else None,
        "stage_last_shifted_at": writer.moment,
    }


def _write_items(
    writer: Writer,
    definition: RecordTypeDefinition,
    name: str,
    record_id: str,
    rows: Sequence[Item],
) -> None:
    child = child_tables(definition)[name]
    writer.delete(child.name, record_id=record_id)
    for position, row in enumerate(rows):
        lead: tuple[Bound, ...] = (row.id,) if child.has_ids else ()
        values = (*lead, record_id, position, *row.cells)
        writer.insert(child.name, dict(zip(child_columns(child), values, strict=True)))


def _claim(
    writer: Writer,
    definition: RecordTypeDefinition,
    record_id: str,
    state: State,
    changed: set[str],
) -> None:
    """Hold the unique values among what changed."""
    for attribute in claimed(definition):
        name = attribute.api_name
        if name not in changed:
            continue
        values = (
            [row.cells[0] for row in state.items.get(name, [])]
            if attribute.is_array
            else [state.columns[name]]
        )
        claim(writer, definition, attribute, record_id, values)

"""The form of a draft: every attribute with what it is to be, whether it may be set here, and if not, why."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.domain.capabilities import (
    Action,
    Answer,
    Capability,
    ResourceMatrix,
    Source,
    attribute_items_write,
    attribute_write,
    may,
    relationship_write,
)
from app.domain.edit_draft import body_changes, current_value, has_own_endpoint, text_fault
from app.domain.edits import UNSET, Change, Unset
from app.domain.errors import Fault
from app.domain.journal import Draft, EditAction, ItemEdit, LinkEdit
from app.domain.lint import ITEM_MEMBERS, fault_of, lint_members, lint_names, lint_required
from app.domain.planned import as_changes
from app.domain.records import TITLE_ATTRIBUTES, Record
from app.domain.schema import Attribute, RecordType
from app.domain.values import VALUE_TYPES, Json, Raw


@dataclass(frozen=True, slots=True)
class EditField:
    """One attribute in a form."""

    attribute: Attribute
    gate: Capability
    """Whether it may be set here, and on what evidence."""
    has_own_endpoint: bool
    """Whether its items are changed one by one, by calls of their own."""
    base: Json | Unset
    """As it was read."""
    value: Json | Unset
    """As it is to be; of a list-like attribute with calls of its own, without those."""
    text: str | None
    """What was typed and is no value yet."""
    fault: str
    """Why that is no value."""
    items: tuple[ItemEdit, ...]
    is_changed: bool
    """Whether there is something to send, or to mend."""
    is_required: bool
    """Whether a new record needs it."""


@dataclass(frozen=True, slots=True)
class EditForm:
    """A draft against its schema and against what may be done here."""

    resources: ResourceMatrix
    declared: RecordType
    draft: Draft
    is_read_only: bool = False
    unreadable: frozenset[str] = frozenset()
    """Attributes whose value could not be read: these are never written over."""

    @property
    def action(self) -> Action:
        """What sending the draft is."""
        return Action.CREATE if self.draft.record_id is None else Action.PATCH

    @property
    def schema(self) -> RecordType:
        """The attributes that the action takes; some types are made in words of their own."""
        words = self.resources.rule(self.declared.api_name).create_words
        is_worded = bool(words) and self.action is Action.CREATE
        return replace(self.declared, attributes=words) if is_worded else self.declared

    @property
    def gate(self) -> Capability:
        """Whether the draft can be sent at all."""
        return form_gate(self.resources, self.declared, self.action, is_read_only=self.is_read_only)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What goes into the one body, in the schema's order."""
        return body_changes(self.draft, self.resources, self.schema.attributes)

    def fields(self) -> tuple[EditField, ...]:
        """All attributes in reading order: what the record is called, what can be set, the rest."""
        fields = [self.field(attribute) for attribute in self.schema.attributes]
        return tuple(sorted(fields, key=_reading_order))

    def field(self, attribute: Attribute) -> EditField:
        """One attribute."""
        draft, name = self.draft, attribute.api_name
        text = draft.texts.get(name)
        items = tuple(edit for edit in draft.items if edit.attribute == name)
        return EditField(
            attribute,
            self.field_gate(attribute),
            self._is_by_items(name),
            draft.base.get(name, UNSET),
            current_value(draft, name),
            text,
            "" if text is None else text_fault(attribute, text),
            items,
            name in draft.values or text is not None or bool(items),
            self.action is Action.CREATE and attribute.is_required_on_create,
        )

    def field_gate(self, attribute: Attribute) -> Capability:
        """Whether one attribute may be set in this draft."""
        name, record_type = attribute.api_name, self.declared.api_name
        if self._is_by_items(name):
            return self.items_gate(name)
        gate = attribute_write(
            self.resources, self.schema, attribute, self.action, is_read_only=self.is_read_only
        )
        if gate.is_open and attribute.value_type not in VALUE_TYPES:
            reason = f"{record_type}.{name} has the value type {attribute.value_type}, which this version only reads."
            return _locked(reason, f"GET _schema/{record_type}, {self.schema.pointer(name)}")
        if gate.is_open and name in self.unreadable:
            reason = f"The value of {record_type}.{name} could not be read; it is never written over unseen."
            return _locked(reason, f"GET {record_type}/{self.draft.record_id}")
        return gate

    def items_gate(self, name: str) -> Capability:
        """Whether items of a list-like attribute can be changed one by one."""
        return attribute_items_write(
            self.resources, self.declared.api_name, name, is_read_only=self.is_read_only
        )

    def faults(self) -> tuple[Fault, ...]:
        """What stands against sending the draft, in the API's own codes; while there is any, nothing of it is sent."""
        return (
            *self._form_faults(),
            *self._name_faults(),
            *self._value_faults(),
            *self._item_faults(),
            *self._link_faults(),
        )

    def _is_by_items(self, name: str) -> bool:
        is_there = self.draft.record_id is not None
        return is_there and has_own_endpoint(self.resources, self.declared.api_name, name)

    def _form_faults(self) -> Iterator[Fault]:
        needs_body = self.action is Action.CREATE or self.draft.values or self.draft.texts
        if needs_body and not self.gate.is_open:
            yield fault_of(self.gate)

    def _name_faults(self) -> tuple[Fault, ...]:
        names = {**self.draft.values, **self.draft.texts}
        return lint_names(names, self.schema.attribute_by_name, self.declared.api_name)

    def _value_faults(self) -> Iterator[Fault]:
        """Texts that are no values, attributes that may not be set, and what is missing."""
        known = self.schema.attribute_by_name
        for name, text in self.draft.texts.items():
            if name in known:
                reason = text_fault(known[name], text) or "is not taken over as a value yet"
                yield Fault("field_value_invalid", f"{name} {reason}", name)
        if not self.gate.is_open:
            return
        for name in (row.attribute for row in self.changes if row.attribute in known):
            gate = self.field_gate(known[name])
            if not gate.is_open:
                yield fault_of(gate, name)
        if self.action is Action.CREATE:
            typed = (Change(name, text) for name, text in self.draft.texts.items())
            owner = self.declared.api_name
            yield from lint_required(self.schema.attributes, (*self.changes, *typed), owner)

    def _item_faults(self) -> Iterator[Fault]:
        known = self.declared.attribute_by_name
        for edit in self.draft.items:
            name = edit.attribute
            gate = self.items_gate(name)
            if not gate.is_open:
                yield fault_of(gate, name)
            elif name not in known or edit.action is EditAction.REMOVE:
                yield from lint_names([name], known, self.declared.api_name)
            else:
                members = ITEM_MEMBERS.get(known[name].value_type, ())
                what = f"an item of {self.declared.api_name} {name}"
                yield from _lint_parts(members, edit, what)

    def _link_faults(self) -> Iterator[Fault]:
        for edit in self.draft.links:
            gate = self._link_gate(edit)
            if gate is None:
                names = self.declared.relationship_by_name
                what = f"{self.declared.api_name} (relationships)"
                yield from lint_names([edit.relationship], names, what)
            elif not gate.is_open:
                yield fault_of(gate, edit.relationship)
            elif edit.action is not EditAction.REMOVE:
                rule = self.resources.rule(self.declared.api_name).relationships
                edge = {} if rule is None else rule.edge_attributes
                members = edge.get(edit.relationship, ())
                yield from _lint_parts(members, edit, f"a link of {edit.relationship}")

    def _link_gate(self, edit: LinkEdit) -> Capability | None:
        """`None` for a relationship that the schema does not name."""
        relationship = self.declared.relationship_by_name.get(edit.relationship)
        if relationship is None:
            return None
        gate = relationship_write(
            self.resources, self.declared, relationship, is_read_only=self.is_read_only
        )
        if gate.is_open and edit.action is EditAction.SET:
            return self.resources.edge_patch(self.declared.api_name, edit.relationship)
        return gate


def form_gate(
    resources: ResourceMatrix, schema: RecordType, action: Action, *, is_read_only: bool
) -> Capability:
    """Whether records of a type can be created, changed, archived or asserted here."""
    return may(
        resources,
        schema.api_name,
        action,
        is_read_only=is_read_only,
        is_junction=schema.is_junction,
    )


def unreadable(record: Record) -> frozenset[str]:
    """Attributes of which at least a part could not be read."""
    return frozenset(
        name
        for name, value in record.attributes.items()
        if isinstance(value, Raw)
        or (isinstance(value, tuple) and any(isinstance(item, Raw) for item in value))
    )


def _lint_parts(
    members: tuple[Attribute, ...], edit: ItemEdit | LinkEdit, what: str
) -> tuple[Fault, ...]:
    """What stands against the members of an item or link."""
    values = edit.members if isinstance(edit, ItemEdit) else edit.edge
    unknown = lint_names(values, [row.api_name for row in members], what)
    is_new = edit.action is EditAction.ADD
    return unknown or lint_members(members, as_changes(values), what, is_new=is_new)


def _locked(reason: str, evidence: str) -> Capability:
    return Capability(Answer.NO, Source.ASSUMED, reason, evidence)


def _reading_order(field: EditField) -> int:
    if field.attribute.api_name in TITLE_ATTRIBUTES:
        return 0
    return 1 if field.gate.is_open else 2

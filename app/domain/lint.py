"""What the schema and the documentation say of a write before it is sent, in the API's own codes."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from app.domain.capabilities import Action, Capability, ResourceMatrix, attribute_write
from app.domain.edits import Change
from app.domain.errors import Fault
from app.domain.schema import Attribute, RecordType


def _member(name: str, value_type: str, rights: str, *, is_array: bool = False) -> Attribute:
    """A member of an item; its rights are letters of `cur`: create, update, required on create."""
    return Attribute(
        name,
        name.replace("_", " ").capitalize(),
        value_type,
        is_array=is_array,
        is_creatable="c" in rights,
        is_updatable="u" in rights,
        is_required_on_create="r" in rights,
    )


_PRIMARY: Final = _member("is_primary", "boolean", "cur")
_LABELS: Final = _member("labels", "enum", "cu", is_array=True)

ITEM_MEMBERS: Final[Mapping[str, tuple[Attribute, ...]]] = MappingProxyType(
    {
        "contact_email": (_member("email", "email", "cur"), _PRIMARY, _LABELS),
        "contact_phone_number": (_member("phone_number", "phone_number", "cur"), _PRIMARY, _LABELS),
        "account_domain": (
            _member("domain_name", "string", "cr"),
            _member("is_primary", "boolean", "u"),
        ),
    }
)
"""What a single item of a list-like attribute is made of, by its value type.

Source: Manage Contact and Account Subresources.
"""


def lint_names(names: Iterable[str], known: Iterable[str], owner: str) -> tuple[Fault, ...]:
    """A fault for each name that is none of the known ones, with what may have been meant."""
    there = [*known]
    faults = []
    for name in names:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1, cutoff=0.6)
            question = f" Did you mean {near[0]}?" if near else ""
            text = f"{owner} has no attribute {name}.{question}"
            faults.append(Fault("unknown_field", text, name))
    return tuple(faults)


def lint_write(
    matrix: ResourceMatrix,
    record_type: RecordType,
    changes: Sequence[Change],
    actions: Sequence[Action],
    *,
    is_read_only: bool,
) -> tuple[Fault, ...]:
    """What stands against setting these attributes by these actions; one action that allows it is enough.

    For a create, and nothing else, also what is required and missing.
    """
    faults = []
    for change in changes:
        attribute = record_type.attribute_by_name[change.attribute]
        answers = [
            attribute_write(matrix, record_type, attribute, action, is_read_only=is_read_only)
            for action in actions
        ]
        if not any(answer.is_open for answer in answers):
            faults.append(fault_of(answers[0], change.attribute))
    if tuple(actions) == (Action.CREATE,):
        faults += lint_required(record_type.attributes, changes, record_type.api_name)
    return tuple(faults)


def lint_members(
    members: Sequence[Attribute], changes: Sequence[Change], owner: str, *, is_new: bool
) -> tuple[Fault, ...]:
    """The same for the members of an item or a link, whose names are known to be right."""
    by_name = {row.api_name: row for row in members}
    code = "field_not_creatable" if is_new else "field_not_updatable"
    faults = [
        Fault(code, f"{owner} takes no {change.attribute} here.", change.attribute)
        for change in changes
        for row in [by_name[change.attribute]]
        if not (row.is_creatable if is_new else row.is_updatable)
    ]
    if is_new:
        faults += lint_required(members, changes, owner)
    return tuple(faults)


def lint_required(
    attributes: Iterable[Attribute], changes: Iterable[Change], owner: str
) -> list[Fault]:
    """A fault for each attribute that a create needs and does not get."""
    given = {change.attribute for change in changes if change.value is not None}
    return [
        Fault(
            "field_required_missing",
            f"{owner} cannot be made without {row.api_name}.",
            row.api_name,
        )
        for row in attributes
        if row.is_required_on_create and row.api_name not in given
    ]


def fault_of(capability: Capability, field: str | None = None) -> Fault:
    """A closed capability as the fault the API would name."""
    parts = [capability.reason, f"({capability.source}: {capability.evidence})"]
    if capability.instead:
        parts.append(capability.instead)
    return Fault(capability.error_code or "", " ".join(parts), field)

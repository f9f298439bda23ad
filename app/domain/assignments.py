"""What sets something, as one types it: `a=v`, `a=` to clear, `a:=JSON`."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.edits import Change, WriteValue, write_json
from app.domain.json_text import parse_json
from app.domain.parsing import parse_value
from app.domain.schema import Attribute


class AssignmentError(ValueError):
    """A text sets nothing, or nothing that can be; says why. Not yet sanitised."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One of them, taken apart."""

    name: str
    text: str
    """What stands behind the sign."""
    is_json: bool

    def __str__(self) -> str:
        """As it was typed; the start of it, for messages."""
        typed = f"{self.name}{':=' if self.is_json else '='}{self.text}"
        return typed if len(typed) <= 60 else f"{typed[:60]}..."


def split_assignment(word: str) -> Assignment:
    """Take one apart. Raises AssignmentError if it sets nothing."""
    name, sign, text = word.partition("=")
    is_json = name.endswith(":")
    name = name.removesuffix(":")
    if not sign or not name:
        raise AssignmentError(f"{word}: expected a=v to set, a= to clear, or a:=JSON for a JSON value.")  # fmt: skip
    return Assignment(name, text, is_json)


def split_line(line: str) -> tuple[Assignment, ...]:
    """Take a line of them apart, its words and quotes as in a shell. Raises AssignmentError."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise AssignmentError("A quote is not closed.") from None
    return tuple(split_assignment(word) for word in words)


def to_changes(
    assignments: Iterable[Assignment], attributes: Mapping[str, Attribute]
) -> tuple[Change, ...]:
    """What they set, by the value types of the attributes they name; each name is a known one.

    A list-like attribute takes an item each.

    Raises:
        AssignmentError: naming it, for a value that is none of its type, and for a name that stands twice.
    """
    values: dict[str, WriteValue] = {}
    for row in assignments:
        attribute = attributes[row.name]
        value = value_of(row, attribute)
        before = values.get(row.name)
        is_item = attribute.is_array and not row.is_json and value is not None
        if row.name in values and not (is_item and isinstance(before, list)):
            raise AssignmentError(f"{row.name} is set twice.")
        if is_item:
            value = [*(before if isinstance(before, list) else []), write_json(value)]
        values[row.name] = value
    return tuple(Change(name, value) for name, value in values.items())


def value_of(row: Assignment, attribute: Attribute | None) -> WriteValue:
    """The value of one of them. Raises AssignmentError."""
    try:
        if row.is_json:
            return parse_json(row.text.encode())
        if not row.text:
            return None
        return row.text if attribute is None else parse_value(attribute, row.text)
    except ValueError as error:
        why = f"is not JSON: {error}" if row.is_json else str(error)
        raise AssignmentError(f"{row}: {why}") from None

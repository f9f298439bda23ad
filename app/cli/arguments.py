"""Arguments that set something: `a=v`, `a=` and `a:=JSON`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import click

from app.domain.edits import Change, WriteValue, write_json
from app.domain.json_text import parse_json
from app.domain.parsing import parse_value
from app.domain.safe_text import shown
from app.domain.schema import Attribute


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, taken apart."""

    name: str
    text: str
    """What stands behind the sign."""
    is_json: bool

    def __str__(self) -> str:
        """As it was typed; the start of it, for messages."""
        typed = f"{self.name}{':=' if self.is_json else '='}{self.text}"
        return typed if len(typed) <= 60 else f"{typed[:60]}..."


def split_argument(word: str) -> Argument:
    """Take one argument apart.

    Raises:
        click.UsageError: if it sets nothing.
    """
    name, sign, text = word.partition("=")
    is_json = name.endswith(":")
    name = name.removesuffix(":")
    if not sign or not name:
        raise click.UsageError(
            shown(f"{word}: expected a=v to set, a= to clear, or a:=JSON for a JSON value.")
        )
    return Argument(name, text, is_json)


def split_arguments(words: Iterable[str]) -> tuple[Argument, ...]:
    """Take all of them apart. Raises click.UsageError."""
    return tuple(split_argument(word) for word in words)


def to_changes(
    arguments: Sequence[Argument], attributes: Mapping[str, Attribute]
) -> tuple[Change, ...]:
    """What the arguments set, by the value types of the attributes they name; each name is a known one.

    A list-like attribute takes an item per argument.

    Raises:
        click.UsageError: naming the argument, for a value that is none of its type, and for a name that stands twice.
    """
    values: dict[str, WriteValue] = {}
    for argument in arguments:
        attribute = attributes[argument.name]
        value = _value(argument, attribute)
        before = values.get(argument.name)
        is_item = attribute.is_array and not argument.is_json and value is not None
        if argument.name in values and not (is_item and isinstance(before, list)):
            raise click.UsageError(shown(f"{argument.name} is set twice."))
        if is_item:
            value = [*(before if isinstance(before, list) else []), write_json(value)]
        values[argument.name] = value
    return tuple(Change(name, value) for name, value in values.items())


def to_match(argument: Argument, attributes: Mapping[str, Attribute]) -> Change:
    """What a record is found by. A name the schema does not have is left to the server: some are no attributes.

    Raises:
        click.UsageError: for no value, and for one that is none of the attribute's type.
    """
    attribute = attributes.get(argument.name)
    if not argument.text:
        raise click.UsageError(shown(f"--match {argument}: needs a value."))
    if argument.is_json or (attribute is not None and not attribute.is_array):
        return Change(argument.name, _value(argument, attribute))
    return Change(argument.name, argument.text)


def _value(argument: Argument, attribute: Attribute | None) -> WriteValue:
    try:
        if argument.is_json:
            return parse_json(argument.text.encode())
        if not argument.text:
            return None
        return argument.text if attribute is None else parse_value(attribute, argument.text)
    except ValueError as error:
        why = f"is not JSON: {error}" if argument.is_json else str(error)
        raise click.UsageError(shown(f"{argument}: {why}", limit=500)) from None

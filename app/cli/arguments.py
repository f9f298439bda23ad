"""Arguments that set something: `a=v`, `a=` and `a:=JSON`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import click

from app.domain import assignments
from app.domain.assignments import Assignment, AssignmentError, split_assignment, value_of
from app.domain.edits import Change
from app.domain.safe_text import shown
from app.domain.schema import Attribute

Argument = Assignment
"""One argument, taken apart."""

MESSAGE_LIMIT: Final = 500
"""Characters of a message about one argument."""


@contextmanager
def _telling() -> Iterator[None]:
    """What is wrong with an argument is wrong usage."""
    try:
        yield
    except AssignmentError as error:
        raise click.UsageError(shown(str(error), limit=MESSAGE_LIMIT)) from None


def split_argument(word: str) -> Argument:
    """Take one argument apart.

    Raises:
        click.UsageError: if it sets nothing.
    """
    with _telling():
        return split_assignment(word)


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
    with _telling():
        return assignments.to_changes(arguments, attributes)


def to_match(argument: Argument, attributes: Mapping[str, Attribute]) -> Change:
    """What a record is found by. A name the schema does not have is left to the server: some are no attributes.

    Raises:
        click.UsageError: for no value, and for one that is none of the attribute's type.
    """
    attribute = attributes.get(argument.name)
    if not argument.text:
        raise click.UsageError(shown(f"--match {argument}: needs a value."))
    if argument.is_json or (attribute is not None and not attribute.is_array):
        with _telling():
            return Change(argument.name, value_of(argument, attribute))
    return Change(argument.name, argument.text)

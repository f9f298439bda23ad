"""What may stand at the cursor of a half-typed expression, by what the schema says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from app.domain.completion_place import Place, Slot, place_at
from app.domain.date_words import DATE_FORMS, DATE_WORDS
from app.domain.expression_fields import Fields
from app.domain.expression_operators import known_operator, operator_text
from app.domain.expression_writer import field_text, text_operand
from app.domain.operands import takes_dates
from app.domain.operators import MATCHING, OPERATORS
from app.domain.paths import Schemas, path_starts
from app.domain.schema import Attribute, RecordType

MAX_CHOICES: Final = 50
"""More are found by typing on."""

LEAST_SCATTERED: Final = 3
"""So many letters are looked for one by one; two are in nearly every name."""


class ChoiceKind(StrEnum):
    """What a choice is, in a word for the list."""

    ATTRIBUTE = "attribute"
    RELATIONSHIP = "relationship"
    OPERATOR = "operator"
    OPTION = "option"
    DATE_WORD = "date word"
    KEYWORD = "keyword"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to go on."""

    text: str
    """What is inserted."""
    kind: ChoiceKind
    note: str = ""
    """What it means: a display name and value type, an operator in words. Not yet sanitised."""
    names: tuple[str, ...] = ()
    """What it is found by, best first."""


@dataclass(frozen=True, slots=True)
class Completions:
    """The choices for one place of a text, best first."""

    start: int
    end: int
    """A choice takes the place of the text from `start` to `end`."""
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    """What is expected where there are no choices. Not yet sanitised."""

    def taken(self, text: str, choice: Choice) -> tuple[str, int]:
        """The text with a choice in its place, and the cursor where typing goes on."""
        before, rest = text[: self.start], text[self.end :]
        if choice.text in {",", ")"}:
            before = before.rstrip(" ")
        done = before + choice.text
        if choice.text.endswith((".", "(")):
            return done + rest, len(done)
        if not rest[:1].isspace() and not rest.startswith((")", ",")):
            rest = f" {rest}"
        return done + rest, len(done) + rest[:1].isspace()


def complete(text: str, cursor: int, schema: RecordType | None, schemas: Schemas) -> Completions:
    """What may stand at the cursor: whatever is wrong elsewhere in the text, and nothing where nothing is known."""
    place = place_at(text, max(0, min(cursor, len(text))))
    fields = Fields.of(schema, schemas)
    found = _matching(_SLOTS[place.slot](place, fields), _needle(place))
    choices = tuple(islice(found, MAX_CHOICES))
    if len(choices) == 1 and _is_there(choices[0], text[place.start : place.end]):
        choices = ()
    hint = "" if choices else _hint(place, fields)
    return Completions(place.start, place.end, choices, hint)


def _hint(place: Place, fields: Fields) -> str:
    match place.slot:
        case Slot.VALUE | Slot.ITEM:
            attribute = fields.attribute(place.field)
            return "a value" if attribute is None else f"a value of {_described(attribute)}"
        case Slot.CONDITION | Slot.SORT_KEY:
            return "no attribute like this"
        case Slot.OPERATOR:
            return "no operator like this"
        case Slot.JOINER:
            return "and, or, order by; a text of several words stands in quotes"
        case _:
            return ""


def _described(attribute: Attribute) -> str:
    return f"{attribute.display_name}, {attribute.value_type}"


def _is_there(choice: Choice, typed: str) -> bool:
    """Whether a choice would change nothing."""
    if choice.kind is ChoiceKind.OPTION:
        return typed.lower() in {name.lower() for name in (choice.text, *choice.names)}
    return typed == choice.text


def _needle(place: Place) -> str:
    """The part of what is typed by which choices are found."""
    typed = place.typed.lower()
    if place.slot is Slot.SORT_KEY:
        typed = typed.removeprefix("-")
    if place.slot in {Slot.CONDITION, Slot.SORT_KEY}:
        typed = typed.rpartition(".")[2]
    return typed


def _matching(choices: Iterable[Choice], needle: str) -> Iterator[Choice]:
    """Choices that begin with what is typed, then those that hold it, then those that have its letters in order."""
    if not needle:
        yield from choices
        return
    ranked: tuple[list[Choice], ...] = ([], [], [])
    for choice in choices:
        rank = min(_rank(name.lower(), needle) for name in choice.names or (choice.text,))
        if rank < len(ranked):
            ranked[rank].append(choice)
    for group in ranked:
        yield from group


def _rank(name: str, needle: str) -> int:
    if name.startswith(needle):
        return 0
    if needle in name:
        return 1
    letters = iter(name)
    is_scattered = len(needle) >= LEAST_SCATTERED and all(letter in letters for letter in needle)
    return 2 if is_scattered else 3


def _conditions(place: Place, fields: Fields) -> Iterator[Choice]:
    """Attributes to ask of, ways to others, and the words before a condition."""
    yield from _paths(place.typed, fields, lambda attribute: attribute.is_filterable)
    if "." not in place.typed:
        yield Choice("not", ChoiceKind.KEYWORD, "the opposite of what follows")
        yield Choice("off", ChoiceKind.KEYWORD, "keeps what follows, and does not ask it")
        yield Choice("(", ChoiceKind.KEYWORD, "begins a group")
        if place.start == 0:
            yield from _ORDER_BY


def _sort_keys(place: Place, fields: Fields) -> Iterator[Choice]:
    sign = "-" if place.typed.startswith("-") else ""
    for choice in _paths(
        place.typed.removeprefix("-"), fields, lambda attribute: attribute.is_sortable
    ):
        if choice.kind is ChoiceKind.ATTRIBUTE:
            yield Choice(sign + choice.text, choice.kind, choice.note, choice.names)


def _paths(typed: str, fields: Fields, is_offered: Callable[[Attribute], bool]) -> Iterator[Choice]:
    """Attributes of the record type that the path so far leads to, and the steps from there."""
    *hops, _ = typed.split(".")
    owner = fields.owner(hops)
    if owner is None:
        return
    walked = "".join(f"{hop}." for hop in hops)
    for attribute in owner.attributes:
        if is_offered(attribute):
            names = (attribute.api_name, attribute.display_name)
            text = field_text(walked + attribute.api_name)
            yield Choice(text, ChoiceKind.ATTRIBUTE, _described(attribute), names)
    for hop in path_starts(owner):
        if hop.target is not None:
            text = f"{walked}{hop.name}."
            yield Choice(text, ChoiceKind.RELATIONSHIP, f"attributes of {hop.target}", (hop.name,))


def _operators(place: Place, fields: Fields) -> Iterator[Choice]:
    """The operators that the schema lists for the attribute; all where it is not known."""
    attribute = fields.attribute(place.field)
    for name in OPERATORS if attribute is None else attribute.filter_operators:
        row = known_operator(name)
        note = "not known to this version" if row is None else row.words
        yield Choice(operator_text(name), ChoiceKind.OPERATOR, note, (operator_text(name), note))


def _values(place: Place, fields: Fields) -> Iterator[Choice]:
    """The options of a choice, flags, and words for dates; nothing for free text."""
    attribute = fields.attribute(place.field)
    if attribute is None or (place.operator is not None and place.operator.name in MATCHING):
        return
    for option in attribute.options:
        text = text_operand(option.display_value, attribute)
        names = (option.display_value, option.api_name)
        yield Choice(text, ChoiceKind.OPTION, option.api_name, names)
    if attribute.value_type == "boolean":
        yield Choice("true", ChoiceKind.OPTION, "yes")
        yield Choice("false", ChoiceKind.OPTION, "no")
    if takes_dates(attribute):
        for row in (*DATE_WORDS, *DATE_FORMS):
            yield Choice(row.word, ChoiceKind.DATE_WORD, row.meaning)


def _joiners(place: Place, _: Fields) -> Iterator[Choice]:
    yield Choice("and", ChoiceKind.KEYWORD, "both must hold")
    yield Choice("or", ChoiceKind.KEYWORD, "one must hold")
    if place.is_in_brackets:
        yield Choice(")", ChoiceKind.KEYWORD, "ends the group")
    else:
        yield from _ORDER_BY


def _always(*choices: Choice) -> Callable[[Place, Fields], Iterable[Choice]]:
    return lambda _place, _fields: choices


_ORDER_BY: Final = (Choice("order by", ChoiceKind.KEYWORD, "sorts; - before a name turns round"),)

_SLOTS: Final[Mapping[Slot, Callable[[Place, Fields], Iterable[Choice]]]] = {
    Slot.CONDITION: _conditions,
    Slot.OPERATOR: _operators,
    Slot.VALUE: _values,
    Slot.LIST: _always(Choice("(", ChoiceKind.KEYWORD, "begins the values")),
    Slot.ITEM: _values,
    Slot.AFTER_ITEM: _always(
        Choice(",", ChoiceKind.KEYWORD, "one more value"),
        Choice(")", ChoiceKind.KEYWORD, "ends the values"),
    ),
    Slot.AFTER_LOW: _always(Choice("and", ChoiceKind.KEYWORD, "the second value")),
    Slot.JOINER: _joiners,
    Slot.ORDER: _always(*_ORDER_BY),
    Slot.SORT_KEY: _sort_keys,
    Slot.AFTER_SORT_KEY: _always(
        Choice(",", ChoiceKind.KEYWORD, "one more attribute"),
        Choice("desc", ChoiceKind.KEYWORD, "largest or latest first"),
    ),
    Slot.AFTER_DIRECTION: _always(Choice(",", ChoiceKind.KEYWORD, "one more attribute")),
    Slot.FREE: _always(),
}

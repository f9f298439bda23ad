"""Making a condition step by step: the attribute, the operator, the value. What each step asks, without a screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.date_words import Calendar
from app.domain.expression import Condition, DateWord, Operand
from app.domain.operands import is_searched, operand_choices, operand_of, takes_dates
from app.domain.operators import OPERATORS, Arity, Operator, OperatorName
from app.domain.paths import hop_from, path_starts
from app.domain.safe_text import Shown, shown
from app.domain.schema import Attribute, RecordType
from app.domain.values import Json
from widgets.chooser import Choice

_TAKE: Final = "take what was chosen"
"""The key of the choice that ends a list of values; no value is called so."""

_HOP: Final = "."
"""What the key of a choice ends with that leads on to another record type."""


class Step(StrEnum):
    """What is asked."""

    ATTRIBUTE = "attribute"
    OPERATOR = "operator"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Question:
    """One step, for a `Chooser`."""

    title: Shown
    choices: Sequence[Choice]
    placeholder: str = ""
    takes_text: bool = False
    wanted_type: str | None = None
    """The record type whose schema must be known before there are choices."""
    searched_type: str | None = None
    """The record type in which what is typed is to be searched."""


class ClauseDialog:
    """Asks until `condition` is there."""

    def __init__(
        self,
        schema: RecordType,
        schemas: Mapping[str, RecordType],
        calendar: Calendar,
        start: Condition | None = None,
    ) -> None:
        """With a `start` its value is asked for first, and the values it has are kept."""
        self._schema = schema
        self.schemas = schemas
        """Those that are known; more may come while it asks."""
        self._calendar = calendar
        self._hops: tuple[str, ...] = ()
        self._attribute: Attribute | None = None
        self._operator: str | None = None
        self._values: list[Json | DateWord] = []
        self._step = Step.ATTRIBUTE
        self._is_off = start is not None and start.is_off
        self._candidates: tuple[Choice, ...] = ()
        self.condition: Condition | None = None
        """What was made, once it is."""
        if start is not None:
            self._begin_with(start)

    def _begin_with(self, start: Condition) -> None:
        *hops, name = start.field.split(".")
        self._hops = tuple(hops)
        owner = self._owner()
        attribute = owner.attribute_by_name.get(name) if owner is not None else None
        if attribute is None or not attribute.is_filterable:
            self._hops = ()
            return
        self._attribute, self._step = attribute, Step.OPERATOR
        row = _row(start.operator)
        if row is not None and row.arity is not Arity.NONE:
            self._operator, self._step = start.operator, Step.VALUE
            if row.arity is Arity.MANY and isinstance(start.value, tuple):
                self._values = [*start.value]

    # What is asked

    def question(self, typed: str = "") -> Question:
        """The step it is at; `typed` matters where ids can be typed."""
        match self._step:
            case Step.ATTRIBUTE:
                return self._attribute_question()
            case Step.OPERATOR:
                return self._operator_question()
            case Step.VALUE:
                return self._value_question(typed)

    def _attribute_question(self) -> Question:
        owner = self._owner()
        path = "".join(f"{hop}." for hop in self._hops)
        title = shown(
            f"Condition: {path} which attribute?" if path else "Condition: which attribute?"
        )
        if owner is None:
            return Question(title, (), "reading the schema", wanted_type=self._wanted_type())
        attributes = [
            Choice(
                row.api_name, shown(row.api_name), shown(f"{row.display_name} [{row.value_type}]")
            )
            for row in owner.attributes
            if row.is_filterable
        ]
        hops = [
            Choice(f"{hop.name}{_HOP}", shown(f"{hop.name}."), shown(f"attributes of {hop.target}"))
            for hop in path_starts(owner)
            if hop.target is not None
        ]
        return Question(title, (*attributes, *hops), "type to narrow")

    def _operator_question(self) -> Question:
        assert self._attribute is not None
        choices = [
            Choice(
                name, shown(row.sign if row else name), shown(row.words if row else "unknown here")
            )
            for name in self._attribute.filter_operators
            for row in [_row(name)]
        ]
        return Question(shown(f"{self._field} ... which operator?"), choices, "type to narrow")

    def _value_question(self, typed: str) -> Question:
        attribute, operator = self._attribute, self._operator
        assert attribute is not None
        assert operator is not None
        row = _row(operator)
        title = shown(f"{self._field} {row.sign if row else operator} ...")
        choices = [
            Choice(choice.text, shown(choice.label), shown(choice.note))
            for choice in operand_choices(attribute, operator, self._calendar)
        ]
        searched = attribute.related_record_type if is_searched(attribute, operator) else None
        if searched is not None:
            choices = [*self._candidates]
        if searched is not None and _is_operand(attribute, operator, typed):
            choices.insert(0, Choice(typed, shown(typed), Shown("this id")))
        if row is not None and row.arity is Arity.TWO and self._values:
            title = shown(f"{self._field} between {self._words(self._values[0])} and ...")
        if row is not None and row.arity is Arity.MANY and self._values:
            words = ", ".join(self._words(value) for value in self._values)
            choices.insert(0, Choice(_TAKE, Shown("take these"), shown(words)))
        return Question(
            title,
            choices,
            _placeholder(attribute, is_searched=searched is not None),
            takes_text=searched is None and not attribute.options,
            searched_type=searched,
        )

    # Answers

    def answer(self, key: str | None, typed: str) -> None:
        """Take an answer: a choice's key, or `None` for what was typed.

        Raises:
            ValueError: in words, when the text is no such value; the step stays.
        """
        match self._step:
            case Step.ATTRIBUTE:
                self._take_attribute(key or typed)
            case Step.OPERATOR:
                self._operator, self._values = key or typed, []
                self._step = Step.VALUE
                row = _row(self._operator)
                if row is not None and row.arity is Arity.NONE:
                    self._finish(None)
            case Step.VALUE:
                self._take_value(typed if key is None else key)

    def _take_attribute(self, name: str) -> None:
        if name.endswith(_HOP):
            self._hops = (*self._hops, name.removesuffix(_HOP))
            return
        owner = self._owner()
        assert owner is not None
        self._attribute, self._step = owner.attribute_by_name[name], Step.OPERATOR

    def _take_value(self, text: str) -> None:
        assert self._attribute is not None
        assert self._operator is not None
        row = _row(self._operator)
        arity = row.arity if row is not None else Arity.ONE
        if text == _TAKE:
            self._finish(tuple(self._values))
            return
        value = operand_of(self._attribute, self._operator, text)
        if arity is Arity.ONE:
            self._finish(value)
        elif arity is Arity.TWO and self._values:
            self._finish((self._values[0], value))
        elif value in self._values:
            self._values.remove(value)
        else:
            self._values.append(value)

    def _finish(self, value: Operand) -> None:
        assert self._operator is not None
        self.condition = Condition(self._field, self._operator, value, self._is_off)

    def back(self) -> bool:
        """The step before this one; whether there is one."""
        match self._step:
            case Step.VALUE:
                self._step, self._values = Step.OPERATOR, []
            case Step.OPERATOR:
                self._step = Step.ATTRIBUTE
            case Step.ATTRIBUTE:
                if not self._hops:
                    return False
                self._hops = self._hops[:-1]
        return True

    def offer_records(self, found: Sequence[tuple[str, str]]) -> None:
        """Records that may be meant: their ids and names."""
        self._candidates = tuple(
            Choice(record_id, shown(name), shown(record_id[:8])) for record_id, name in found
        )

    @property
    def _field(self) -> str:
        assert self._attribute is not None
        return ".".join((*self._hops, self._attribute.api_name))

    def _owner(self) -> RecordType | None:
        """The record type the hops lead to; `None` while a schema on the way is not known."""
        owner, _ = self._follow()
        return owner

    def _wanted_type(self) -> str | None:
        """The first record type on the way whose schema is not known."""
        _, wanted = self._follow()
        return wanted

    def _follow(self) -> tuple[RecordType | None, str | None]:
        owner = self._schema
        for name in self._hops:
            hop = hop_from(owner, name)
            target = hop.target if hop is not None else None
            if target is None or target not in self.schemas:
                return None, target
            owner = self.schemas[target]
        return owner, None

    def _words(self, value: Json | DateWord) -> str:
        if isinstance(value, DateWord):
            return value.text
        named = next((row.label for row in self._candidates if row.key == value), None)
        return named or str(value)


def _row(operator: str) -> Operator | None:
    try:
        return OPERATORS[OperatorName(operator)]
    except ValueError:
        return None


def _is_operand(attribute: Attribute, operator: str, text: str) -> bool:
    try:
        operand_of(attribute, operator, text)
    except ValueError:
        return False
    return bool(text)


def _placeholder(attribute: Attribute, *, is_searched: bool) -> str:
    if is_searched:
        return "type a part of the name, or an id"
    if takes_dates(attribute):
        return "a date, or today, 7d, -2w, 2026-06"
    if attribute.options:
        return "type to narrow"
    return f"a {attribute.value_type.replace('_', ' ')}"

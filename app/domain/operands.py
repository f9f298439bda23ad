"""What a condition may compare an attribute with: from a person's text, and the choices there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.date_words import DATE_WORDS, Calendar, is_date_word, shown_word
from app.domain.expression import DateWord
from app.domain.operators import MATCHING, OperatorName
from app.domain.parsing import parse_value
from app.domain.schema import Attribute
from app.domain.values import Json, Ordering, plain


@dataclass(frozen=True, slots=True)
class OperandChoice:
    """A value that can be chosen."""

    text: str
    """What `operand_of` takes."""
    label: str
    note: str = ""


def takes_dates(attribute: Attribute) -> bool:
    """Whether date words mean something for it."""
    row = attribute.type_row
    return row.ordering is Ordering.TIME and attribute.value_type != "time"


def operand_of(attribute: Attribute, operator: str, text: str) -> Json | DateWord:
    """What a condition on the attribute compares with, from one text.

    Raises:
        ValueError: in words, for a text that is no such value.
    """
    if takes_dates(attribute) and is_date_word(text):
        return DateWord(text.lower())
    if operator in MATCHING or MATCHING & attribute.type_row.operators:
        return text
    return plain(parse_value(attribute, text), attribute.value_type)  # type: ignore[arg-type]  # a scalar, or an option's name


def operand_choices(
    attribute: Attribute, operator: str, calendar: Calendar
) -> Sequence[OperandChoice]:
    """The values there are to choose from: all of them for choices and flags, words for dates, none for free text."""
    if operator in MATCHING:
        return ()
    if attribute.options:
        return [
            OperandChoice(option.api_name, option.display_value, option.api_name)
            for option in attribute.options
        ]
    if attribute.value_type == "boolean":
        return [OperandChoice("true", "yes"), OperandChoice("false", "no")]
    if takes_dates(attribute):
        return [
            OperandChoice(row.word, row.word, f"{shown_word(row.word, calendar)}  {row.meaning}")
            for row in DATE_WORDS
        ]
    return ()


def is_searched(attribute: Attribute, operator: str) -> bool:
    """Whether its values are records, to be found by their names."""
    return attribute.value_type == "record_reference" and operator not in {
        OperatorName.EXISTS,
        OperatorName.NOT_EXISTS,
    }

"""The operators of a filter: one row each, with what they mean in memory.

Source of names and families: Public API v2, Query Records for Sync. What the pages leave open (case, empty values) is our
choice and holds on the local workspace: matching ignores case, equality is exact but for e-mail addresses and domains, and
`ne` and `not_in` also hold for empty values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

Comparable = str | bool | int | Decimal | datetime | date | time
"""What a filter compares: a text, number, flag or point in time; ids for choices and references."""


class OperatorName(StrEnum):
    """The API's words."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    BETWEEN = "between"
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"


class Arity(StrEnum):
    """How many operands an operator takes."""

    NONE = "none"
    ONE = "one"
    TWO = "two"
    MANY = "many"


EQUALITY: Final = frozenset(
    {OperatorName.EQ, OperatorName.NE, OperatorName.IN, OperatorName.NOT_IN}
)
MATCHING: Final = frozenset(
    {OperatorName.CONTAINS, OperatorName.STARTS_WITH, OperatorName.ENDS_WITH}
)
ORDER: Final = frozenset(
    {OperatorName.GT, OperatorName.GTE, OperatorName.LT, OperatorName.LTE, OperatorName.BETWEEN}
)
EMPTINESS: Final = frozenset({OperatorName.EXISTS, OperatorName.NOT_EXISTS})


def fold(text: str) -> str:
    """Lower case, one character for one, and no letter outside ASCII becomes one inside it.

    So an ASCII needle matches just what SQL's `LIKE` matches, whatever the text holds.
    """
    if text.isascii():
        return text.lower()
    return "".join(_fold_character(character) for character in text)


def _fold_character(character: str) -> str:
    lower = character.lower()
    if len(lower) != 1 or (lower.isascii() and not character.isascii()):
        return character
    return lower


def _less(left: Any, right: Any) -> bool:
    """Order of two comparables of one kind; values of different kinds have no order."""
    return (type(left) is type(right) and left < right) or (
        _both_numbers(left, right) and left < right
    )


def _both_numbers(left: object, right: object) -> bool:
    return isinstance(left, int | Decimal) and isinstance(right, int | Decimal)


Meaning = Callable[[Comparable | None, Sequence[Comparable]], bool]
"""Does a value (`None`: empty) satisfy the operator with these operands?"""


@dataclass(frozen=True, slots=True)
class Operator:
    """One row: a name, its faces and its meaning."""

    name: OperatorName
    sign: str
    """The text face, as typed in an expression."""
    words: str
    """As read aloud after the attribute's name."""
    arity: Arity
    means: Meaning
    is_negative: bool = False
    """On a list-like attribute a negative operator must hold for every item, any other one for some item."""


_ROWS: Final = (
    Operator(OperatorName.EQ, "=", "is", Arity.ONE, lambda v, o: v is not None and v == o[0]),
    Operator(OperatorName.NE, "!=", "is not", Arity.ONE, lambda v, o: v is None or v != o[0], True),
    Operator(OperatorName.IN, "in", "is one of", Arity.MANY, lambda v, o: v is not None and v in o),
    Operator(
        OperatorName.NOT_IN,
        "not in",
        "is none of",
        Arity.MANY,
        lambda v, o: v is None or v not in o,
        True,
    ),
    Operator(
        OperatorName.CONTAINS,
        "contains",
        "contains",
        Arity.ONE,
        lambda v, o: v is not None and fold(str(o[0])) in fold(str(v)),
    ),
    Operator(
        OperatorName.STARTS_WITH,
        "starts with",
        "starts with",
        Arity.ONE,
        lambda v, o: v is not None and fold(str(v)).startswith(fold(str(o[0]))),
    ),
    Operator(
        OperatorName.ENDS_WITH,
        "ends with",
        "ends with",
        Arity.ONE,
        lambda v, o: v is not None and fold(str(v)).endswith(fold(str(o[0]))),
    ),
    Operator(
        OperatorName.GT,
        ">",
        "is more than",
        Arity.ONE,
        lambda v, o: v is not None and _less(o[0], v),
    ),
    Operator(
        OperatorName.GTE,
        ">=",
        "is at least",
        Arity.ONE,
        lambda v, o: v is not None and (v == o[0] or _less(o[0], v)),
    ),
    Operator(
        OperatorName.LT,
        "<",
        "is less than",
        Arity.ONE,
        lambda v, o: v is not None and _less(v, o[0]),
    ),
    Operator(
        OperatorName.LTE,
        "<=",
        "is at most",
        Arity.ONE,
        lambda v, o: v is not None and (v == o[0] or _less(v, o[0])),
    ),
    Operator(
        OperatorName.BETWEEN,
        "between",
        "is between",
        Arity.TWO,
        lambda v, o: v is not None and not _less(v, o[0]) and not _less(o[1], v),
    ),
    Operator(OperatorName.EXISTS, "exists", "is filled", Arity.NONE, lambda v, _: v is not None),
    Operator(
        OperatorName.NOT_EXISTS, "not exists", "is empty", Arity.NONE, lambda v, _: v is None, True
    ),
)

OPERATORS: Final[Mapping[OperatorName, Operator]] = MappingProxyType(
    {row.name: row for row in _ROWS}
)
"""Every operator of the API, by name."""

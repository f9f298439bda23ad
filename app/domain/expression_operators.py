"""The operators as they are typed: signs, the API's names, and the words they are read aloud with."""

import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from app.domain.operators import OPERATORS, Operator, OperatorName
from app.domain.schema import Attribute

_SPELLINGS: Final = {"==": OperatorName.EQ, "<>": OperatorName.NE, "is not empty": OperatorName.EXISTS}  # fmt: skip

OPERATOR_FORMS: Final[Mapping[tuple[str, ...], Operator]] = MappingProxyType(
    {
        tuple(form.split()): row
        for row in OPERATORS.values()
        for form in (row.name.value, row.sign, row.words)
    }
    | {tuple(form.split()): OPERATORS[name] for form, name in _SPELLINGS.items()}
)
"""Every way to type an operator, as words in lower case."""

LONGEST_FORM: Final = max(map(len, OPERATOR_FORMS))
"""Words of the longest one."""

FORM_STARTS: Final = frozenset(
    form[:length] for form in OPERATOR_FORMS for length in range(1, len(form) + 1)
)
"""Whatever an operator can begin with."""


def known_operator(name: str) -> Operator | None:
    """The row of an API name; `None` for one this version does not know."""
    return OPERATORS[OperatorName(name)] if name in OPERATORS else None


def operator_text(name: str) -> str:
    """An operator as it is typed, by its API name."""
    row = known_operator(name)
    return f"{{{name}}}" if row is None else row.sign


def operator_texts(attribute: Attribute | None) -> tuple[str, ...]:
    """What may be typed after an attribute: what its schema lists, or everything if that is not known."""
    names: Sequence[str] = [*OPERATORS]
    if attribute is not None and attribute.filter_operators:
        names = attribute.filter_operators
    return tuple(operator_text(name) for name in names)


def near_operator(word: str) -> str | None:
    """The operator that a mistyped word may be."""
    if word == "!":
        return OPERATORS[OperatorName.NE].sign
    starts = {form[0]: row.sign for form, row in OPERATOR_FORMS.items()}
    near = difflib.get_close_matches(word.lower(), [*starts], n=1, cutoff=0.7)
    return starts[near[0]] if near else None

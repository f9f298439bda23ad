"""The grammar of expressions by examples, for help."""

from dataclasses import dataclass
from typing import Final

from app.domain.operators import OPERATORS, Arity


@dataclass(frozen=True, slots=True)
class GrammarRow:
    """One form: an expression of that form, and what it means."""

    form: str
    meaning: str


_OPERANDS: Final = {Arity.NONE: "", Arity.ONE: " X", Arity.TWO: " X and Y", Arity.MANY: " (X, Y)"}

GRAMMAR: Final = (
    GrammarRow("stage = working", "attribute, operator, value"),
    GrammarRow('stage = "Closed Won"', "quotes around several words"),
    GrammarRow("accounts.stage = customer", "an attribute of related records"),
    GrammarRow("a = 1 and b = 2", "both"),
    GrammarRow("a = 1 or b = 2", "one of them; and binds closer"),
    GrammarRow("a = 1 and (b = 2 or c = 3)", "brackets group"),
    GrammarRow("not a = 1", "the opposite; also of a group"),
    GrammarRow("off a = 1", "kept, and not asked"),
    GrammarRow("order by -updated_at, name", "sort keys; - is descending"),
    GrammarRow("updated_at > -2w", "dates: today, monday, 7d, 2026-06"),
    GrammarRow("a = 1  # why", "a comment, to the end of the line"),
    GrammarRow(r'name = "say \"hi\" \u00e9"', "escapes in quotes, as in JSON"),
    GrammarRow("`odd name` = 1", "backticks: a name as it is"),
    GrammarRow("a {fuzzy} x", "an operator crmdeck does not know"),
    GrammarRow('a = {"city": "Lyon"}', "JSON: {...}, [...] or json(12)"),
    GrammarRow("a = date(today)", "a date word on any attribute"),
    GrammarRow("all(a = 1) or any()", "groups of one condition or none"),
)
"""One row a form. Keywords may be in any case."""

OPERATOR_GRAMMAR: Final = tuple(
    GrammarRow(f"a {row.sign}{_OPERANDS[row.arity]}", row.words) for row in OPERATORS.values()
)
"""One row an operator; its words and the API's name are understood too."""

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
    GrammarRow("stage = working", "a condition: attribute, operator, value"),
    GrammarRow('stage = "Closed Won"', "quotes, \" or ', around anything but one plain word"),
    GrammarRow("accounts.domain = acme.com", "an attribute of related records, by a path"),
    GrammarRow("a = 1 and b = 2", "both"),
    GrammarRow("a = 1 or b = 2", "one of them; `and` binds closer than `or`"),
    GrammarRow("a = 1 and (b = 2 or c = 3)", "brackets group"),
    GrammarRow("not a = 1", "the opposite, of a condition or a group"),
    GrammarRow("off a = 1", "kept, and not asked"),
    GrammarRow("order by -updated_at, name", "sort keys, at the end; - is descending"),
    GrammarRow("updated_at > -2w", "dates take words: today, monday, 7d, 2026-06, last_week"),
    GrammarRow("a = 1  # why", "a comment, to the end of the line"),
    GrammarRow(r'name = "say \"hi\" \u00e9"', "in quotes \\ escapes, as in JSON"),
    GrammarRow("`odd name` = 1", "a name in backticks is taken as it is"),
    GrammarRow("a {fuzzy} x", "an operator of the API that crmdeck does not know"),
    GrammarRow('a = {"city": "Lyon"}', "JSON as it is: {...}, [...] or json(12)"),
    GrammarRow("a = date(today)", "a date word where the schema does not tell"),
    GrammarRow("all(a = 1) or any()", "groups of one condition or none"),
)
"""One row a form. Keywords may be in any case."""

OPERATOR_GRAMMAR: Final = tuple(
    GrammarRow(f"a {row.sign}{_OPERANDS[row.arity]}", row.words) for row in OPERATORS.values()
)
"""One row an operator; its words and the API's name are understood too."""

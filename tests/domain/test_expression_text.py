"""The grammar of an expression: what each form means, how it is written, and what is said of a mistake."""

import pytest

from app.domain.expression import EMPTY, Condition, ConditionGroup, DateWord, Expression
from app.domain.expression_error import ExpressionError
from app.domain.expression_grammar import GRAMMAR, OPERATOR_GRAMMAR, GrammarRow
from app.domain.expression_text import expression_text, parse_expression
from app.domain.operators import OPERATORS, Arity
from app.domain.query import Direction, GroupKind, Sort
from tests.support.queries import CONTACT, SCHEMAS

A = Condition("a_string", "eq", "x")
B = Condition("a_email", "exists")
C = Condition("a_number", "gt", 5)
AND, OR, NOT = GroupKind.AND, GroupKind.OR, GroupKind.NOT


def parse(text: str) -> Expression:
    return parse_expression(text, CONTACT, SCHEMAS)


def write(expression: Expression) -> str:
    return expression_text(expression, CONTACT, SCHEMAS)


def value_of(text: str) -> object:
    (node,) = parse(text).nodes
    assert isinstance(node, Condition)
    return node.value


def refusal(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("", ()),
        ("a_string = x and a_email exists", (A, B)),
        ("(a_string = x and a_email exists)", (ConditionGroup(AND, (A, B)),)),
        ("a_string = x or a_email exists", (ConditionGroup(OR, (A, B)),)),
        ("(a_string = x or a_email exists) and a_number > 5", (ConditionGroup(OR, (A, B)), C)),
        ("not a_string = x and a_email exists", (ConditionGroup(NOT, (A,)), B)),
        ("not (a_string = x or a_number > 5)", (ConditionGroup(NOT, (ConditionGroup(OR, (A, C)),)),)),
        ("off a_string = x", (Condition("a_string", "eq", "x", is_off=True),)),
        ("off not a_string = x", (ConditionGroup(NOT, (A,), is_off=True),)),
        ("all(a_string = x)", (ConditionGroup(AND, (A,)),)),
        ("any() and all()", (ConditionGroup(OR), ConditionGroup(AND))),
        ("any(all(a_string = x))", (ConditionGroup(OR, (ConditionGroup(AND, (A,)),)),)),
    ],
)  # fmt: skip
def test_a_text_and_its_tree_stand_for_each_other(text: str, nodes: tuple[Condition, ...]) -> None:
    """Groups, negation, switched off parts."""
    assert parse(text) == Expression(nodes)
    assert write(Expression(nodes)) == text


def test_and_binds_closer_than_or() -> None:
    """And the written text shows it in brackets."""
    expression = parse("a_string = x or a_email exists and a_number > 5")
    assert expression.nodes == (ConditionGroup(OR, (A, ConditionGroup(AND, (B, C)))),)
    assert write(expression) == "a_string = x or (a_email exists and a_number > 5)"


def test_brackets_around_one_condition_vanish() -> None:
    """However many."""
    assert parse("((a_string = x)) and (((a_email exists)))").nodes == (A, B)


def test_keywords_come_in_any_case_and_comments_are_passed_over() -> None:
    """A `#` inside a word begins no comment."""
    text = "a_string = x # the first\nAND NOT a_email EXISTS\n# and last\nOrder BY a_number"
    assert write(parse(text)) == "a_string = x and not a_email exists order by a_number"
    assert value_of("a_string = acme#1") == "acme#1"


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: row.name)
def test_an_operator_is_known_by_sign_name_and_words(row: object) -> None:
    """All three are one operator; the sign is what is written."""
    operator = OPERATORS[row.name]  # type: ignore[attr-defined]  # a row of the table
    operand = {Arity.NONE: "", Arity.ONE: " 1", Arity.TWO: " 1 and 2", Arity.MANY: " (1, 2)"}
    written = f"a_number {operator.sign}{operand[operator.arity]}"
    for form in (operator.sign, operator.name.value, operator.words, operator.words.upper()):
        (node,) = parse(f"a_number {form}{operand[operator.arity]}").nodes
        assert isinstance(node, Condition)
        assert node.operator == operator.name
        assert write(Expression((node,))) == written


def test_a_negation_of_nothing_or_of_several_is_one_of_a_group() -> None:
    """The tree allows it, the grammar does not; the meaning stays."""
    assert write(Expression((ConditionGroup(NOT), ConditionGroup(NOT, (A, B))))) == (
        "not all() and not (a_string = x and a_email exists)"
    )


def test_signs_need_no_space() -> None:
    """And the usual other spellings of equality are understood."""
    assert parse("a_string=x").nodes == parse("a_string==x").nodes == (A,)
    assert parse("a_number<>5").nodes == parse("a_number!=5").nodes
    assert parse("a_email is not empty").nodes == (B,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a_string = 12", "12"),
        ("a_string = true", "true"),
        ("a_string = null", None),
        ('a_string = "null"', "null"),
        ("a_string = json(12)", 12),
        ("a_number = 12", 12),
        ('a_number = "12"', "12"),
        ("a_boolean = yes", True),
        ("a_date > -2W", DateWord("-2w")),
        ('a_date > "-2w"', "-2w"),
        ("a_time > 12h", "12h"),
        ("a_timestamp = 2026-06", DateWord("2026-06")),
        ("a_timestamp = 2026-06-15T10:00:00Z", "2026-06-15T10:00:00Z"),
        ("a_string = today", "today"),
        ("a_string = date(today)", DateWord("today")),
        ("a_select = working", "working"),
        ("a_select = 'Closed Won'", "Closed Won"),
        ("a_string = sarah.chen@acme.com", "sarah.chen@acme.com"),
        ("a_string = O'Brien", "O'Brien"),
        (r'a_string = "say \"hi\"\n\u00e9\ud83d\ude00\u{1F600}"', 'say "hi"\né😀😀'),
        ('a_address = {"city": "Lyon"}', {"city": "Lyon"}),
        ("a_string = [1, null]", [1, None]),
        ("a_string in (a, 'b c', 3)", ("a", "b c", "3")),
        ('a_string in ["a", 3]', ("a", 3)),
        ("a_string in ()", ()),
        ("a_number between 1 and 2", (1, 2)),
        ("renewals.amount > 5", 5),
        ("renewals.amount > today", "today"),
    ],
)
def test_a_value_is_read_by_its_attribute(text: str, value: object) -> None:
    """Text, numbers, flags and date words each where they belong; quotes always make text."""
    read = value_of(text)
    assert read == value
    assert type(read) is type(value)


def test_an_operator_we_do_not_know_stands_in_braces() -> None:
    """So does a known one whose value does not fit it."""
    fuzzy = Condition("a_string", "fuzzy", {"like": "x"})
    assert parse('a_string {fuzzy} {"like": "x"}').nodes == (fuzzy,)
    assert write(Expression((fuzzy, Condition("a_string", "in", "x")))) == (
        'a_string {fuzzy} {"like": "x"} and a_string {in} x'
    )


def test_backticks_take_any_name() -> None:
    """Odd ones, words of the grammar, and ones the schema has lost."""
    for field in ("two words", "not", "lost", "`", ""):
        expression = Expression((Condition(field, "eq", 1),), (Sort(field, Direction.DESC),))
        assert write(expression).startswith("`")
        assert parse(write(expression)) == expression


def test_sort_keys_come_last() -> None:
    """A minus or the word `desc` turns one round."""
    sort = (Sort("a_date", Direction.DESC), Sort("a_string"))
    assert parse("order by -a_date, a_string").sort == sort
    assert parse("order by a_date desc, a_string asc") == Expression((), sort)
    assert parse("order by - a_date, a_string") == Expression((), sort)
    assert write(Expression((A,), sort)) == "a_string = x order by -a_date, a_string"
    assert write(EMPTY) == ""


def test_names_are_checked_where_the_schema_is_known() -> None:
    """Beyond it, any name will do."""
    assert "has no attribute" in refusal("accounts.nothing = 1").message
    assert parse("renewals.nothing = 1").nodes == (Condition("renewals.nothing", "eq", 1),)
    assert parse_expression("nothing = 1", None, {}).nodes == (Condition("nothing", "eq", 1),)


@pytest.mark.parametrize(
    ("text", "position", "message", "suggestion"),
    [
        ("a_strin = 3", 0, "contact has no attribute a_strin. Did you mean a_string?", "a_string"),
        ("accounts.a_strin = 3", 9, "account has no attribute a_strin", "accounts.a_string"),
        ("acounts.a_string = 3", 0, "contact has no relationship acounts", "accounts"),
        ("accounts = 3", 0, "accounts is a relationship", "accounts.id"),
        ("a_string", 8, "Expected an operator after a_string at column 9 (=, !=, in, ", None),
        ("a_string contians x", 9, "found contians. Did you mean contains?", "contains"),
        ("a_string ! x", 9, "Did you mean !=?", "!="),
        ("a_string =", 10, "Expected a value after = at column 11, the text ends.", None),
        ("a_string = or", 11, 'Did you mean "or"?', '"or"'),
        ("a_string = Acme Corp", 16, 'Did you mean "Acme Corp"?', '"Acme Corp"'),
        ("a_string in (Acme Corp)", 18, 'Did you mean "Acme Corp"?', '"Acme Corp"'),
        ("a_string in x", 12, "Did you mean in (x)?", "in (x)"),
        ("a_string = (x)", 11, "Did you mean in?", "in"),
        ("a_string = x && a_email exists", 13, "Did you mean and?", "and"),
        ("a_string = x,", 12, "Did you mean and?", "and"),
        ("a_string = x and", 16, "Expected a condition at column 17, the text ends.", None),
        ("a_string = 'x", 11, "' at column 12 is not closed.", None),
        ("(a_string = x", 0, "( at column 1 is not closed.", None),
        ("a_string = x)", 12, ") at column 13 closes nothing.", None),
        ("a_string in (x", 12, "( at column 13 is not closed.", None),
        ("a_number between 1 or 2", 19, "Expected and with the second value", None),
        ('a_string = "\\d"', 12, "\\d at column 13 is no escape", "\\\\"),
        ("a_string = \u201cx\u201d", 11, "Curly quotes do not quote", '"'),
        ('a_string = {"a": 1,}', 19, "Broken JSON at column 20", None),
        ("a_string = json(NaN)", 16, "NaN is not JSON", None),
        ("a_string = x\nand a_strin = 3", 17, "has no attribute a_strin", "a_string"),
        ("a_string = x\nand a_string", 25, "at line 2 column 13", None),
        ("'a_string' = x", 0, "Did you mean `a_string`?", "`a_string`"),
        ("(a_string = x a_email exists)", 14, "Expected and, or, order by or the end", None),
        ("a_string = json(12 13)", 19, "Expected ) at column 20, found 13.", None),
        ("a_string = date(=)", 16, "Expected a date word at column 17, found =.", None),
        ("order by a_string, -", 20, "Expected an attribute to sort by at column 21", None),
        ("order by a_string a_email exists", 18, "Expected and, or, order by or the end", None),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    text: str, position: int, message: str, suggestion: str | None
) -> None:
    """What was expected, and what may have been meant."""
    error = refusal(text)
    assert message in error.message
    assert (error.position, error.suggestion) == (position, suggestion)


def test_what_may_stand_there_is_told_as_data() -> None:
    """For a list to choose from."""
    assert refusal("a_boolean = ").expected == ("true", "false")
    assert refusal("a_select = ").expected == ("Working", "Closed Won", "Off")
    assert refusal("a_string").expected[:3] == ("=", "!=", "in")
    assert refusal("x = 1").expected == tuple(row.api_name for row in CONTACT.attributes)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "not " * 2_500,
        "off not " * 1_500,
        "a_string = " + "[" * 10_000,
        "all(" * 2_500,
    ],
    ids=["brackets", "nots", "offs", "lists", "groups"],
)
def test_depth_has_an_end(text: str) -> None:
    """An error, whatever is stacked."""
    assert "More than 100 groups" in refusal(text).message or "deeply" in refusal(text).message


def test_depth_just_inside_is_read() -> None:
    """A hundred groups in one another go both ways."""
    text = "not " * 50 + "any(" * 50 + "a_string = x" + ")" * 50
    assert write(parse(text)) == text


def test_many_conditions_are_many_nodes() -> None:
    """Two hundred, and a list of two thousand."""
    assert len(parse(" and ".join(["a_string = x"] * 200)).nodes) == 200
    values = value_of(f"a_number in ({', '.join(map(str, range(2000)))})")
    assert values == tuple(range(2000))


@pytest.mark.parametrize("row", [*GRAMMAR, *OPERATOR_GRAMMAR], ids=lambda row: row.form)
def test_every_form_in_help_is_an_expression(row: GrammarRow) -> None:
    """It can be typed as it stands."""
    assert parse_expression(row.form, None, {}) != EMPTY


def test_the_forms_in_help_fit_a_narrow_screen() -> None:
    """Form and meaning stand side by side."""
    assert max(len(row.form) for row in GRAMMAR) <= 28
    assert max(len(row.meaning) for row in GRAMMAR) <= 34


def test_help_names_every_operator() -> None:
    """None is left to be guessed."""
    assert [row.meaning for row in OPERATOR_GRAMMAR] == [row.words for row in OPERATORS.values()]

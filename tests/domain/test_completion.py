"""What may stand at the cursor: only what the schema allows there, and something in any text."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.completion import ChoiceKind, Completions, complete
from app.domain.date_words import DATE_WORDS
from app.domain.expression_error import ExpressionError
from app.domain.expression_text import parse_expression
from app.domain.schema import Attribute, RecordType, Relationship
from tests.support.queries import CONTACT, OPTIONS, SCHEMAS, broken_texts


def attribute(name: str, value_type: str = "string", *operators: str) -> Attribute:
    return Attribute(
        name,
        name.replace("_", " ").title(),
        value_type,
        is_filterable=bool(operators),
        is_sortable="eq" in operators,
        filter_operators=operators,
        options=OPTIONS if value_type == "select" else (),
    )


PERSON = RecordType(
    "person",
    "Person",
    attributes=(
        attribute("title", "string", "eq", "contains", "fuzzy"),
        attribute("job_title", "string", "eq", "in"),
        attribute("stage", "select", "eq", "ne", "in", "not_in", "not_exists"),
        attribute("is_active", "boolean", "eq"),
        attribute("born_on", "date", "gt", "between"),
        attribute("two words", "string", "eq"),
        attribute("secret", "string"),
    ),
    relationships=(Relationship("firms", "Firms", "firm"), Relationship("sites", "Sites", "site")),
)
FIRM = RecordType("firm", "Firm", attributes=(attribute("domain", "string", "eq"),))
KNOWN = {"person": PERSON, "firm": FIRM}


def completions(marked: str) -> tuple[Completions, str]:
    """The completions at the `|` of a text, and the text without it."""
    cursor = marked.index("|")
    text = marked[:cursor] + marked[cursor + 1 :]
    return complete(text, cursor, PERSON, KNOWN), text


def error_of(text: str) -> ExpressionError | None:
    try:
        parse_expression(text, PERSON, KNOWN)
    except ExpressionError as error:
        return error
    return None


def offered(marked: str) -> list[str]:
    return [choice.text for choice in completions(marked)[0].choices]


def taken(marked: str, wanted: str) -> str:
    """The text after a choice was taken, with the cursor as `|`."""
    found, text = completions(marked)
    choice = next(choice for choice in found.choices if choice.text == wanted)
    text, cursor = found.taken(text, choice)
    return f"{text[:cursor]}|{text[cursor:]}"


@pytest.mark.parametrize(
    ("marked", "choices"),
    [
        ("ti|", ["title", "job_title", "is_active"]),
        ("TITLE|", ["title", "job_title"]),
        ("jtl|", ["job_title"]),
        ("title = x and not (st|", ["stage"]),
        ("two|", ["`two words`"]),
        ("secret|", []),
        ("firms.|", ["firms.domain"]),
        ("firms.do|", ["firms.domain"]),
        ("sites.|", []),
        ("title |", ["=", "contains", "{fuzzy}"]),
        ("stage not |", ["not in", "not exists"]),
        ("stage not e|", ["not exists"]),
        ("stage is|", ["=", "!=", "in", "not in", "not exists"]),
        ("stage = |", ["Working", '"Closed Won"', '"Off"']),
        ("stage = clo|", ['"Closed Won"']),
        ('stage = "clo|', ['"Closed Won"']),
        ("stage = closed_w|", ['"Closed Won"']),
        ("stage in |", ["("]),
        ("stage in (|", ["Working", '"Closed Won"', '"Off"']),
        ("stage in (Working |", [",", ")"]),
        ("stage in (Working, clo|", ['"Closed Won"']),
        ("is_active = |", ["true", "false"]),
        ("title = |", []),
        ("title contains |", []),
        ("born_on > yest|", ["yesterday"]),
        ("born_on between today |", ["and"]),
        ("born_on between today and yest|", ["yesterday"]),
        ("title = x |", ["and", "or", "order by"]),
        ("(title = x |", ["and", "or", ")"]),
        ("stage not_exists o|", ["or", "order by"]),
        ("title = x order |", ["order by"]),
        ("title = x order by |", ["title", "job_title", "stage", "is_active", "`two words`"]),
        ("order by -sta|", ["-stage"]),
        ("order by stage |", [",", "desc"]),
        ("order by -stage |", [","]),
        ("order by stage desc |", [","]),
        ("order by stage, ti|", ["title", "job_title", "is_active"]),
        ('title = {"a": |', []),
        ('title = {"a": [1, 2]} |', ["and", "or", "order by"]),
        ("title = x # and |", []),
        ("title {fu|", []),
        ("title {fuzzy} x |", ["and", "or", "order by"]),
        ("title in (json(1) |", [",", ")"]),
        ("title = json(1) and stage exi|", ["not exists"]),
        ("born_on between date(today) and yest|", ["yesterday"]),
        ("born_on between date(today) |", ["and"]),
        ("(title = x or (stage = x)) |", ["and", "or", "order by"]),
        (") and (stage exi|", ["not exists"]),
        ("stage in Working |", ["and", "or", "order by"]),
        ("title = x order of ti|", []),
        ("order by - sta|", ["stage"]),
        ("order by ( stage |", [",", "desc"]),
        ("any(ti|", ["title", "job_title", "is_active"]),
        ("stage = Working|", []),
        ('stage = "Closed Won"| and x', []),
    ],
)  # fmt: skip
def test_choices_fit_their_place(marked: str, choices: list[str]) -> None:
    """Names that begin with what is typed come first, then those that hold it, then those with its letters in order."""
    assert offered(marked) == choices


@pytest.mark.parametrize(
    "marked",
    [
        "nope = \"x' and st|",
        "((( and st|",
        "title title title and st|",
        "= = x or st|",
        "st| ~ %% ((",
    ],
)
def test_mistakes_elsewhere_do_not_matter(marked: str) -> None:
    """An open quote swallows the rest; anything else is passed over."""
    assert offered(marked) == ([] if '"' in marked else ["stage"])


def test_everything_filterable_is_offered_at_the_start() -> None:
    """In the schema's order, then the ways to other records, then the words of the grammar."""
    assert offered("|") == [
        "title", "job_title", "stage", "is_active", "born_on", "`two words`", "firms.", "sites.", "not", "off", "(",
        "order by",
    ]  # fmt: skip


def test_a_choice_says_what_it_is() -> None:
    """Kind and note: display name and value type, words, API names, meanings."""
    said = {
        marked: [(choice.kind, choice.note) for choice in completions(marked)[0].choices][:1]
        for marked in ("job|", "firms|", "stage !|", "title {|", "stage = wo|", "born_on > toda|")
    }
    assert said == {
        "job|": [(ChoiceKind.ATTRIBUTE, "Job Title, string")],
        "firms|": [(ChoiceKind.RELATIONSHIP, "attributes of firm")],
        "stage !|": [(ChoiceKind.OPERATOR, "is")],
        "title {|": [],
        "stage = wo|": [(ChoiceKind.OPTION, "working")],
        "born_on > toda|": [(ChoiceKind.DATE_WORD, "the day it is")],
    }


@pytest.mark.parametrize(
    ("marked", "hint"),
    [
        ("title = |", "a value of Title, string"),
        ("title in (x, |", "a value of Title, string"),
        ("sites.name = |", "a value"),
        ("zzz|", "no attribute like this"),
        ("order by zzz|", "no attribute like this"),
        ("title zzz|", "no operator like this"),
        ("title = VP of|", "and, or, order by; a text of several words stands in quotes"),
        ("stage = |", ""),
        ("title = x # |", ""),
    ],
)
def test_without_choices_there_is_a_hint(marked: str, hint: str) -> None:
    """What is expected, or that nothing fits."""
    assert completions(marked)[0].hint == hint


def test_all_date_words_are_offered() -> None:
    """And an example of each form that is made."""
    assert set(offered("born_on > |")) > {row.word for row in DATE_WORDS}


@pytest.mark.parametrize(
    ("marked", "wanted", "after"),
    [
        ("sta|", "stage", "stage |"),
        ("sta| = x", "stage", "stage |= x"),
        ("st|uff = x", "stage", "stage |= x"),
        ("fi|", "firms.", "firms.|"),
        ("firms.do|", "firms.domain", "firms.domain |"),
        ("stage |", "!=", "stage != |"),
        ("stage not|", "not in", "stage not in |"),
        ("stage not i|", "not in", "stage not in |"),
        ("stage in |", "(", "stage in (|"),
        ("stage in (clo|)", '"Closed Won"', 'stage in ("Closed Won"|)'),
        ('stage = "clo| and title = x', '"Closed Won"', 'stage = "Closed Won" |and title = x'),
        ("stage in (Working |", ",", "stage in (Working, |"),
        ("stage in (Working |", ")", "stage in (Working) |"),
        ("order by -st|", "-stage", "order by -stage |"),
        ("title = x ord|", "order by", "title = x order by |"),
    ],
)
def test_a_choice_takes_the_place_of_the_word_at_the_cursor(
    marked: str, wanted: str, after: str
) -> None:
    """And typing goes on behind it."""
    assert taken(marked, wanted) == after


def test_without_a_schema_only_words_are_offered() -> None:
    """Nothing is guessed."""
    assert [choice.kind for choice in complete("", 0, None, {}).choices] == [ChoiceKind.KEYWORD] * 4
    assert complete("anything = ", 11, None, {}).choices == ()


def test_there_are_never_too_many() -> None:
    """More are found by typing on."""
    wide = replace(
        PERSON,
        attributes=tuple(attribute(f"field_{number}", "string", "eq") for number in range(300)),
    )
    assert len(complete("", 0, wide, {}).choices) == 50
    assert [choice.text for choice in complete("field_299", 9, wide, {}).choices] == []
    assert [choice.text for choice in complete("d_29", 4, wide, {}).choices][:2] == [
        "field_29",
        "field_290",
    ]


@settings(max_examples=1000, deadline=None)
@given(broken_texts, st.integers(-1, 80))
def test_any_text_has_completions(text: str, cursor: int) -> None:
    """They lie around the cursor, and each can be taken."""
    found = complete(text, cursor, CONTACT, SCHEMAS)
    assert 0 <= found.start <= max(0, min(cursor, len(text))) <= found.end <= len(text)
    for choice in found.choices:
        after, place = found.taken(text, choice)
        assert choice.text in after
        assert 0 <= place <= len(after)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_offered_is_allowed(data: st.DataObject) -> None:
    """A text made of choices alone, with an `x` where there are none, is wrong nowhere before its end."""
    text = ""
    for _ in range(data.draw(st.integers(1, 12))):
        found = complete(text, len(text), PERSON, KNOWN)
        if found.choices:
            text, _ = found.taken(text, data.draw(st.sampled_from(found.choices)))
        else:
            text += "domain " if text.endswith(".") else "x "
        error = error_of(text)
        if error is not None and "is not closed" not in error.message:
            assert error.position >= len(text.rstrip(" .")), text

"""Values as people type them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.edits import write_json
from app.domain.json_text import dump_json, parse_json
from app.domain.parsing import parse_value
from app.domain.schema import Attribute
from app.domain.values import VALUE_TYPES, Option

STAGES = (Option("1", "new", "New"), Option("2", "won", "Won"), Option("3", "gone", "won "))


def attribute(value_type: str, *options: Option) -> Attribute:
    return Attribute("a", "A", value_type, options=options)


@pytest.mark.parametrize(
    ("value_type", "text", "value"),
    [
        ("string", "-5", "-5"),
        ("email", "a@b.test", "a@b.test"),
        ("number", "1200", 1200),
        ("number", "-0", 0),
        ("currency", "12.50", Decimal("12.50")),
        ("percent", "1e3", Decimal("1e3")),
        ("number", "9" * 30, int("9" * 30)),
        ("boolean", "Yes", True),
        ("boolean", "false", False),
        ("timestamp", "2026-01-05T10:00+01:00", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("date", "2026-01-05", date(2026, 1, 5)),
        ("time", "09:30", time(9, 30)),
        ("uuid", "9B4F2FB1-2A7F-4D75-8D5F-3F3F0D7F2A7A", "9b4f2fb1-2a7f-4d75-8d5f-3f3f0d7f2a7a"),
        ("enum", "COMPLETED", "COMPLETED"),
        ("contact_stage", "working", "working"),
    ],
)
def test_a_text_becomes_a_value(value_type: str, text: str, value: object) -> None:
    """By the value type's own rule."""
    assert parse_value(attribute(value_type), text) == value


@pytest.mark.parametrize(
    ("value_type", "text", "why"),
    [
        ("number", "1_000", "not a number"),
        ("number", "nan", "not a number"),
        ("number", "١٢", "not a number"),
        ("currency", "12 EUR", "not a number"),
        ("boolean", "1", "neither true nor false"),
        ("timestamp", "tomorrow", "not a moment"),
        ("timestamp", "2026-01-05T10:00", "no time zone"),
        ("timestamp", "0001-01-01T00:00+10:00", "calendar"),
        ("date", "5.1.2026", "not a date"),
        ("time", "late", "not a time"),
        ("uuid", "12", "not an id"),
        ("record_reference", "rep@example.com", "related_record_match"),
        ("address", "Lyon", r"a:=\{"),
        ("contact_email", "a@b.test", r"a:=\["),
        ("account_domain", "a.test", "has parts"),
        ("aura", "calm", "only reads"),
    ],
)
def test_a_text_that_does_not_fit_has_a_reason(value_type: str, text: str, why: str) -> None:
    """In words that tell the way out."""
    with pytest.raises(ValueError, match=why):
        parse_value(attribute(value_type), text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("won", "won"), ("WON", "won"), ("New", "new"), ("3", "gone"), ("won ", "gone")],
)
def test_a_choice_goes_by_its_names(text: str, name: str) -> None:
    """Id, API name or label; exactly first, then without regard to case."""
    assert parse_value(attribute("contact_stage", *STAGES), text) == name


def test_a_choice_that_is_none() -> None:
    """All choices are named; of two with one label none is guessed."""
    with pytest.raises(ValueError, match="none of its choices: new, won, gone"):
        parse_value(attribute("select", *STAGES), "lost")
    twice = (Option("1", "a", "Same"), Option("2", "b", "Same"))
    with pytest.raises(ValueError, match="several choices: a, b"):
        parse_value(attribute("select", *twice), "Same")


@given(st.sampled_from(sorted(VALUE_TYPES)), st.text(max_size=30))
def test_whatever_is_typed_is_refused_or_can_be_sent(value_type: str, text: str) -> None:
    """Nothing but a reason comes out of a text that does not fit, and JSON carries what does."""
    try:
        value = write_json(parse_value(attribute(value_type), text))
        body = dump_json(value).encode()
    except ValueError:
        return
    assert parse_json(body) == value

"""The command line inside the deck: what it reads, and what it suggests."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controller.commands import (
    Command,
    CommandError,
    OpenType,
    RunAction,
    SortBy,
    WhyAttribute,
    parse_command,
)
from app.domain.actions import ACTIONS

TYPES = ("contact", "contact_account", "account", "opportunity", "renewal")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("account", OpenType("account")),
        ("  account ", OpenType("account")),
        ("contact", OpenType("contact")),
        ("opp", OpenType("opportunity")),
        ("site", OpenType("site")),
        ("q", RunAction("quit")),
        ("quit", RunAction("quit")),
        ("types", RunAction("record_types")),
        ("log", RunAction("request_log")),
        ("why", RunAction("why")),
        ("sort", RunAction("sort")),
        ("copy_id", RunAction("copy_id")),
        ("why title", WhyAttribute("title")),
        ("sort title", SortBy("title", is_descending=False)),
        ("sort -updated_at", SortBy("updated_at", is_descending=True)),
    ],
)
def test_command_is_read(text: str, command: Command) -> None:
    """A type, an action, or a word with a name."""
    assert parse_command(text, TYPES) == command


@pytest.mark.parametrize(
    ("text", "meant"),
    [("acount", "account"), ("oportunity", "opportunity"), ("qiut", "quit"), ("refesh", "refresh")],
)
def test_mistyped_command_says_what_was_meant(text: str, meant: str) -> None:
    """Nothing is sent for a slip of the finger."""
    with pytest.raises(CommandError, match=f"Did you mean {meant}"):
        parse_command(text, TYPES)


@pytest.mark.parametrize("text", ["", "   ", "account domain = acme.com", "why a b"])
def test_anything_else_says_what_a_command_is(text: str) -> None:
    """An error in words."""
    with pytest.raises(CommandError, match=r"Nothing was typed|Try a record type"):
        parse_command(text, TYPES)


def test_prefix_of_several_types_is_no_choice() -> None:
    """`cont` may be either; the nearest is suggested, none is opened."""
    with pytest.raises(CommandError, match="Did you mean contact"):
        parse_command("contac", TYPES)


@pytest.mark.parametrize("name", [row.name for row in ACTIONS if row.name != "open_tab"])
def test_every_action_but_the_numbered_tabs_is_a_command(name: str) -> None:
    """What has a key has a word."""
    assert parse_command(name, ()) == RunAction(name)


@given(st.text(max_size=40), st.lists(st.text(max_size=12), max_size=4))
def test_any_text_is_a_command_or_an_error_in_words(text: str, types: list[str]) -> None:
    """Nothing typed raises anything else."""
    with contextlib.suppress(CommandError):
        command = parse_command(text, types)
        assert isinstance(command, OpenType | SortBy | WhyAttribute | RunAction)

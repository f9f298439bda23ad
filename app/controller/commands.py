"""The command line inside the deck: `:account`, `:why title`, `:sort -updated_at`, `:q`."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.actions import ACTIONS


@dataclass(frozen=True, slots=True)
class OpenType:
    """Go to a record type."""

    record_type: str


@dataclass(frozen=True, slots=True)
class SortBy:
    """Sort by an attribute."""

    attribute: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class WhyAttribute:
    """Explain an attribute."""

    attribute: str


@dataclass(frozen=True, slots=True)
class RunAction:
    """Run an action of the table of actions."""

    name: str


Command = OpenType | SortBy | WhyAttribute | RunAction


class CommandError(Exception):
    """What was typed is no command; the text says what is, and what may have been meant."""


_SHORT: Final = {
    "q": "quit",
    "quit": "quit",
    "types": "record_types",
    "log": "request_log",
    "request": "request",
    "why": "why",
    "help": "help",
    "refresh": "refresh",
    "paste": "paste_query",
    "save": "save_query",
    "saved": "saved_queries",
    "history": "saved_queries",
    "json": "query_json",
}


def parse_command(text: str, record_types: Sequence[str]) -> Command:
    """Read a command. A word that is no command is taken as a record type's name: the workspace may know it.

    Raises:
        CommandError: for nothing, for a wrong number of words, for what looks like a mistyped command.
    """
    words = text.split()
    match words:
        case []:
            raise CommandError("Nothing was typed")
        case ["open", name]:
            return OpenType(name)
        case ["sort", name]:
            return SortBy(name.removeprefix("-"), name.startswith("-"))
        case ["why", name]:
            return WhyAttribute(name)
        case [word] if word in record_types:
            return OpenType(word)
        case [word] if word in _SHORT:
            return RunAction(_SHORT[word])
        case [word] if word in _ACTION_NAMES:
            return RunAction(word)
        case [word]:
            return _unknown(word, record_types)
        case _:
            raise CommandError(f"Not a command: {text}. Try a record type, why NAME, sort NAME, q")


_ACTION_NAMES: Final = frozenset(row.name for row in ACTIONS if row.name != "open_tab")


def _unknown(word: str, record_types: Sequence[str]) -> Command:
    prefixed = [name for name in record_types if name.startswith(word)]
    if len(prefixed) == 1:
        return OpenType(prefixed[0])
    near = difflib.get_close_matches(
        word, [*record_types, *_SHORT, *_ACTION_NAMES], n=1, cutoff=0.7
    )
    if near:
        raise CommandError(
            f"{word} is neither a command nor a known record type. Did you mean {near[0]}? "
            f"open {word} asks the workspace."
        )
    return OpenType(word)

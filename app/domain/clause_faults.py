"""What is wrong with one clause of a question, and what could stand there instead."""

from dataclasses import dataclass

from app.domain.errors import Fault
from app.domain.expression import Path


@dataclass(frozen=True, slots=True)
class ClauseFault:
    """One thing that is wrong, and where."""

    path: Path
    """The clause: its index at each level; empty for the question as a whole, or for a sort key."""
    fault: Fault
    """The API's code, the text, and the attribute it is about."""
    choices: tuple[str, ...] = ()
    """What is legal in its place, best first; empty where that cannot be listed."""
    sort_index: int | None = None
    """The sort key it is about, from 0."""

"""What the command line says when something fails: what, where, and the way out; and the exit status."""

import difflib
from collections.abc import Iterable
from enum import IntEnum
from typing import IO, Any, Final

import click

from app.cli.output import say
from app.domain import errors
from app.domain.errors import BackendError, ConfigError, WorkspaceError


class Exit(IntEnum):
    """The exit statuses; scripts depend on them."""

    DONE = 0
    FAILED = 1
    """Refused or failed."""
    USAGE = 2
    """Wrong usage: an argument or a setting."""
    PARTLY = 3
    """Some of it was done."""
    UNKNOWN = 3
    """Nobody knows whether it was done."""
    BUG = 70
    """The program itself is wrong; a report was written."""
    INTERRUPTED = 130
    """Ctrl+C."""
    PIPE_CLOSED = 141
    """Whoever read our output stopped reading."""


class Failed(click.ClickException):
    """A failure that a person can understand: lines for stderr, and an exit status."""

    def __init__(self, *lines: str, status: Exit = Exit.FAILED) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.exit_code = int(status)  # type: ignore[misc]  # click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the lines to stderr, made harmless."""
        del file
        first, *rest = self.lines
        say(f"crmdeck: {first}")
        for line in rest:
            say(line)


_WAYS_OUT: Final[tuple[tuple[type[BackendError], str], ...]] = (
    (errors.TimedOut, "The server is slow or stuck: try again later."),
    (errors.Unreachable, "Check the address and the network: crmdeck doctor."),
    (errors.Unauthorized, "Check where the profile takes its key from: crmdeck doctor."),
    (errors.Forbidden, "Ask an admin of the workspace for a key with this right."),
    (errors.NotFound, "crmdeck types lists the record types, crmdeck query TYPE their records."),
    (errors.Rejected, "crmdeck schema TYPE shows which attributes there are and what they take."),
    (errors.ServerFailed, "The server failed: try again later."),
    (errors.BadAnswer, "Is the address that of the API? crmdeck doctor shows what answers there."),
    (errors.WriteRefused, "Run it without --read-only, or with a profile that may write."),
)
"""The way out for each kind of error, as one types it; the first that fits counts."""


def describe(error: BackendError | ConfigError | WorkspaceError) -> tuple[str, ...]:
    """What happened and where, then the way out if there is one; not yet sanitised."""
    if not isinstance(error, BackendError):
        return (str(error),)
    evidence = [str(part) for part in (error.status, error.code) if part is not None]
    if error.method:
        evidence.append(f"{error.method} {error.path}")
    what = f"{error.reason} ({', '.join(evidence)})" if evidence else error.reason
    return (what, *_way_out(error))


def _way_out(error: BackendError) -> tuple[str, ...]:
    if isinstance(error, errors.RateLimited):
        wait = f"{error.retry_after_s:g} s" if error.retry_after_s is not None else "a while"
        return (f"Wait {wait}, then try again.",)
    return next(((text,) for kind, text in _WAYS_OUT if isinstance(error, kind)), ())


def failed(error: BackendError | ConfigError | WorkspaceError) -> Failed:
    """The failure to raise for an error."""
    status = Exit.USAGE if isinstance(error, ConfigError) else Exit.FAILED
    return Failed(*describe(error), status=status)


def did_you_mean(word: str, possibilities: Iterable[str], before: str = "") -> str:
    """A question that names what was meant; empty when nothing is near. `before` stands before the name."""
    near = difflib.get_close_matches(word, [*possibilities], n=1, cutoff=0.6)
    return f"Did you mean {before}{near[0]}?" if near else ""

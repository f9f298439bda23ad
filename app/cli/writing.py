"""Carrying out one write for a sub-command: rehearse it or send it, and say how it ended."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

import click

from app.cli.failures import Exit, Failed, failed
from app.cli.json_output import put_json
from app.cli.output import put, say
from app.controller.session import Session
from app.domain.capabilities import Action, Answer, Capability, may
from app.domain.edits import WriteValue, write_json
from app.domain.errors import BackendError, Fault, Unreachable
from app.domain.json_text import dump_json, parse_json
from app.domain.lint import fault_of
from app.domain.outcomes import Done, Refused, Unknown, WriteOutcome
from app.domain.record_formats import record_json
from app.domain.requests import PreparedRequest
from app.domain.safe_text import shown, shown_lines
from app.domain.schema import RecordType
from app.domain.values import Json

dry_run: Final = click.option(
    "--dry-run", "is_dry", is_flag=True, help="Print the exact request; change nothing."
)
"""The option that all commands share that write."""

BODY_LIMIT: Final = 20_000
"""Characters of a body that are told when its outcome is unknown."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write that a command is about to make."""

    subject: str
    """What it is about, such as `the contact`."""
    verb: str
    """What is done to it, such as `created`."""
    prepare: Callable[[], PreparedRequest]
    send: Callable[[], Awaitable[WriteOutcome]]
    way_to_find_out: str
    """The command line that shows whether it was done."""


def check_action(
    session: Session, record_type: str, action: Action, *, is_dry: bool, is_junction: bool = False
) -> None:
    """Return unless it is known that the action cannot be done. A rehearsal changes nothing, so it may be read-only.

    Raises:
        Failed: with the reason, its source and the API's own code.
    """
    capability = may(
        session.backend.resources,
        record_type,
        action,
        is_read_only=session.is_read_only and not is_dry,
        is_junction=is_junction,
    )
    check_capability(capability)


def check_capability(capability: Capability) -> None:
    """Raises Failed for what cannot be done; what nobody knows is left to the server."""
    if capability.answer is Answer.NO:
        raise refused([fault_of(capability)])


def refused(faults: Iterable[Fault]) -> Failed:
    """The failure for a write that is wrong before it is sent."""
    return Failed(*map(_fault_line, faults), "Nothing was sent.")


def check_faults(faults: Iterable[Fault]) -> None:
    """Raises Failed if there are any."""
    found = [*faults]
    if found:
        raise refused(found)


def _fault_line(fault: Fault) -> str:
    return f"{fault.message} ({fault.code})" if fault.code else fault.message


async def carry_out(
    session: Session, write: Write, schema: RecordType | None, *, is_dry: bool
) -> None:
    """Print the request, or send it and say how it ended.

    Raises:
        Failed: if it was refused, or if nobody knows.
    """
    if is_dry:
        request = write.prepare()
        put_request(request)
        say("Dry run: this request was not sent. The key stands as $CRMDECK_KEY.")
        if request.method == "POST":
            say(
                "Where the server offers idempotency-key, an Idempotency-Key of its own goes with it."
            )
        return
    before = session.backend.log.sent
    try:
        outcome = await write.send()
    except asyncio.CancelledError:
        unknown = _cancelled(session, before)
        if unknown is None:
            raise
        raise _not_known(write, unknown) from None
    match outcome:
        case Done():
            _tell(write, outcome, schema)
        case Refused(error):
            raise _with_other_faults(error)
        case Unknown():
            raise _not_known(write, outcome)


def put_request(request: PreparedRequest) -> None:
    """The exact request: method and address, the indented body, the curl command."""
    put(shown(f"{request.method} {request.url}"))
    put(*(shown(f"{name}: {value}") for name, value in request.headers))
    if request.body is not None:
        put(*shown_lines(request.indented_body()))
    put(shown(request.curl()))


def _cancelled(session: Session, before: int) -> Unknown | None:
    """What a cancelled write leaves open; `None` if nothing was under way."""
    last = session.backend.log.last
    if last is None or last.number <= before or last.request is None:
        return None
    if last.request.is_read or not last.is_cancelled:
        return None
    reason = "It was cancelled before the answer came"
    request = last.request
    error = Unreachable(reason, method=request.method, path=request.path, number=last.number)
    return Unknown(error, request)


def _tell(write: Write, done: Done, schema: RecordType | None) -> None:
    """What was done, for people; the record, link or item as it now is, for programs."""
    subject = str(done.record.record_id) if done.record is not None else write.subject
    number = "" if done.number is None else f" (request {done.number})"
    say(f"{subject} {done.action.value}{number}")
    if done.record is not None and schema is not None:
        put_json(record_json(done.record, schema))
    elif done.link is not None:
        link = done.link
        edge: dict[str, Json] = {
            name: _plain(value) for name, value in link.edge_attributes.items()
        }
        target: dict[str, Json] = {
            "id": link.target.id,
            "record_type": link.target.record_type,
            "link": edge,
        }
        put_json(target)
    elif done.item is not None:
        put_json(done.item)


def _plain(value: WriteValue) -> Json:
    """An edge attribute as a program reads it; what could not be read is left empty."""
    try:
        return write_json(value)
    except ValueError:
        return None


def _with_other_faults(error: BackendError) -> Failed:
    """The failure for a refusal, with every fault the server named."""
    first, *ways = failed(error).lines
    others = [_fault_line(fault) for fault in error.faults[1:]]
    return Failed(first, *others, *ways, "Nothing was changed.")


def _not_known(write: Write, unknown: Unknown) -> Failed:
    """The failure for a write of unknown outcome: what is known, what was sent, and how to find out."""
    error, request = unknown.error, unknown.sent
    evidence = [f"status {error.status}"] if error.status is not None else []
    if error.number is not None:
        evidence.append(f"request {error.number}")
    where = f" ({', '.join(evidence)})" if evidence else ""
    body = "" if request.body is None else f" {dump_json(parse_json(request.body))}"
    return Failed(
        f"Nobody knows whether {write.subject} was {write.verb}: {error.reason}{where}",
        f"Sent: {request.method} {request.url}{body[:BODY_LIMIT]}",
        "It is not sent again by itself: it may have been done.",
        f"To find out: {write.way_to_find_out}",
        status=Exit.UNKNOWN,
    )

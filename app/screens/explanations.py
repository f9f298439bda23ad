"""The texts of the pane at the bottom: why, the request, the log, a whole value."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from app.domain.capabilities import (
    Action,
    Capability,
    attribute_filter,
    attribute_sort,
    attribute_write,
    may,
)
from app.domain.json_text import dump_json
from app.domain.safe_text import Shown, shown, shown_lines
from app.domain.values import Json, Raw, Value, plain, show
from widgets.line import Part, paragraph

if TYPE_CHECKING:
    from app.controller.session import Session
    from app.domain.errors import BackendError
    from app.domain.requests import Exchange, PreparedRequest
    from app.domain.schema import Attribute, RecordType
    from widgets.lines_view import Item

MAX_VALUE: Final = 200_000
"""Characters of one value that the pane shows."""

_ROW_INDENT: Final = 12


def _capability(word: str, capability: Capability, width: int) -> "Item":
    """One answer: the word, yes or no, the source, the reason, the evidence, the error, and what to do instead."""
    head = (
        Part(Shown(f" {word:<{_ROW_INDENT - 1}}"), "strong"),
        Part(Shown(f"{capability.answer:<8}"), "good" if capability.is_open else "bad"),
        Part(Shown(f"source: {capability.source}"), "muted"),
    )
    lines = [head, *paragraph(shown(capability.reason), width, indent=_ROW_INDENT)]
    if capability.evidence:
        lines += paragraph(
            Shown(f"Rule: {shown(capability.evidence)}"), width, "muted", indent=_ROW_INDENT
        )
    if capability.error_code is not None:
        code = Shown(f"If it were sent, the API would answer {capability.error_code}.")
        lines += paragraph(code, width, indent=_ROW_INDENT)
    if capability.instead:
        lines += paragraph(
            Shown(f"Instead: {shown(capability.instead)}"), width, indent=_ROW_INDENT
        )
    return tuple(lines)


def _heading(text: Shown) -> "Item":
    return ((Part(Shown(" ")), Part(text, "accent")),)


def why_attribute(
    session: "Session", schema: "RecordType", attribute: "Attribute", width: int
) -> Sequence["Item"]:
    """What may be done to one attribute, and on what evidence; then the record type as a whole."""
    matrix, is_read_only = session.backend.resources, session.is_read_only
    kind = attribute.value_type + ("[]" if attribute.is_array else "")
    change = attribute_write(matrix, schema, attribute, Action.PATCH, is_read_only=is_read_only)
    create = attribute_write(matrix, schema, attribute, Action.CREATE, is_read_only=is_read_only)
    items = [
        _heading(
            shown(f"{attribute.display_name} ({schema.api_name}.{attribute.api_name}, {kind})")
        ),
        _capability("change", change, width),
        _capability("create", create, width),
        _capability("filter", attribute_filter(schema, attribute), width),
        _capability("sort", attribute_sort(schema, attribute), width),
    ]
    if attribute.description:
        items.append(paragraph(shown(attribute.description), width, "muted", indent=1))
    return [*items, *why_record_type(session, schema, width)]


def why_record_type(session: "Session", schema: "RecordType", width: int) -> Sequence["Item"]:
    """What may be done with a record type, action by action."""
    answers = {
        action: may(
            session.backend.resources,
            schema.api_name,
            action,
            is_read_only=session.is_read_only,
            is_junction=schema.is_junction,
        )
        for action in Action
    }
    title = shown(f"{schema.display_name} ({schema.api_name}) as a whole")
    oddities = [
        paragraph(Shown(f"Odd in the schema: {shown(oddity)}"), width, "bad", indent=1)
        for oddity in schema.oddities
    ]
    return [*why_capabilities(title, answers, width), *oddities]


def why_capabilities(
    title: Shown, answers: Mapping[Action, Capability], width: int
) -> Sequence["Item"]:
    """Several answers below a title, action by action."""
    return [
        _heading(title),
        *(
            _capability(action.value.replace("relationship", "links"), capability, width)
            for action, capability in answers.items()
        ),
    ]


def why_refused(word: str, capability: Capability, width: int) -> Sequence["Item"]:
    """Why one thing that was asked for cannot be done."""
    return [_capability(word, capability, width)]


def why_failed(error: "BackendError", width: int) -> Sequence["Item"]:
    """What the last failed request ran into, and the way out."""
    call = f"{error.method} {error.path}".strip()
    number = f"request {error.number}: " if error.number is not None else ""
    status = f" - status {error.status}" if error.status is not None else ""
    items: list[Item] = [
        paragraph(shown(error.reason), width, "bad", indent=1),
        paragraph(shown(f"{number}{call}{status}"), width, "muted", indent=1),
    ]
    items += [
        paragraph(shown(f"{fault.code} {fault.field or ''} {fault.message}"), width, indent=1)
        for fault in error.faults
    ]
    items.append(paragraph(shown(error.way_out), width, "strong", indent=1))
    return items


def request_items(request: "PreparedRequest", command: str, width: int) -> Sequence["Item"]:
    """One request: JSON, curl, command line. It is what is sent, byte for byte, but for the key."""
    items: list[Item] = [
        _heading(shown(f"{request.method} {request.url}")),
        *_body(request, width),
        _heading(Shown("curl")),
        paragraph(shown(request.curl()), width, indent=3),
    ]
    if command:
        items += [_heading(Shown("command line")), paragraph(shown(command), width, indent=3)]
    return items


def _body(request: "PreparedRequest", width: int) -> Sequence["Item"]:
    """The body as it is sent where that fits into three lines, else indented."""
    text = "" if request.body is None else request.body.decode("utf-8", "replace")
    as_sent = paragraph(shown(text), width, indent=3)
    if len(as_sent) <= 3:
        return [as_sent] if text else []
    return [paragraph(line, width, indent=3) for line in shown_lines(request.indented_body())]


def request_text(request: "PreparedRequest", command: str) -> str:
    """The same for the clipboard."""
    parts = [f"{request.method} {request.url}", request.indented_body(), request.curl(), command]
    return "\n\n".join(part for part in parts if part)


def log_items(entries: Sequence["Exchange"]) -> Sequence["Item"]:
    """Every request of this session, newest first."""
    if not entries:
        return [((Part(Shown(" No request was sent yet."), "muted"),),)]
    return [
        (
            (
                Part(Shown(f" {entry.at:%H:%M:%S}  #{entry.number:<4}")),
                Part(
                    Shown(f"{entry.status if entry.status is not None else '---'}"),
                    "good" if entry.is_ok else "bad",
                ),
                Part(Shown(f"{entry.duration_ms:>6.0f} ms  ")),
                Part(shown(f"{entry.method:<4} {entry.path}", limit=60), "strong"),
                Part(Shown("  ")),
                Part(shown(entry.outcome, limit=120), "muted"),
            ),
        )
        for entry in reversed(entries)
    ]


def value_text(attribute: "Attribute", value: Value) -> str:
    """A value whole, as text, raw: for the clipboard."""
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.text
    plain_value: Json = plain(value, attribute.value_type)
    if isinstance(plain_value, str):
        return plain_value
    return dump_json(plain_value, indent=2)


def value_items(attribute: "Attribute", value: Value, width: int) -> Sequence["Item"]:
    """A value whole: as a person reads it, then as it is."""
    items: list[Item] = []
    if isinstance(value, Raw):
        items.append(paragraph(shown(f"Shown as it came: {value.why}."), width, "bad", indent=1))
    as_read = show(value, attribute.value_type)
    as_is = value_text(attribute, value)
    for text in dict.fromkeys((as_read, as_is)):
        items += [paragraph(line, width, indent=1) for line in shown_lines(text, limit=MAX_VALUE)]
        items.append(((Part(Shown("")),),))
    return items

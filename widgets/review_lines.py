"""A review as lines: every request byte for byte, what it changes, what undo would send; and what came of it."""

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import chop_cells

from app.domain.edits import Unset
from app.domain.json_text import dump_json
from app.domain.merging import Clash, Side, TheirChange
from app.domain.requests import PreparedRequest
from app.domain.review import Applied, DiffRow, Ending, Hanging, LineResult, Review, ReviewLine
from app.domain.safe_text import Shown, shown
from app.domain.values import Json
from widgets.line import Part, paragraph
from widgets.lines_view import Item, LineParts
from widgets.looks import Look

_ENDING_LOOKS: Mapping[Ending, Look] = {
    Ending.SAVED: "good",
    Ending.NOTHING_LEFT: "good",
    Ending.REFUSED: "bad",
    Ending.CONFLICT: "bad",
    Ending.UNKNOWN: "bad",
    Ending.NOT_SENT: "muted",
}


def review_title(review: Review) -> Shown:
    """What the review is about, in a few words."""
    if review.faults:
        count = len(review.faults)
        return Shown(f"review: nothing can be sent yet, {count} thing{_s(count)} to mend")
    if review.is_empty:
        return Shown("review: nothing is changed")
    rows, count = sum(len(line.rows) for line in review.lines), review.request_count
    what = f"{rows} change{_s(rows)}, " if rows else ""
    return Shown(f"review: {what}{count} request{_s(count)}; nothing is sent yet, A sends")


def review_items(review: Review, width: int) -> Sequence[Item]:
    """The whole review."""
    items: list[Item] = [
        paragraph(shown(f"! {fault.message}" + (f" ({fault.code})" if fault.code else "")), width, "bad", indent=1)
        for fault in review.faults
    ]  # fmt: skip
    items += [paragraph(shown(note), width, "strong", indent=1) for note in review.notes]
    items += [_hanging(row, width) for row in review.hanging]
    items += [tuple(_line(line, width)) for line in review.lines]
    if review.lines:
        items.append(paragraph(_cost(review), width, "muted", indent=1))
    return items


def _line(line: ReviewLine, width: int) -> Iterator[LineParts]:
    request = line.request
    yield from paragraph(shown(f"{request.method} {request.url}"), width, "strong", indent=1)
    for row in line.rows:
        yield from diff_lines(row, width)
    if request.body is not None:
        yield from exact_lines(shown(f"body: {request.body.decode()}"), width)
    yield from paragraph(shown(f"headers: {', '.join(line.headers)}"), width, "muted", indent=1)
    if line.undo is not None:
        yield from paragraph(shown(f"undo would send: {_words(line.undo)}"), width, indent=1)
    if line.undo_words:
        yield from paragraph(shown(f"undo: {line.undo_words}"), width, "muted", indent=1)
    for warning in line.warnings:
        yield from paragraph(shown(f"! {warning}"), width, "bad", indent=1)


def exact_lines(text: Shown, width: int) -> Iterator[LineParts]:
    """A text cut at the width and nowhere else: put together its lines are the text, blank for blank."""
    for piece in chop_cells(text, max(8, width - 1)):
        yield (Part(Shown(" ")), Part(Shown(piece), "accent"))


def _words(request: PreparedRequest) -> str:
    body = "" if request.body is None else f" {request.body.decode()}"
    return f"{request.method} {request.path}{body}"


def diff_lines(row: DiffRow, width: int) -> Iterator[LineParts]:
    """What was, and what is to be; what is not there has no line."""
    name = dump_json(row.attribute)
    if not isinstance(row.old, Unset):
        yield from paragraph(shown(f"- {name}: {row.old_text}"), width, "bad", indent=3)
    if not isinstance(row.new, Unset):
        yield from paragraph(shown(f"+ {name}: {row.new_text}"), width, "good", indent=3)


def _hanging(row: Hanging, width: int) -> Item:
    if row.count is None:
        words = f"{row.relationship}: could not be read: {row.reason}"
    else:
        more = " or more" if row.has_more else ""
        words = f"{row.relationship}: {row.count}{more} linked"
    return paragraph(shown(words), width, indent=3)


def _cost(review: Review) -> Shown:
    writes = len(review.lines)
    reads = review.request_count - writes
    read = f"{reads} to read again, " if reads else ""
    return Shown(
        f"{review.request_count} request{_s(review.request_count)}: {read}{writes} to write."
    )


def _s(count: int) -> str:
    return "" if count == 1 else "s"


# What came of it


def applied_title(applied: Applied) -> Shown:
    """How it ended, in a few words."""
    stopped = applied.stopped_at
    if stopped is None:
        return Shown("saved")
    done = sum(row.ending in (Ending.SAVED, Ending.NOTHING_LEFT) for row in applied.results)
    before = f", {done} of {len(applied.results)} writes done before it" if done else ""
    return Shown(f"{stopped.ending.value}{before}")


def applied_items(applied: Applied, width: int) -> Sequence[Item]:
    """What came of each write."""
    return [tuple(_result(row, width)) for row in applied.results]


def _result(result: LineResult, width: int) -> Iterator[LineParts]:
    request = result.sent or result.line.request
    head = f"{result.ending.value}: {request.method} {request.path}"
    yield from paragraph(shown(head), width, _ENDING_LOOKS[result.ending], indent=1)
    if result.reason:
        yield from paragraph(shown(result.reason), width, indent=3)
    for fault in () if result.error is None else result.error.faults:
        words = f"{fault.field or ''} {fault.code}: {fault.message}"
        yield from paragraph(shown(words.strip()), width, "bad", indent=3)
    if result.error is not None and result.ending is not Ending.UNKNOWN:
        yield from paragraph(shown(result.error.way_out), width, "muted", indent=3)
    for note in result.notes:
        yield from _their_change(note, width)
    if result.differences:
        yield from paragraph(Shown("What the server made of it:"), width, "muted", indent=3)
    for row in result.differences:
        yield from diff_lines(row, width)
    for earlier in result.earlier:
        at = "" if earlier.sent_at is None else f"{earlier.sent_at:%Y-%m-%d %H:%M:%S} UTC "
        words = f"sent before: {at}{earlier.method} {earlier.path}, {earlier.state.value}"
        yield from paragraph(shown(words), width, indent=3)


def _their_change(note: TheirChange, width: int) -> Iterator[LineParts]:
    words = f"somebody else set {note.attribute} to {_json(note.theirs)}; it stays"
    yield from paragraph(shown(words), width, "muted", indent=3)


# Conflicts


def clash_item(clash: Clash, side: Side | None, width: int) -> Item:
    """One attribute that both changed: as it was read, as they have it, as I have it, and whose is taken."""
    taken = "not decided: m takes mine, t takes theirs" if side is None else f"taken: {side.value}"
    head = (
        Part(shown(clash.attribute), "strong"),
        Part(Shown("  ")),
        Part(Shown(taken), "bad" if side is None else "good"),
    )
    rows = (("base", clash.base), ("theirs", clash.theirs), ("mine", clash.mine))
    lines: list[LineParts] = [head]
    for word, value in rows:
        look: Look = "accent" if side is not None and side.value == word else ""
        lines += paragraph(shown(f"{word:<7} {_json(value)}"), width, look, indent=2)
    return tuple(lines)


def _json(value: Json | Unset) -> str:
    return "(not sent)" if isinstance(value, Unset) else dump_json(value)

"""The one-line areas of the browse screen, as pure functions of what is browsed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from app.controller.discovery import ASKED, CONFIGURED, DOCUMENTED, FoundType
from app.domain.actions import ACTION_BY_NAME, ACTIONS, ActionRow
from app.domain.errors import BackendError, ConfigError, WorkspaceError
from app.domain.safe_text import Shown, shown, shown_lines
from app.domain.values import show
from widgets.key_bindings import key_words
from widgets.line import Part, fit

if TYPE_CHECKING:
    from app.controller.browse import TypeView
    from app.controller.session import Session
    from app.domain.fields import Field
    from app.domain.remembered import SavedQuery
    from app.domain.requests import Exchange
    from widgets.looks import Look

_GAP: Final = Part(Shown("  "))
_BAR: Final = Part(Shown(" | "), "muted")


def header(
    session: "Session | None", view: "TypeView | None", crumb: Shown | None
) -> tuple[Part, ...]:
    """Program, workspace with its mode in words, and where one is."""
    parts = [Part(Shown(" crmdeck"), "strong")]
    if session is None:
        return (*parts, _BAR, Part(Shown("opening the workspace...")))
    parts += [_BAR, Part(shown(session.name, limit=24)), _GAP]
    if session.label:
        parts += [Part(shown(session.label, limit=12), "bad"), _GAP]
    if session.is_read_only:
        sent = counted(session.backend.log.writes, "write")
        parts += [Part(Shown("READ-ONLY"), "good"), Part(Shown(f" {sent} sent"))]
    else:
        parts.append(Part(Shown("READ-WRITE"), "strong"))
    if view is not None:
        parts += [_BAR, Part(shown(view.record_type))]
        if crumb is not None:
            parts += [Part(Shown(" > ")), Part(crumb, "strong")]
        else:
            parts += [Part(Shown(": ")), Part(counts(view))]
    return tuple(parts)


def draft_parts(draft: tuple[Shown, bool] | None) -> tuple[Part, ...]:
    """What is told of drafts, and whether it is bad."""
    return () if draft is None else (_BAR, Part(draft[0], "bad" if draft[1] else "good"))


def counts(view: "TypeView") -> Shown:
    """How many records there are, as far as anyone knows."""
    records = view.records
    if records is None or not records.is_started:
        return Shown("nothing loaded")
    if view.matches is not None:
        return Shown(f"{len(view.matches):,} of {records.kept:,} loaded rows match")
    if records.is_complete:
        return Shown(f"{records.count:,} loaded, all there are")
    count = view.counting.known(records.query)
    words = count.words if count is not None else ""
    unknown = "more on server" if records.has_more else "there may be more"
    return Shown(f"{records.count:,} loaded, {words or unknown}")


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def tab_label(number: int, found: FoundType, *, is_read_only: bool) -> Shown:
    """A tab's words: its number, its name, `*` when the walk or the profile found it, `(ro)` when read-only."""
    name = shown(found.name, limit=24)
    mark = "" if found.how == DOCUMENTED else "*"
    digit = str(number) if number < 10 else "-"
    return Shown(f"{digit} {name}{mark}{'(ro)' if is_read_only else ''}")


def pinned_label(number: int, query: "SavedQuery") -> Shown:
    """The words of a pinned query's tab: its number, its sign, its name."""
    digit = str(number) if number < 10 else "-"
    return Shown(f"{digit} ^{shown(query.name, limit=24)}")


def query_line(view: "TypeView | None", text: str = "") -> tuple[Part, ...]:
    """What is asked: the quick filter, or the scope and the conditions as `text`; and the sort."""
    if view is None:
        return ()
    parts = [Part(Shown(" / "), "key")]
    if view.quick_filter:
        parts += [
            Part(shown(view.quick_filter), "strong"),
            Part(Shown("  loaded rows only"), "muted"),
        ]
        return (*parts, *_sort_parts(view))
    if view.scope is not None:
        kind, title = shown(view.scope.record_id.record_type), shown(view.scope.title, limit=40)
        parts += [
            Part(Shown("of ")),
            Part(Shown(f"{kind} {title}"), "strong"),
            Part(Shown("  newest first")),
        ]
    if view.is_edited:
        parts.insert(0, Part(Shown(" edited, not asked: r asks "), "accent"))
    if text:
        parts.append(Part(shown(text), "strong"))
    elif view.scope is None:
        parts.append(Part(Shown("all records"), "muted"))
    return (*parts, *_sort_parts(view))


def _sort_parts(view: "TypeView") -> tuple[Part, ...]:
    if view.scope is not None:
        return ()
    keys = ", ".join(str(key) for key in view.sort)
    return (
        Part(Shown("   sort: "), "muted"),
        Part(shown(keys) if keys else Shown("the server's order")),
    )


def page_line(
    view: "TypeView | None", found: FoundType | None, *, busy: str, width: int
) -> tuple[Part, ...]:
    """Where in the list one is, what a further page costs, and how the record type was found."""
    if view is None:
        return ()
    words = [counted(view.row_count, "row")] if view.row_count else []
    if view.marks:
        words.append(view.marks.words)
    if busy:
        words.append(f"{busy} (Ctrl+C cancels)")
    elif view.error is not None and view.row_count:
        words.append("stale: the last request failed")
    elif view.records is not None and view.records.is_started and view.matches is None:
        words.append("PgDn loads more" if view.records.has_more else "end of the list")
    if view.read_at is not None:
        words.append(f"read {view.read_at:%H:%M} UTC")
    if found is not None:
        words.append(_how_found(found))
    text = "-- " + " - ".join(words) + " "
    return (Part(Shown(text + "-" * max(0, width - len(text))), "muted"),)


def _how_found(found: FoundType) -> str:
    if found.how == DOCUMENTED:
        return "documented type"
    if found.how in (CONFIGURED, ASKED):
        return "named in the profile" if found.how == CONFIGURED else "asked for by name"
    return f"found via {shown(found.how, limit=40)}"


def capability_line(row: int | None, field: "Field | None", width: int) -> tuple[Part, ...]:
    """The focused cell: name, value type, value, what may be done to it, how it filters and sorts.

    The value has a room of fixed width, so that what stands behind it need not be written again for each row.
    """
    if field is None:
        return ()
    attribute = field.attribute
    kind = shown(attribute.value_type) + ("[]" if attribute.is_array else "")
    value = shown(show(field.value, attribute.value_type), limit=200)
    text = f'"{value}"' if field.value is not None else ("empty" if field.is_sent else "not sent")
    text = fit(Shown(text), 18 if width < 100 else 32)
    parts = [
        Part(Shown(" " if row is None else f" row {row + 1:,}: ")),
        Part(shown(attribute.display_name, limit=20), "strong"),
        Part(Shown(f" [{kind}] {text}")),
        _GAP,
        Part(Shown(field.right + ("" if field.right == "editable" else " (w)"))),
    ]
    if attribute.is_filterable:
        names = [shown(name) for name in attribute.filter_operators]
        more = f" +{len(names) - 4}" if len(names) > 4 else ""
        parts += [
            _GAP,
            Part(Shown("filter: "), "muted"),
            Part(Shown(" ".join(names[:4]) + more)),
        ]
    if attribute.is_sortable:
        parts += [_GAP, Part(Shown("sortable"), "muted")]
    return tuple(parts)


def exchange_line(exchange: "Exchange | None", sent: int) -> tuple[Part, ...]:
    """The last request and how it ended."""
    if exchange is None:
        return ()
    word = "OK" if exchange.is_ok else "FAILED"
    look: Look = "good" if exchange.is_ok else "bad"
    status = f" {exchange.status}" if exchange.status is not None else ""
    requests = counted(sent, "request")
    call = shown(f"{exchange.method} {exchange.path}", limit=90)
    return (
        Part(Shown(f" {word}"), look),
        Part(
            Shown(f"{status} in {exchange.duration_ms:.0f} ms - {call} - {requests} this session")
        ),
    )


def message_line(text: Shown, *, is_bad: bool = False) -> tuple[Part, ...]:
    """Words to the person; they stay until others replace them."""
    return (Part(Shown(" ")), Part(text, "bad" if is_bad else "strong"))


def hints(*, is_record_open: bool, is_editing: bool = False) -> tuple[Part, ...]:
    """At most six keys that matter here; all others are in help."""
    rows: list[ActionRow] = [row for row in ACTIONS if row.is_hint]
    if is_editing:
        names = ("apply", "revert_field", "clear_field", "why", "discard_draft", "back", "help")
        rows = [ACTION_BY_NAME[name] for name in names]
    elif is_record_open:
        rows = [
            row
            for row in ACTIONS
            if row.name in ("back", "edit", "why", "request", "copy_value", "help", "quit")
        ]
    parts: list[Part] = []
    for row in rows:
        parts += [
            Part(Shown(" ")),
            Part(Shown(key_words(row.keys[0])), "key"),
            Part(Shown(f" {row.label} ")),
        ]
    return tuple(parts)


def unopened_words(error: ConfigError | WorkspaceError | BackendError) -> tuple[Shown, ...]:
    """Why there is no workspace to look at, and the way out."""
    reason, way_out = str(error), "q leaves; crmdeck doctor tells more."
    if isinstance(error, BackendError):
        reason, way_out = error.reason, error.way_out
    return (
        Shown("The workspace could not be opened"),
        *shown_lines(reason),
        *shown_lines(way_out),
    )


def empty_words(view: "TypeView", needed_scopes: Sequence[str]) -> tuple[Shown, ...]:
    """Why a list has no rows, and the way out; `needed_scopes` are the record types one of which it is read for."""
    name = shown(view.record_type)
    if view.error is not None:
        error = view.error
        code = f" ({error.code})" if error.code else ""
        return (
            Shown(f"{name} could not be read"),
            shown(error.reason + code),
            shown(error.way_out),
            Shown("w tells more, @ shows the request."),
        )
    if view.schema is not None and needed_scopes:
        listed = " or ".join(shown(kind) for kind in needed_scopes)
        return (
            Shown(f"{name} is read for one {listed} at a time"),
            Shown(f"Move to a {listed} first, then come back to this tab."),
            Shown("w tells the rule."),
        )
    if view.records is None or not view.records.is_started:
        return (Shown(f"Reading {name}..."), Shown("Ctrl+C cancels"))
    if view.matches is not None:
        return (
            Shown("No loaded row matches the filter"),
            Shown("Esc clears it. It looks at loaded rows only."),
        )
    if view.records.has_more:
        return (Shown(f"No {name} so far"), Shown("The server has more: reading on..."))
    if view.asked.nodes:
        return (
            Shown(f"No {name} matches the query"),
            Shown("f changes it, Esc clears it."),
        )
    return (Shown(f"There is no {name} yet"), Shown("The workspace answered with an empty list."))

"""The query builder: the clauses of a query as lines, each made, moved, joined and switched off by a key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.getters import query_one
from textual.message import Message

from app.domain import query_edits as edits
from app.domain.date_words import Calendar
from app.domain.expression import (
    EMPTY,
    Condition,
    ConditionGroup,
    Expression,
    Path,
)
from app.domain.query import MAX_SORTS, Direction, GroupKind, Sort
from app.domain.safe_text import Shown, shown
from app.domain.schema import RecordType
from widgets.chooser import Choice, Chooser
from widgets.clause_dialog import ClauseDialog
from widgets.clause_lines import Place, Row, RowKind, TextOf, row_item, rows_of
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part, paragraph
from widgets.lines_view import LineParts, LinesView

KEPT_CHANGES: Final = 100
"""Changes that can be taken back."""

CURSOR_CELLS: Final = 4
"""What stands before and behind a line of the list."""

_JOINED: Final = {GroupKind.AND: GroupKind.OR, GroupKind.OR: GroupKind.AND}


@dataclass(frozen=True, slots=True)
class BuilderView:
    """What a builder shows and offers."""

    schema: RecordType
    schemas: Mapping[str, RecordType]
    calendar: Calendar
    expression: Expression
    text_of: TextOf
    faults: Mapping[Place, tuple[Shown, ...]]
    """What is wrong, by line."""
    is_sorted_by_itself: bool = False
    """Whether the record type comes in an order of its own, so that there are no sort keys."""


class QueryBuilder(Vertical):
    """Edits an expression; says `Changed` after each edit, and waits to be shown the outcome with `show`."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(
        "add_clause", "remove_clause", "switch_clause", "negate_clause", "join_clause",
        "group_clause", "ungroup_clause", "clause_down", "clause_up", "undo_clause",
    )  # fmt: skip

    title = query_one("#builder-title", Line)
    list = query_one("#builder-list", LinesView)
    chooser = query_one("#builder-chooser", Chooser)
    hint = query_one("#builder-hint", LinesView)

    @dataclass
    class Changed(Message):
        """The expression was edited."""

        builder: "QueryBuilder"
        expression: Expression

        @property
        def control(self) -> "QueryBuilder":
            """The builder."""
            return self.builder

    @dataclass
    class SchemaRequested(Message):
        """The attributes of another record type are wanted; `go_on` when its schema is there."""

        builder: "QueryBuilder"
        record_type: str

        @property
        def control(self) -> "QueryBuilder":
            """The builder."""
            return self.builder

    @dataclass
    class RecordsRequested(Message):
        """Records whose name holds a text are wanted; `offer_records` takes them."""

        builder: "QueryBuilder"
        record_type: str
        text: str

        @property
        def control(self) -> "QueryBuilder":
            """The builder."""
            return self.builder

        def can_replace(self, message: Message) -> bool:
            """Only the last text matters."""
            return isinstance(message, QueryBuilder.RecordsRequested)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.view: BuilderView | None = None
        """What it shows; `None` before the first `show`."""
        self._rows: tuple[Row, ...] = ()
        self._dialog: ClauseDialog | None = None
        self._after: Callable[[Condition], edits.Edited] | None = None
        self._past: list[Expression] = []

    def compose(self) -> ComposeResult:
        """The clauses, below them what is asked, and the keys."""
        yield Line(id="builder-title")
        yield LinesView(has_cursor=True, id="builder-list")
        yield Chooser(id="builder-chooser")
        yield LinesView(id="builder-hint")

    # Showing

    def show(self, view: BuilderView) -> None:
        """Show an expression; the cursor keeps its line."""
        if self.view is not None and self.view.schema.api_name != view.schema.api_name:
            self._past.clear()
            self.leave_chooser()
        self.view = view
        name = shown(view.schema.api_name)
        self.title.parts = (Part(Shown(f" Query {name}"), "strong"),)
        self._show_rows(self.list.cursor)

    def _show_rows(self, cursor: int) -> None:
        view = self.view
        assert view is not None
        self._rows = rows_of(view.expression, is_sorted_by_itself=view.is_sorted_by_itself)
        width = (self.list.size.width or self.app.size.width) - CURSOR_CELLS
        items = [
            row_item(row, view.expression, view.text_of, view.faults, width) for row in self._rows
        ]
        self.list.show_items(items, cursor=cursor)
        self._show_hint()

    def _show_hint(self) -> None:
        keys = _CHOOSER_KEYS if self.chooser.is_open else _KEYS
        words = [(Part(Shown(f" {key}"), "key"), Part(Shown(f" {text} "))) for key, text in keys]
        self._show_last_lines(_packed(words, self.size.width or self.app.size.width))

    def say(self, text: Shown) -> None:
        """Say below why something cannot be done; the next key brings the keys back."""
        width = self.size.width or self.app.size.width
        self._show_last_lines([*paragraph(text, width - 1, "bad", indent=1)])

    def _show_last_lines(self, lines: Sequence[LineParts]) -> None:
        self.hint.styles.height = len(lines)
        self.hint.show_items([tuple(lines)])

    @on(events.Resize)
    def lay_out_again(self) -> None:
        """The keys wrap to the width."""
        if self.view is not None:
            self._show_rows(self.list.cursor)

    # Clauses

    @property
    def row(self) -> Row | None:
        """The line under the cursor."""
        return self._rows[self.list.cursor] if self.list.cursor < len(self._rows) else None

    @on(LinesView.ItemChosen, "#builder-list")
    def edit_row(self, event: LinesView.ItemChosen) -> None:
        """Enter: change the clause or the sort key, or add one."""
        event.stop()
        row = self.row
        if row is None or self.view is None:
            return
        match row.kind:
            case RowKind.ADD_CLAUSE:
                self.action_add_clause()
            case RowKind.ADD_SORT:
                self._ask_sort()
            case RowKind.SORT:
                self._flip_sort(row.path[0])
            case RowKind.CLAUSE if isinstance(row.node, Condition):
                self._ask(row.node, lambda made: edits.replaced(self._expression, row.path, made))
            case RowKind.CLAUSE:
                self.action_join_clause()

    @on(LinesView.ItemMoved, "#builder-list")
    def forget_complaint(self, event: LinesView.ItemMoved) -> None:
        """Moving on brings the keys back into the last line."""
        event.stop()
        self._show_hint()

    @property
    def _expression(self) -> Expression:
        return self.view.expression if self.view is not None else EMPTY

    def action_add_clause(self) -> None:
        """Ask for a condition that comes below this line; on a group, into it."""
        row = self.row
        if self.view is None:
            return
        if row is None or row.kind is not RowKind.CLAUSE:
            place: Path = (len(self._expression.nodes),)
        elif isinstance(row.node, ConditionGroup) and row.node.kind is not GroupKind.NOT:
            place = (*row.path, len(row.node.nodes))
        else:
            place = (*row.path[:-1], row.path[-1] + 1)
        self._ask(None, lambda made: edits.inserted(self._expression, place, made))

    def action_remove_clause(self) -> None:
        """Without this clause or sort key."""
        row = self.row
        if row is None:
            return
        if row.kind is RowKind.SORT:
            keys = self._expression.sort
            at = row.path[0]
            self._set_sort((*keys[:at], *keys[at + 1 :]))
        elif row.kind is RowKind.CLAUSE:
            self._edit(lambda path: edits.removed(self._expression, path))

    def action_switch_clause(self) -> None:
        """Off, or on again."""
        self._edit(lambda path: edits.switched(self._expression, path))

    def action_negate_clause(self) -> None:
        """The opposite."""
        self._edit(lambda path: edits.negated(self._expression, path))

    def action_join_clause(self) -> None:
        """`all of` becomes `any of` and back; on a condition, of the group it stands in."""
        self._edit(self._joined)

    def _joined(self, path: Path) -> edits.Edited:
        at = path
        while at:
            node = edits.node_at(self._expression, at)
            if isinstance(node, ConditionGroup) and node.kind in _JOINED:
                changed = replace(node, kind=_JOINED[node.kind])
                return edits.replaced(self._expression, at, changed)[0], path
            at = at[:-1]
        nodes = self._expression.nodes
        group = ConditionGroup(GroupKind.OR, nodes)
        return replace(self._expression, nodes=(group,)), (0, *path)

    def action_group_clause(self) -> None:
        """Into a group of its own, in which any may hold."""
        self._edit(lambda path: edits.wrapped(self._expression, path, GroupKind.OR))

    def action_ungroup_clause(self) -> None:
        """Without the group."""
        self._edit(lambda path: edits.unwrapped(self._expression, path))

    def action_clause_down(self) -> None:
        """One line down."""
        self._move(1)

    def action_clause_up(self) -> None:
        """One line up."""
        self._move(-1)

    def _move(self, step: int) -> None:
        row = self.row
        if row is not None and row.kind is RowKind.SORT:
            self._move_sort(row.path[0], step)
        else:
            self._edit(lambda path: edits.moved(self._expression, path, step))

    def action_undo_clause(self) -> None:
        """The expression before the last change."""
        if not self._past:
            self.say(Shown("Nothing to take back"))
        elif self.view is not None:
            self.view = replace(self.view, expression=self._past.pop(), faults={})
            self._show_rows(self.list.cursor)
            self.post_message(self.Changed(self, self._expression))

    def _edit(self, change: Callable[[Path], edits.Edited]) -> None:
        row = self.row
        if row is None or row.kind is not RowKind.CLAUSE:
            self.say(Shown("Move to a condition or a group first"))
            return
        try:
            expression, path = change(row.path)
        except edits.CannotEdit as error:
            self.say(shown(str(error)))
            return
        self._take(expression, RowKind.CLAUSE, path)

    def _take(self, expression: Expression, kind: RowKind, path: Path) -> None:
        """Show an edited expression with the cursor on one of its lines, and tell."""
        if self.view is None or expression == self._expression:
            return
        self._past = [*self._past, self._expression][-KEPT_CHANGES:]
        self.view = replace(self.view, expression=expression, faults={})
        rows = rows_of(expression, is_sorted_by_itself=self.view.is_sorted_by_itself)
        places = [at for at, row in enumerate(rows) if row.place == (kind, path)]
        self._show_rows(places[0] if places else self.list.cursor)
        self.post_message(self.Changed(self, expression))

    # Sort keys

    def _set_sort(self, keys: tuple[Sort, ...], at: int = 0) -> None:
        self._take(replace(self._expression, sort=keys), RowKind.SORT, (at,))

    def _flip_sort(self, at: int) -> None:
        keys = self._expression.sort
        other = Direction.ASC if keys[at].direction is Direction.DESC else Direction.DESC
        self._set_sort((*keys[:at], Sort(keys[at].field, other), *keys[at + 1 :]), at)

    def _move_sort(self, at: int, step: int) -> None:
        keys = [*self._expression.sort]
        to = at + step
        if 0 <= to < len(keys):
            keys[at], keys[to] = keys[to], keys[at]
            self._set_sort(tuple(keys), to)

    def _ask_sort(self) -> None:
        assert self.view is not None
        taken = {key.field for key in self._expression.sort}
        if len(taken) >= MAX_SORTS:
            self.say(Shown(f"A query takes at most {MAX_SORTS} sort keys (sort_too_many_fields)"))
            return
        choices = [
            Choice(row.api_name, shown(row.api_name), shown(row.display_name))
            for row in self.view.schema.attributes
            if row.is_sortable and row.api_name not in taken
        ]
        self._dialog = None
        self.chooser.ask(Shown("Sort by: which attribute?"), choices, placeholder="type to narrow")
        self._show_hint()

    # Asking for a clause

    def _ask(self, start: Condition | None, after: Callable[[Condition], edits.Edited]) -> None:
        assert self.view is not None
        view = self.view
        self._dialog = ClauseDialog(view.schema, view.schemas, view.calendar, start)
        self._after = after
        self.go_on()

    def go_on(self) -> None:
        """Ask the next question; also when a schema it waited for has come."""
        dialog = self._dialog
        if dialog is None or self.view is None:
            return
        dialog.schemas = self.view.schemas
        question = dialog.question()
        self.chooser.ask(
            question.title,
            question.choices,
            placeholder=question.placeholder,
            takes_text=question.takes_text,
        )
        self._show_hint()
        if question.wanted_type is not None:
            self.post_message(self.SchemaRequested(self, question.wanted_type))
        if question.searched_type is not None:
            self.post_message(self.RecordsRequested(self, question.searched_type, ""))

    @on(Chooser.Typed, "#builder-chooser")
    def search(self, event: Chooser.Typed) -> None:
        """Look for records while their name is typed."""
        event.stop()
        self._show_hint()
        if self._dialog is None:
            return
        question = self._dialog.question(event.text)
        if question.searched_type is not None:
            self.chooser.offer(question.choices)
            self.post_message(
                self.RecordsRequested(self, question.searched_type, event.text.strip())
            )

    def offer_records(self, record_type: str, found: Sequence[tuple[str, str]]) -> None:
        """Ids and names of records that hold what was typed."""
        if self._dialog is None or not self.chooser.is_open:
            return
        self._dialog.offer_records(found)
        question = self._dialog.question(self.chooser.entry.value.strip())
        if question.searched_type == record_type:
            self.chooser.offer(question.choices)

    @on(Chooser.Chosen, "#builder-chooser")
    def take_answer(self, event: Chooser.Chosen) -> None:
        """Go on with the next question, or take the clause or sort key."""
        event.stop()
        if self._dialog is None:
            keys = self._expression.sort
            self.leave_chooser()
            if event.key is not None:
                self._set_sort((*keys, Sort(event.key)), len(keys))
            return
        try:
            self._dialog.answer(event.key, event.typed)
        except ValueError as error:
            self.say(shown(str(error)))
            return
        made = self._dialog.condition
        if made is None:
            self.go_on()
            return
        after = self._after
        self.leave_chooser()
        assert after is not None
        expression, path = after(made)
        self._take(expression, RowKind.CLAUSE, path)

    @on(Chooser.Left, "#builder-chooser")
    def step_back(self, event: Chooser.Left) -> None:
        """The question before, or back to the clauses."""
        event.stop()
        if event.is_back and self._dialog is not None and self._dialog.back():
            self.go_on()
        else:
            self.leave_chooser()

    def leave_chooser(self) -> None:
        """Back to the clauses, with nothing taken."""
        was_open = self.chooser.is_open
        self._dialog = None
        self.chooser.close()
        if was_open:
            self.list.focus()
            self._show_hint()


def _packed(words: Sequence[LineParts], width_cells: int) -> list[LineParts]:
    """Groups of parts side by side on as few lines as they need."""
    lines: list[LineParts] = []
    room = 0
    for parts in words:
        length = sum(len(part.text) for part in parts)
        if not lines or length > room:
            lines.append(())
            room = width_cells
        lines[-1] = (*lines[-1], *parts)
        room -= length
    return lines


_KEYS: Final = (
    ("Enter", "edit"),
    ("a", "add"),
    ("x", "del"),
    ("Space", "off"),
    ("n", "not"),
    ("o", "and/or"),
    ("( )", "group"),
    ("J K", "move"),
    ("u", "undo"),
    ("r", "ask"),
)
_CHOOSER_KEYS: Final = (
    ("Enter", "takes it"),
    ("Shift+Tab", "one step back"),
    ("Esc", "leaves"),
)

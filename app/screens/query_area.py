"""The middle of the deck: the query in its faces, and around whatever shows its answer.

Its actions edit what is asked; that something is to be asked or told it says by messages.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one
from textual.message import Message
from textual.widget import Widget

from app.domain.completion import Completions, complete
from app.domain.errors import BackendError, Rejected
from app.domain.expression import Condition, Expression, expression_of
from app.domain.expression_error import ExpressionError
from app.domain.json_text import parse_json
from app.domain.scopes import asked_schemas
from app.screens.browse_lines import query_line
from app.screens.data_area import DataArea
from app.screens.query_pane import QueryPane
from app.screens.tab_area import TabArea
from widgets.entry import Entry
from widgets.key_bindings import bindings_of
from widgets.line import Line
from widgets.query_builder import QueryBuilder
from widgets.query_entry import QueryEntry

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView
    from app.domain.remembered import SavedQuery
    from app.screens.saved_queries import Choice

_PATH: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w*)+")
"""What looks like a dot path in a half-typed text."""


class QueryArea(TabArea):
    """Holds whatever shows the answer, too, so that its keys work there."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(
        "query_builder", "query_text", "save_query", "saved_queries"
    )

    line = query_one("#query", Line)
    entry = query_one("#query-entry", QueryEntry)
    json_entry = query_one("#json-entry", Entry)
    save_entry = query_one("#save-entry", Entry)
    quick_entry = query_one("#quick-entry", Entry)
    pane = query_one("#query-pane", QueryPane)
    data_area = query_one("#body", DataArea)

    @dataclass
    class AskRequested(Message):
        """The tab's expression is to be asked."""

        area: "QueryArea"

        @property
        def control(self) -> "QueryArea":
            """The area."""
            return self.area

    @dataclass
    class Edited(Message):
        """The tab's expression was edited, and is not to be asked yet."""

        area: "QueryArea"

        @property
        def control(self) -> "QueryArea":
            """The area."""
            return self.area

    @dataclass
    class OpenRequested(Message):
        """A saved query or a question of the history is to be opened."""

        area: "QueryArea"
        saved: "SavedQuery"
        """Without a name where it was only asked."""

        @property
        def control(self) -> "QueryArea":
            """The area."""
            return self.area

    @dataclass
    class Left(Message):
        """The focus is free."""

        area: "QueryArea"

        @property
        def control(self) -> "QueryArea":
            """The area."""
            return self.area

    def __init__(self, *answers: Widget, id: str | None = None) -> None:  # noqa: A002
        """`answers` show what the query brings, beside the builder."""
        super().__init__(id=id)
        self._answers = answers
        self._before: Expression | None = None
        """What was asked for before typing began."""
        self._replaced: SavedQuery | None = None
        """The saved query that a second Enter replaces."""

    def compose(self) -> ComposeResult:
        """The query in one line, or what is typed in its place; the builder, the table, the record."""
        yield (line := Line(id="query"))
        yield QueryEntry(self.completions, "stage = working order by -updated_at", id="query-entry")
        yield Entry("filter the loaded rows; !text hides", line, id="quick-entry")
        yield Entry('{"filters": [...], "sort": [...]}', line, id="json-entry")
        yield Entry("name, or folder/name", line, id="save-entry")
        with DataArea(id="body"):
            yield QueryPane(id="query-pane")
            yield from self._answers

    def show_tab(self, browser: "Browser", tab: "TypeView") -> None:
        """Work on a tab from now on; its faces are brought up to it."""
        super().show_tab(browser, tab)
        self.pane.show_tab(browser, tab)
        self.data_area.show_tab(browser, tab)
        self.show_line()

    def show_line(self) -> None:
        """What is asked, in one line."""
        text = ""
        if self._browser is not None and self._tab is not None:
            text = self._browser.text(self._tab)
        self.line.parts = query_line(self._tab, text)

    # The builder

    def action_query_builder(self) -> None:
        """Show the query beside the table, or over it; again: hide it."""
        if self.pane.is_open:
            self.close_pane()
        elif (ready := self.ready) is not None:
            browser, tab, _ = ready
            self.screen.add_class("-query-open")
            self.pane.open_for(browser, tab)

    def close_pane(self) -> None:
        """Hide the builder; what was edited stays, asked or not."""
        self.pane.close()
        self.screen.remove_class("-query-open")
        self.post_message(self.Left(self))

    @on(QueryBuilder.Changed)
    def take_expression(self, event: QueryBuilder.Changed) -> None:
        """Every face of the query follows the one that was edited."""
        event.stop()
        self._edit(event.expression)

    def _edit(self, expression: Expression, *, is_asked: bool = False) -> None:
        if self._tab is None or self._browser is None:
            return
        self._tab.expression = expression
        self.pane.show_tab(self._browser, self._tab)
        self.post_message(self.AskRequested(self) if is_asked else self.Edited(self))

    @on(DataArea.AskRequested)
    def ask_from_data(self, event: DataArea.AskRequested) -> None:
        """Ask what was made from the data."""
        event.stop()
        self._edit(event.expression, is_asked=True)

    # Text

    def action_query_text(self) -> None:
        """Write the query as text in the place of its line."""
        ready = self.ready
        if ready is None:
            return
        browser, tab, _ = ready
        self._before = tab.expression
        self.line.display = False
        self.entry.open_with(browser.asking.text(tab.record_type, tab.expression))
        self.say("EDITING THE QUERY  Tab completes, Enter asks, Esc leaves it as it was")

    def completions(self, text: str, cursor: int) -> Completions:
        """What may stand at the cursor."""
        browser, tab = self._browser, self._tab
        if browser is None or tab is None:
            return Completions(cursor, cursor)
        schemas = asked_schemas(browser.asking.schemas, browser.backend.resources)
        return complete(text, cursor, schemas.get(tab.record_type), schemas)

    @on(QueryEntry.Changed)
    def follow_typing(self, event: QueryEntry.Changed) -> None:
        """What can be read already stands in the builder too; schemas on the way are read."""
        event.stop()
        if self._browser is None or self._tab is None:
            return
        try:
            self._tab.expression = self._browser.asking.parse(self._tab.record_type, event.text)
        except ExpressionError:
            pass  # half typed; Enter says what is missing
        else:
            self.pane.show_tab(self._browser, self._tab)
        self.learn_schemas(_PATH.findall(event.text))

    @work(exclusive=True, group="schemas")
    async def learn_schemas(self, fields: list[str]) -> None:
        """Read the schemas that paths lead through, for what may come next."""
        if self._browser is None or self._tab is None:
            return
        conditions = tuple(Condition(field, "eq") for field in fields)
        known = len(self._browser.asking.schemas)
        try:
            await self._browser.asking.learn_schemas(self._tab.record_type, Expression(conditions))
        except BackendError as error:
            self.say(error.reason, is_bad=True)
        if len(self._browser.asking.schemas) != known:
            self.entry.complete_again()

    @on(QueryEntry.Submitted)
    def take_text(self, event: QueryEntry.Submitted) -> None:
        """Ask what was written, or show where it cannot be read."""
        event.stop()
        if self._browser is None or self._tab is None:
            return
        try:
            expression = self._browser.asking.parse(self._tab.record_type, event.text)
        except ExpressionError as error:
            self.entry.error = error
            return
        self._close_text()
        self._edit(expression, is_asked=True)

    def _close_text(self) -> None:
        self.entry.close()
        self.line.display = True
        self._before = None
        self.post_message(self.Left(self))

    # JSON

    def action_query_json(self) -> None:
        """Write the query as the JSON that the API takes."""
        ready = self.ready
        if ready is None:
            return
        browser, tab, _ = ready
        try:
            request = browser.prepared(tab)
        except BackendError as error:
            self.say(error.reason, is_bad=True)
            return
        self.json_entry.open_with("" if request.body is None else request.body.decode())
        self.say("EDITING THE JSON  Enter asks, Esc leaves it as it was")

    @on(Entry.Submitted, "#json-entry")
    def take_json(self, event: Entry.Submitted) -> None:
        """Ask what was written; every other face follows."""
        event.stop()
        if self._browser is None or self._tab is None:
            return
        try:
            body = parse_json(event.value.encode())
            query = self._browser.backend.parse_query(self._tab.record_type, body)
        except ValueError as error:
            self.say(f"Not JSON: {error}", is_bad=True)
            return
        except Rejected as error:
            self.say(error.reason, is_bad=True)
            return
        self.close_entries()
        self._edit(expression_of(query), is_asked=True)

    # Entries

    def open_quick_filter(self) -> None:
        """Type a filter for the loaded rows."""
        if self._tab is not None:
            self.quick_entry.open_with(self._tab.quick_filter)

    def close_entries(self) -> bool:
        """Leave typing; whether anything was being typed. A text that was not asked is given up."""
        entries = [
            row for row in (self.quick_entry, self.json_entry, self.save_entry) if row.is_open
        ]
        for entry in entries:
            entry.close()
        self._replaced = None
        if self.entry.is_open:
            before = self._before
            self._close_text()
            if before is not None:
                self._edit(before)
            return True
        return bool(entries)

    # Saved queries

    def action_save_query(self) -> None:
        """Give what is asked a name, and keep it."""
        if self.ready is not None and self._tab is not None:
            saved = self._tab.saved
            self.save_entry.open_with(saved.path if saved is not None else "")
            self.say("SAVING THE QUERY  Enter keeps it under this name, Esc leaves")

    @on(Entry.Submitted, "#save-entry")
    def take_name(self, event: Entry.Submitted) -> None:
        """Keep the query."""
        event.stop()
        self.save(event.value)

    @work(exclusive=True, group="save")
    async def save(self, path: str) -> None:
        """Keep what is asked; one of that name that asks something else is replaced by a second Enter only."""
        from app.domain.remembered import NotRemembered, QueryExists, split_path

        browser, tab = self._browser, self._tab
        if browser is None or tab is None:
            return
        try:
            folder, name = split_path(path)
            saved = browser.saved_query(tab, folder, name)
            tab.saved = await browser.remembering.save(saved, over=self._replaced or tab.saved)
            browser.pinned = await browser.remembering.pinned()
        except QueryExists as error:
            self._replaced = error.existing
            self.say(f"{error} Enter again replaces it.", is_bad=True)
            return
        except NotRemembered as error:
            self.say(str(error), is_bad=True)
            return
        self.close_entries()
        self.say(f"Saved as {tab.saved.path}. H finds it again.")
        self.post_message(self.Left(self))

    async def action_saved_queries(self) -> None:
        """Saved queries and what was asked before."""
        from app.controller.saved_question import read_question
        from app.screens.saved_queries import SavedQueriesScreen

        browser = self._browser
        if browser is None:
            return
        screen = SavedQueriesScreen(
            browser.remembering,
            lambda saved: read_question(saved, browser.asking, browser.discovery),
            browser.session.time_zone,
        )
        await self.app.push_screen(screen, self.open_choice)

    def open_choice(self, choice: "Choice | None") -> None:
        """Open what was chosen."""
        from app.domain.remembered import SavedQuery
        from app.screens.saved_queries import OpenSaved

        if choice is None:
            return
        saved = (
            choice.query
            if isinstance(choice, OpenSaved)
            else SavedQuery("", choice.record_type, choice.text)
        )
        self.post_message(self.OpenRequested(self, saved))

"""What one asks and arranges starting from the data: this value, a pasted column, a picture of a column, the columns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.getters import query_one
from textual.message import Message

from app.domain.capabilities import Capability
from app.screens.tab_area import TabArea
from widgets.key_bindings import bindings_of
from widgets.record_table import RecordTable

if TYPE_CHECKING:
    from app.domain.column_layout import ColumnLayout
    from app.domain.expression import Expression, ExpressionNode
    from app.screens.paste import PasteAnswer
    from app.screens.statistics import StatisticsAnswer


class DataArea(TabArea):
    """Around the table and what stands beside it, so that its keys work there."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(
        "filter_cell", "exclude_cell", "filter_like_row", "statistics", "columns"
    )

    table = query_one("#table", RecordTable)

    @dataclass
    class AskRequested(Message):
        """Something else is to be asked."""

        area: "DataArea"
        expression: "Expression"

        @property
        def control(self) -> "DataArea":
            """The area."""
            return self.area

    @dataclass
    class Arranged(Message):
        """The tab's columns were arranged anew."""

        area: "DataArea"

        @property
        def control(self) -> "DataArea":
            """The area."""
            return self.area

    def _ask(self, expression: "Expression") -> None:
        self.post_message(self.AskRequested(self, expression))

    # From data to query

    def action_filter_cell(self) -> None:
        """Ask only for records with the value of this cell."""
        self._filter_cell(is_excluded=False)

    def action_exclude_cell(self) -> None:
        """Ask only for records without the value of this cell."""
        self._filter_cell(is_excluded=True)

    def _filter_cell(self, *, is_excluded: bool) -> None:
        from app.domain.cell_filters import with_cell

        ready = self.ready
        if ready is None:
            return
        browser, tab, schema = ready
        attribute, record = tab.attribute(tab.column), tab.record(tab.row)
        if attribute is None or record is None:
            return
        value = record.attributes.get(attribute.api_name)
        found = with_cell(
            tab.expression,
            schema,
            attribute,
            value,
            is_excluded=is_excluded,
            zone=browser.session.time_zone,
        )
        if isinstance(found, Capability):
            self.refuse("filter", found)
            return
        self._ask(found.expression)

    def action_filter_like_row(self) -> None:
        """Ask for records that are like this one in its choices, flags and references."""
        from app.domain.cell_filters import grouping_attributes, same_as_record

        ready = self.ready
        if ready is None:
            return
        browser, tab, schema = ready
        record = tab.record(tab.row)
        if record is None:
            return
        attributes = grouping_attributes(tab.columns)
        found = same_as_record(
            tab.expression, schema, record, attributes, zone=browser.session.time_zone
        )
        if not found.words:
            self.say("None of the columns shown groups records: there is nothing to be like.")
            return
        self._ask(found.expression)

    async def action_paste_query(self) -> None:
        """Look a pasted column of ids, addresses or domains up."""
        from app.screens.paste import PasteScreen

        ready = self.ready
        if ready is not None:
            browser, _, schema = ready
            await self.app.push_screen(PasteScreen(browser.backend, schema), self.take_pasted)

    def take_pasted(self, answer: "PasteAnswer | None") -> None:
        """Ask for what was pasted in the place of what was asked."""
        if answer is not None and self._tab is not None:
            self._ask(replace(self._tab.expression, nodes=(answer.condition,)))

    # Pictures and columns

    async def action_statistics(self) -> None:
        """What the column holds, as far as it is loaded."""
        from app.screens.statistics import StatisticsScreen

        ready = self.ready
        if ready is None:
            return
        browser, tab, schema = ready
        if not tab.row_count:
            self.say("There are no rows to look at.")
            return
        records, scope = browser.counted_rows(tab)
        screen = StatisticsScreen(
            schema, tab.columns, tab.column, records, scope, zone=browser.session.time_zone
        )
        await self.app.push_screen(screen, self.take_statistics)

    def take_statistics(self, answer: "StatisticsAnswer | None") -> None:
        """Go to the column one came to; ask for the value that was chosen."""
        from app.domain.query_edits import appended

        if answer is None or self._tab is None:
            return
        self.table.cursor_column = answer.column
        node: ExpressionNode | None = answer.node
        if node is not None:
            expression, _ = appended(self._tab.expression, node)
            self._ask(expression)

    async def action_columns(self) -> None:
        """Choose, order, widen and pin the columns."""
        from app.screens.columns import ColumnsScreen

        ready = self.ready
        if ready is None:
            return
        _, tab, schema = ready
        drawn: Mapping[str, int] = dict(
            zip((row.api_name for row in self.table.columns), self.table.widths, strict=False)
        )
        attribute = tab.attribute(tab.column)
        screen = ColumnsScreen(
            schema, tab.shown_layout, drawn, path=attribute.api_name if attribute else ""
        )
        await self.app.push_screen(screen, self.take_layout)

    def take_layout(self, layout: "ColumnLayout | None") -> None:
        """Show the columns as they were arranged."""
        if layout is not None and self._tab is not None and self._browser is not None:
            self._browser.arrange(self._tab, layout)
            self.post_message(self.Arranged(self))

"""The pane in which the query of a tab is built, beside the table or over it."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import on, work

from app.domain.errors import BackendError
from app.domain.paths import attribute_at
from app.domain.safe_text import Shown, shown
from app.domain.scopes import asked_schemas
from widgets.clause_lines import Place, RowKind
from widgets.query_builder import BuilderView, QueryBuilder

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView
    from app.domain.clause_faults import ClauseFault
    from app.domain.expression import Condition

SEARCH_DELAY_S: Final = 0.2
"""A search by name waits until typing rests, so that not every letter is a request."""

MAX_CHOICES: Final = 8
"""Legal choices that are named beside a fault."""


class QueryPane(QueryBuilder):
    """Hidden until `open_for`. It reads by itself what its questions need: schemas on the way, records by name."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._browser: Browser | None = None
        self._tab: TypeView | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is on screen."""
        return self.has_class("-open")

    def open_for(self, browser: "Browser", tab: "TypeView") -> None:
        """Show the query of a tab and take the focus."""
        self.add_class("-open")
        self.show_tab(browser, tab)
        self.list.focus()

    def close(self) -> None:
        """Hide it; the caller gives the focus on."""
        self.leave_chooser()
        self.remove_class("-open")

    def show_tab(self, browser: "Browser", tab: "TypeView") -> None:
        """Bring it up to a tab, if it is open and the tab has a schema."""
        self._browser, self._tab = browser, tab
        if not self.is_open or tab.schema is None:
            return
        asking, resources = browser.asking, browser.backend.resources
        schemas = asked_schemas(asking.schemas, resources)
        faults = browser.faults(tab)
        self.show(
            BuilderView(
                schemas.get(tab.record_type, tab.schema),
                schemas,
                asking.calendar,
                tab.expression,
                partial(self._text, browser, tab),
                _by_place(faults),
                bool(resources.rule(tab.record_type).query_scopes),
            )
        )

    def _text(self, browser: "Browser", tab: "TypeView", condition: "Condition") -> Shown:
        """A condition, and what its date words or ids mean."""
        text = browser.asking.condition_text(tab.record_type, condition)
        meaning = browser.asking.meaning(tab.record_type, condition)
        attribute = attribute_at(condition.field, tab.record_type, browser.asking.schemas)
        if attribute is not None and attribute.related_record_type is not None:
            values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
            ids = [value for value in values if isinstance(value, str)]
            meaning = ", ".join(name for value in ids if (name := browser.name_of(tab, value)))
        return shown(f"{text}  ({meaning})" if meaning else text)

    @on(QueryBuilder.SchemaRequested)
    def learn_schema(self, event: QueryBuilder.SchemaRequested) -> None:
        """Read the schema that a path leads to."""
        event.stop()
        self.read_schema(event.record_type)

    @work(exclusive=True, group="schema")
    async def read_schema(self, record_type: str) -> None:
        """Read a schema, then go on asking."""
        if self._browser is None or self._tab is None:
            return
        try:
            await self._browser.discovery.schema(record_type)
        except BackendError as error:
            self.say(shown(error.reason))
            return
        self.show_tab(self._browser, self._tab)
        self.go_on()

    @on(QueryBuilder.RecordsRequested)
    def look_for_records(self, event: QueryBuilder.RecordsRequested) -> None:
        """Look for records by their name."""
        event.stop()
        self.find_records(event.record_type, event.text)

    @work(exclusive=True, group="candidates")
    async def find_records(self, record_type: str, text: str) -> None:
        """Offer records: those of the rows at once, those of the server when typing rests."""
        browser, tab = self._browser, self._tab
        if browser is None or tab is None:
            return
        self.offer_records(record_type, tuple(browser.referred(tab, record_type, text).items()))
        await asyncio.sleep(SEARCH_DELAY_S)
        try:
            found = await browser.find_records(tab, record_type, text)
        except BackendError as error:
            self.say(shown(error.reason))
            return
        self.offer_records(record_type, found)


def fault_words(fault: "ClauseFault") -> Shown:
    """What is wrong, the API's code for it, and what is legal."""
    words = f"{fault.fault.message} ({fault.fault.code})"
    if fault.choices:
        more = (
            f" and {len(fault.choices) - MAX_CHOICES} more"
            if len(fault.choices) > MAX_CHOICES
            else ""
        )
        words += f" Legal: {', '.join(fault.choices[:MAX_CHOICES])}{more}"
    return shown(words)


def _by_place(faults: Sequence["ClauseFault"]) -> dict[Place, tuple[Shown, ...]]:
    found: dict[Place, tuple[Shown, ...]] = {}
    for fault in faults:
        place = (RowKind.CLAUSE, fault.path)
        if fault.sort_index is not None:
            place = (RowKind.SORT, (fault.sort_index,))
        found[place] = (*found.get(place, ()), fault_words(fault))
    return found

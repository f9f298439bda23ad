"""How tabs are left is written once things rest, and what cannot be kept is told without stopping the work."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime

from app.controller.browse import Browser, TypeView
from app.controller.view_keeper import NOTE_DELAY_S, ViewKeeper
from app.domain.expression import Condition, Expression
from app.domain.remembered import ViewKey
from tests.support.remembered import MemoryViews
from tests.support.small_workspace import memory_session

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
ASKED = Expression((Condition("stage", "eq", "working"),))

Write = Callable[[], Coroutine[None, None, None]]


class Desk:
    """A keeper with a clock that is wound by hand."""

    def __init__(self) -> None:
        self.session = memory_session()
        self.browser = Browser(self.session, lambda: NOW)
        self.due: list[tuple[float, Write]] = []
        self.told: list[str] = []
        self.keeper = ViewKeeper(
            self.browser, lambda delay_s, write: self.due.append((delay_s, write)), self.told.append
        )

    @property
    def views(self) -> MemoryViews:
        """What is written."""
        views = self.session.memory.views
        assert isinstance(views, MemoryViews)
        return views

    async def asked(self) -> TypeView:
        """The contacts, asked for something."""
        view = self.browser.view("contact")
        self.keeper.switch(view)
        view.expression = ASKED
        await self.browser.open(view, NOW)
        return view

    async def rest(self) -> None:
        """Let the time pass."""
        due, self.due = self.due, []
        for _, write in due:
            await write()


async def test_many_changes_are_one_write() -> None:
    """The first sets the clock; after the write the next one does."""
    desk = Desk()
    await desk.asked()
    desk.keeper.note()
    desk.keeper.note()
    assert [delay_s for delay_s, _ in desk.due] == [NOTE_DELAY_S]
    assert desk.views.views == {}
    await desk.rest()
    assert desk.views.views[ViewKey("contact")].text == "stage = working"
    desk.keeper.note()
    assert len(desk.due) == 1


async def test_what_cannot_be_written_is_told_once() -> None:
    """And not tried again."""
    desk = Desk()
    await desk.asked()
    desk.views.failure = "The disk is full."
    desk.keeper.note()
    await desk.rest()
    assert desk.told == ["How tabs are left is not kept: The disk is full."]
    desk.keeper.note()
    assert desk.due == []


async def test_leaving_writes_what_is_due() -> None:
    """The tab one left before is among it."""
    desk = Desk()
    await desk.asked()
    desk.keeper.switch(desk.browser.view("account"))
    await desk.keeper.write_at_last()
    assert desk.views.views[ViewKey("contact")].text == "stage = working"


async def test_nobody_is_there_to_be_told_at_last() -> None:
    """What cannot be written then is lost in silence."""
    desk = Desk()
    await desk.asked()
    desk.views.failure = "The disk is full."
    await desk.keeper.write_at_last()
    assert desk.told == []
    assert desk.views.views == {}

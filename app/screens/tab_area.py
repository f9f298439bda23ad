"""What the areas of the deck have in common: the tab they work on, and how they speak."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.message import Message

from app.domain.safe_text import Shown, shown

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView
    from app.domain.capabilities import Capability
    from app.domain.errors import BackendError
    from app.domain.schema import RecordType


class TabArea(Container):
    """A part of the deck with actions of its own; works on the tab it was shown last."""

    @dataclass
    class Told(Message):
        """Words for the person."""

        area: "TabArea"
        words: Shown
        is_bad: bool = False

        @property
        def control(self) -> "TabArea":
            """The area."""
            return self.area

    @dataclass
    class Refused(Message):
        """Something asked for cannot be done."""

        area: "TabArea"
        word: str
        capability: "Capability"

        @property
        def control(self) -> "TabArea":
            """The area."""
            return self.area

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._browser: Browser | None = None
        self._tab: TypeView | None = None

    def show_tab(self, browser: "Browser", tab: "TypeView") -> None:
        """Work on a tab from now on."""
        self._browser, self._tab = browser, tab

    def say(self, words: str, *, is_bad: bool = False) -> None:
        """Tell the person something."""
        self.post_message(self.Told(self, shown(words), is_bad))

    def say_failed(self, error: "BackendError") -> None:
        """Tell what failed, and the way out."""
        self.say(f"{error.reason} {error.way_out}", is_bad=True)

    def refuse(self, word: str, capability: "Capability") -> None:
        """Tell why something cannot be done."""
        self.post_message(self.Refused(self, word, capability))

    @property
    def ready(self) -> tuple["Browser", "TypeView", "RecordType"] | None:
        """What an action on a tab with a schema needs; says so where the schema is not there yet."""
        browser, tab = self._browser, self._tab
        if browser is None or tab is None:
            return None
        if tab.schema is None:
            self.say("The schema is still being read: nothing is known yet.")
            return None
        return browser, tab, tab.schema

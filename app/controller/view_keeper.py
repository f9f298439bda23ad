"""Keeping how tabs are left, and what is asked in them: written once things rest; what cannot be kept is told, once."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from app.controller.kept_views import KeptViews
from app.domain.remembered import NotRemembered

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView

NOTE_DELAY_S: Final = 1.0
"""How a tab is left is written after this time; who is killed loses no more."""

Later = Callable[[float, Callable[[], Coroutine[None, None, None]]], object]
"""Does something after so many seconds."""

Tell = Callable[[str], None]
"""Takes why something is not kept. Not yet sanitised."""


class ViewKeeper:
    """No failure to keep anything stops the work; `tell` hears of it."""

    def __init__(self, browser: "Browser", later: Later, tell: Tell) -> None:
        self._browser = browser
        self._later = later
        self._tell = tell
        self._kept = KeptViews(browser)
        self._active: TypeView | None = None
        self._is_due = False
        self._is_refused = False

    async def recall(self) -> str:
        """Read how the tabs were left, and which queries have tabs of their own; why something was lost, or nothing."""
        try:
            warning = await self._kept.recall()
            self._browser.pinned = await self._browser.remembering.pinned()
        except NotRemembered as error:
            return str(error)
        return warning

    def switch(self, view: "TypeView") -> None:
        """Take down how the tab one leaves is, and bring the next one back before it is opened."""
        if self._active is not None and self._active is not view:
            self._kept.note(self._active)
        self._active = view
        self._kept.restore(view)

    def return_to_record(self, view: "TypeView") -> None:
        """Put the cursor of a tab's first rows where it was left."""
        self._kept.return_to_record(view)

    def note(self) -> None:
        """How the active tab is will be written soon."""
        if not self._is_due and not self._is_refused:
            self._is_due = True
            self._later(NOTE_DELAY_S, self._write)

    async def _write(self) -> None:
        """Write how the tabs are; if that cannot be done it is told, and not tried again."""
        self._is_due = False
        try:
            warning = await self._flush()
        except NotRemembered as error:
            warning = f"How tabs are left is not kept: {error}"
            self._is_refused = True
        if warning:
            self._tell(warning)

    async def _flush(self) -> str:
        is_any = self._active is not None and self._kept.note(self._active)
        return await self._kept.flush() if is_any else ""

    async def write_at_last(self) -> None:
        """What was not written yet; nobody is there to be told."""
        with suppress(NotRemembered):
            await self._flush()

    async def note_question(self, view: "TypeView") -> None:
        """Put what a tab asks into the history, with its rows if these are its answer."""
        try:
            await self._browser.note_question(view)
        except NotRemembered as error:
            self._tell(f"The history was not written: {error}")

    async def read_pinned(self) -> None:
        """Read anew which queries have tabs of their own."""
        try:
            self._browser.pinned = await self._browser.remembering.pinned()
        except NotRemembered as error:
            self._tell(str(error))

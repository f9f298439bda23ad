"""How the tabs of a session are left, and how they come back: what is asked, the columns, the place."""

from typing import TYPE_CHECKING

from app.domain.column_layout import ColumnLayout
from app.domain.remembered import ViewKey, ViewState

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView


class KeptViews:
    """Recalled once, when the session opens; noted as one works; written when things rest."""

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser
        self._kept: dict[ViewKey, ViewState] = {}
        self._changed: dict[ViewKey, ViewState | None] = {}
        self._returning: dict[ViewKey, str] = {}

    async def recall(self) -> str:
        """Read how the tabs were left; why something was lost, empty when nothing was. Not yet sanitised.

        Raises:
            NotRemembered: if nothing can be read.
        """
        recalled = await self._browser.remembering.recall()
        self._kept |= recalled.views
        return recalled.warning

    def restore(self, view: "TypeView") -> None:
        """Bring a tab back before it is opened for the first time; one that asks something already stays.

        A pinned query is asked as its file says, and laid out so; only the place comes back.
        """
        state = self._kept.get(_key(view))
        if state is None or view.schema is not None:
            return
        if view.pinned is None:
            if view.typed is not None:
                return
            view.typed = state.text or None
            if state.columns and view.layout is None:
                view.layout = ColumnLayout.from_parts(state.columns, state.widths, state.pinned)
        if state.cursor_id is not None:
            self._returning[_key(view)] = state.cursor_id

    def return_to_record(self, view: "TypeView") -> None:
        """Once the first rows are there, put the cursor on the record it was on, if that is among them."""
        if view.records is None:
            return
        record_id = self._returning.pop(_key(view), None)
        for row in range(view.row_count if record_id is not None else 0):
            record = view.record(row)
            if record is not None and record.record_id.id == record_id:
                view.row = row
                return

    def note(self, view: "TypeView") -> bool:
        """Take down how a tab is; whether there is anything to write now."""
        if view.records is not None and view.typed is None:
            key, state = _key(view), self._state(view)
            if self._kept.get(key, ViewState()) != state:
                self._kept[key] = self._changed[key] = state
        return bool(self._changed)

    async def flush(self) -> str:
        """Write what was noted; why something else was lost, empty when nothing was. Not yet sanitised.

        Raises:
            NotRemembered: if it cannot be written.
        """
        changed, self._changed = self._changed, {}
        return await self._browser.remembering.note_views(changed) if changed else ""

    def _state(self, view: "TypeView") -> ViewState:
        layout = view.layout or ColumnLayout()
        record = view.record(view.row)
        return ViewState(
            self._browser.asking.text(view.record_type, view.asked),
            layout.paths,
            layout.widths,
            layout.pinned,
            None if record is None else record.record_id.id,
        )


def _key(view: "TypeView") -> ViewKey:
    return ViewKey(view.record_type, None if view.pinned is None else view.pinned.path)

"""Items of a list-like attribute: e-mail addresses, phone numbers, domains."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from app.domain.escaped_text import escaped_for_editing, unescaped
from app.domain.journal import EditAction, ItemEdit
from app.domain.json_text import dump_json
from app.domain.lint import ITEM_MEMBERS
from app.domain.safe_text import Shown, shown
from app.domain.values import Json
from widgets.editors.editor import Editor, Opening
from widgets.key_bindings import bindings_of
from widgets.line import Part
from widgets.lines_view import Item, LinesView

PRIMARY: Final = "is_primary"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as it is to be, and what is done to it."""

    members: Mapping[str, Json]
    item_id: str | None = None
    """`None`: it is not there yet."""
    edit: ItemEdit | None = None

    @property
    def is_removed(self) -> bool:
        """Whether it is to go."""
        return self.edit is not None and self.edit.action is EditAction.REMOVE


def item_rows(
    items: tuple[Mapping[str, Json], ...], edits: tuple[ItemEdit, ...]
) -> tuple[ItemRow, ...]:
    """The items that are there with what is done to each, then those that are to be added."""
    by_id = {edit.item_id: edit for edit in edits if edit.item_id is not None}
    rows = []
    for item in items:
        item_id = str(item.get("id") or "")
        edit = by_id.get(item_id)
        members = {key: value for key, value in item.items() if key != "id"}
        changed = {} if edit is None or edit.action is not EditAction.SET else edit.members
        rows.append(ItemRow({**members, **changed}, item_id, edit))
    added = [edit for edit in edits if edit.action is EditAction.ADD]
    return (*rows, *(ItemRow(edit.members, None, edit) for edit in added))


class ItemsEditor(Editor):
    """Adds, changes, removes items and says which is primary.

    Of a record that is there each of it is a call of its own; of a new one the list as a whole is told as text.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("add_item", "remove_item", "make_primary")

    HINT = "Enter changes, a adds, x removes, m makes primary, Esc: back to the fields"

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        members = ITEM_MEMBERS.get(opening.attribute.value_type, ())
        self._key = members[0].api_name if members else ""
        self._is_key_fixed = bool(members) and not members[0].is_updatable
        self._new_has_primary = any(row.api_name == PRIMARY and row.is_creatable for row in members)
        self._edits = opening.item_edits
        self._rows = item_rows(opening.items, self._edits)
        self._edited: ItemRow | None = None
        """What is typed over; `None`: an item that is added."""
        self.list = LinesView(has_cursor=True)
        self.entry = Input(compact=True, select_on_focus=False)
        self.entry.cursor_blink = False
        self.entry.display = False

    def compose(self) -> ComposeResult:
        """The items, and the line to type one in."""
        yield self.title
        yield self.list
        yield self.entry

    def on_mount(self) -> None:
        """Show what is there."""
        self.show_rows(self._rows)
        self.list.focus()

    def show_rows(self, rows: tuple[ItemRow, ...]) -> None:
        """Show other items; the cursor keeps its place."""
        self._rows = rows
        self.list.styles.height = max(1, min(6, len(rows)))
        nothing: Item = ((Part(Shown("no items: a adds one"), "muted"),),)
        items = [self._item(row) for row in rows] or [nothing]
        self.list.show_items(items, cursor=self.list.cursor)

    def _item(self, row: ItemRow) -> Item:
        parts = [Part(shown(str(row.members.get(self._key) or "(empty)"), limit=80), "strong")]
        if row.members.get(PRIMARY) is True:
            parts.append(Part(Shown("  primary"), "good"))
        match row.edit:
            case ItemEdit(action=EditAction.ADD):
                parts.append(Part(Shown("  to be added"), "accent"))
            case ItemEdit(action=EditAction.SET):
                parts.append(Part(Shown("  changed"), "accent"))
            case ItemEdit(action=EditAction.REMOVE):
                parts.append(Part(Shown("  to be removed"), "bad"))
        return (tuple(parts),)

    @property
    def row(self) -> ItemRow | None:
        """The item under the cursor."""
        return self._rows[self.list.cursor] if self.list.cursor < len(self._rows) else None

    def action_add_item(self) -> None:
        """Type another item."""
        self._edited = None
        self._open("")

    def edit_item(self) -> None:
        """Type over this item."""
        row = self.row
        if row is None:
            self.action_add_item()
        elif row.item_id is not None and self._is_key_fixed:
            self.say(Shown("It cannot be changed: remove it and add another."), is_bad=True)
        else:
            self._edited = row
            self._open(escaped_for_editing(str(row.members.get(self._key) or "")))

    @on(LinesView.ItemChosen)
    def edit_chosen(self, event: LinesView.ItemChosen) -> None:
        """Enter on an item."""
        event.stop()
        self.edit_item()

    @on(LinesView.ItemMoved)
    def keep_to_itself(self, event: LinesView.ItemMoved) -> None:
        """The list's own movements."""
        event.stop()

    def _open(self, text: str) -> None:
        self.entry.value = text
        self.entry.cursor_position = len(text)
        self.entry.display = True
        self.entry.focus()

    def _close(self) -> None:
        self.entry.display = False
        self.list.focus()

    @on(Input.Changed)
    def wait_for_enter(self, event: Input.Changed) -> None:
        """An item is taken as a whole, by Enter."""
        event.stop()

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        """Take what was typed as an item."""
        event.stop()
        text, row = unescaped(event.value.strip()), self._edited
        self._close()
        if not text:
            return
        if row is None:
            is_first = not any(not other.is_removed for other in self._rows)
            primary: dict[str, Json] = {PRIMARY: is_first} if self._new_has_primary else {}
            self._add({self._key: text, **primary})
        else:
            self._set(row, {self._key: text})

    def action_remove_item(self) -> None:
        """Remove this item; one that is removed already stays."""
        row = self.row
        if row is None:
            return
        if row.edit is not None and (row.is_removed or row.item_id is None):
            self._drop(row.edit)
            return
        if row.item_id is not None:
            self._tell(
                ItemEdit(
                    attribute=self.opening.attribute.api_name,
                    action=EditAction.REMOVE,
                    item_id=row.item_id,
                    before=self._before(row.item_id),
                )
            )

    def action_make_primary(self) -> None:
        """Make this item the primary one."""
        row = self.row
        if row is not None and row.members.get(PRIMARY) is not True:
            self._set(row, {PRIMARY: True})

    # What is told

    def _add(self, members: dict[str, Json]) -> None:
        name = self.opening.attribute.api_name
        self._tell(ItemEdit(attribute=name, action=EditAction.ADD, members=members))

    def _set(self, row: ItemRow, members: dict[str, Json]) -> None:
        """Change members of an item; one that is not there yet is added otherwise instead."""
        if row.item_id is None:
            assert row.edit is not None
            self._drop(row.edit)
            self._add({**row.members, **members})
            return
        is_set = row.edit is not None and row.edit.action is EditAction.SET
        earlier = row.edit.members if is_set and row.edit is not None else {}
        self._tell(
            ItemEdit(
                attribute=self.opening.attribute.api_name,
                action=EditAction.SET,
                item_id=row.item_id,
                members={**earlier, **members},
                before=self._before(row.item_id),
            )
        )

    def _before(self, item_id: str) -> dict[str, Json]:
        found = [item for item in self.opening.items if item.get("id") == item_id]
        return {key: value for item in found for key, value in item.items() if key != "id"}

    def _tell(self, edit: ItemEdit) -> None:
        self._edits = (*(row for row in self._edits if not _replaces(edit, row)), edit)
        self._told(edit, is_dropped=False)

    def _drop(self, edit: ItemEdit) -> None:
        self._edits = tuple(row for row in self._edits if row != edit)
        self._told(edit, is_dropped=True)

    def _told(self, edit: ItemEdit, *, is_dropped: bool) -> None:
        self.show_rows(item_rows(self.opening.items, self._edits))
        if self.opening.has_own_endpoint:
            self.post_message(self.ItemEdited(self, edit, is_dropped))
        else:
            left = [dict(row.members) for row in self._rows if not row.is_removed]
            self.tell(dump_json([*left]) if left else "")

    def action_finish(self) -> None:
        """Typing is over first, then the list."""
        if self.entry.display:
            self._close()
        else:
            super().action_finish()


def _replaces(new: ItemEdit, old: ItemEdit) -> bool:
    return new.item_id is not None and new.item_id == old.item_id

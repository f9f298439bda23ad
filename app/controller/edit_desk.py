"""The one draft that is being edited: what becomes of it with each change, and what has been sent of it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from app.controller.editing import Editing, Opened
from app.controller.journaling import Journaling
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.edit_draft import (
    cleared,
    draft_of,
    emptied,
    is_changed,
    resolved_draft,
    reverted,
    with_item,
    with_text,
    without_item,
)
from app.domain.edit_form import EditForm, form_gate
from app.domain.edits import Change
from app.domain.errors import BackendError
from app.domain.journal import Draft, DraftTaken, ItemEdit, JournalFailed, OpenDraft, new_id
from app.domain.kept_items import items_in
from app.domain.lint import ITEM_MEMBERS
from app.domain.merging import Side
from app.domain.planned import BODY_KINDS
from app.domain.records import Record, RecordId
from app.domain.review import Applied, Review
from app.domain.schema import Attribute
from app.domain.values import Json, Reference, show


class EditDesk:
    """Holds a draft between the keys; every change of it is noted in the journal."""

    def __init__(self, session: Session, editing: Editing, journaling: Journaling) -> None:
        self.session = session
        self.editing = editing
        self.journaling = journaling
        self.opened: Opened | None = None
        """What the draft was made from; `None` while nothing is edited."""
        self.refusals: dict[str, str] = {}
        """What the server said of attributes when they were sent last. Not yet sanitised."""
        self._names: dict[str, str] = {}

    # Opening

    async def open(self, record_id: RecordId) -> str:
        """Edit a record, from the draft that was kept of it if there is one; what there is to say of that.

        Raises:
            BackendError, DraftTaken, JournalFailed, NotInJournal: it cannot be edited now.
        """
        kept = await self._kept(record_id)
        if kept is not None:
            return await self.resume(kept)
        self._take(await self.editing.open(record_id))
        return ""

    async def new(self, record_type: str) -> None:
        """Make a record. Raises BackendError."""
        self._take(await self.editing.new(record_type))

    async def resume(self, kept: OpenDraft) -> str:
        """Go on with a kept draft; what somebody else did since. Raises as `open` does."""
        opened = await self.editing.resume(kept.draft.id)
        self._take(opened)
        saved = kept.draft.saved_at
        at = "" if saved is None else f" of {saved:%Y-%m-%d %H:%M:%S} UTC"
        if opened.is_gone:
            return f"Draft{at}. The record is not there any more: X gives the draft up."
        clashes = () if opened.since is None else opened.since.clashes
        if clashes:
            names = ", ".join(row.attribute for row in clashes)
            return f"Draft{at}. Somebody else changed {names} since: sending it will ask."
        return f"Draft{at} taken up again."

    async def _kept(self, record_id: RecordId) -> OpenDraft | None:
        try:
            drafts = await self.editing.drafts()
        except JournalFailed:
            return None  # the header says that drafts are not kept
        wanted = (record_id.record_type, record_id.id)
        found = [row for row in drafts if (row.draft.record_type, row.draft.record_id) == wanted]
        return found[0] if found else None

    def _take(self, opened: Opened) -> None:
        self.opened = opened
        self.refusals = {}
        self._names = {} if opened.record is None else _names_in(opened.record)

    def close(self) -> None:
        """Edit nothing; the draft stays in the journal if anything was changed."""
        self.opened = None

    # The draft

    @property
    def draft(self) -> Draft:
        """As it is now. Only while something is edited."""
        assert self.opened is not None
        return self.opened.draft

    @property
    def form(self) -> EditForm:
        """Its form. Only while something is edited."""
        assert self.opened is not None
        return self.editing.form(self.opened.schema, self.opened.draft, self.opened.record)

    @property
    def names(self) -> Mapping[str, str]:
        """What referenced records are called, by id. Not yet sanitised."""
        return self._names

    @property
    def read(self) -> Mapping[str, str]:
        """What was read and is never written, as it is shown elsewhere. Not yet sanitised."""
        if self.opened is None or self.opened.record is None:
            return {}
        types = self.opened.schema.attribute_by_name
        return {
            name: show(value, types[name].value_type)
            for name, value in self.opened.record.attributes.items()
            if name in types and name not in self.draft.base
        }

    def learn_names(self, found: Mapping[str, str]) -> None:
        """Remember what records are called."""
        self._names |= found

    @property
    def items(self) -> Mapping[str, tuple[Mapping[str, Json], ...]]:
        """The items of list-like attributes as they were read, each with its `id`."""
        if self.opened is None or self.opened.record is None:
            return {}
        record = self.opened.record
        return {
            name: tuple({**members, "id": item_id} for item_id, members in items_in(record, name).items())
            for name, value in record.attributes.items()
            if isinstance(value, tuple)
        }  # fmt: skip

    def set_text(self, attribute: Attribute, text: str, caret: int | None) -> None:
        """What was typed for an attribute."""
        draft = replace(with_text(self.draft, attribute, text), caret=caret)
        self._note(draft, attribute.api_name)

    def clear(self, attribute: Attribute, *, is_empty: bool) -> None:
        """Nothing, or an empty text or list."""
        make = emptied if is_empty else cleared
        self._note(make(self.draft, attribute), attribute.api_name)

    def revert(self, attribute: Attribute) -> None:
        """As it was read."""
        self._note(reverted(self.draft, attribute.api_name), attribute.api_name)

    def edit_item(self, edit: ItemEdit, *, is_dropped: bool) -> None:
        """Change an item, or give that up."""
        draft = without_item(self.draft, edit) if is_dropped else with_item(self.draft, edit)
        self._note(draft, edit.attribute)

    def focus(self, name: str) -> None:
        """Where the cursor is; noted with the next change."""
        if self.opened is not None:
            self.opened = replace(self.opened, draft=replace(self.draft, focus=name, caret=None))

    def _note(self, draft: Draft, focus: str) -> None:
        assert self.opened is not None
        self.refusals.pop(focus, None)
        self.opened = replace(self.opened, draft=replace(draft, focus=focus))
        self.journaling.note(self.opened.draft)

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to send or to lose."""
        return self.opened is not None and is_changed(self.draft)

    async def put_down(self) -> bool:
        """Edit nothing more; whether a draft is kept. One that changes nothing is not.

        What cannot be saved or forgotten now is told in the journal's status.
        """
        if self.opened is None:
            return False
        is_kept = self.is_changed
        if is_kept:
            self.journaling.note(replace(self.draft, caret=None))
            await self.journaling.flush()
        else:
            with suppress(DraftTaken, JournalFailed):
                await self.journaling.discard(self.draft.id)
        self.close()
        return is_kept

    async def discard(self) -> None:
        """Give the draft up. Raises DraftTaken, JournalFailed."""
        await self.journaling.discard(self.draft.id)
        self.close()

    # Sending

    @property
    def match(self) -> Change | None:
        """The unique value by which "create or update" would find the record; `None` while there is none."""
        assert self.opened is not None
        draft, schema = self.draft, self.form.schema
        for attribute in schema.attributes:
            value = draft.values.get(attribute.api_name)
            if not attribute.is_unique or not value:
                continue
            if not isinstance(value, list):
                return Change(attribute.api_name, value)
            members = ITEM_MEMBERS.get(attribute.value_type, ())
            keys = [row.get(members[0].api_name) for row in value if isinstance(row, dict) and members]  # fmt: skip
            if keys:
                return Change(members[0].api_name, keys[0])
        return None

    @property
    def can_assert(self) -> bool:
        """Whether "create or update" exists here."""
        form = self.form
        return form_gate(
            form.resources, form.declared, Action.ASSERT, is_read_only=form.is_read_only
        ).is_open

    async def duplicates(self) -> tuple[Record, ...]:
        """Other records that have a unique value of this draft. Raises BackendError."""
        draft = self.draft
        return await self.editing.duplicates(self.form.schema, draft.values, but=draft.record_id)

    async def send(self, review: Review) -> Applied:
        """Send what was reviewed, once what was typed is on the disk; then go on with what is left.

        What cannot be kept is told in the journal's status; the sending itself notes first and refuses if it cannot.
        """
        await self.journaling.flush()
        applied = await self.editing.apply(review)
        if review.draft is not None:
            self.journaling.let_go(review.draft.id)
        await self._go_on(applied)
        return applied

    async def _go_on(self, applied: Applied) -> None:
        """What the form shows after a sending."""
        stopped = applied.stopped_at
        faults = () if stopped is None or stopped.error is None else stopped.error.faults
        self.refusals = {
            (fault.field or "").rpartition("/")[2]: f"{fault.message} ({fault.code})"
            for fault in faults
            if fault.field
        }
        if self.opened is None or applied.review.draft is None:
            return
        if applied.draft is not None:
            self.opened = replace(self.opened, draft=applied.draft)
        if stopped is None:
            await self._reopen(applied)

    async def _reopen(self, applied: Applied) -> None:
        """Show the record as it now is, with nothing changed; items are in no answer, so it is read again for them."""
        opened, record = self.opened, applied.record
        assert opened is not None
        owner = opened.record.record_id if opened.record is not None else None
        if record is None or any(row.line.write.kind not in BODY_KINDS for row in applied.results):
            wanted = owner if record is None else record.record_id
            if wanted is not None:
                with suppress(BackendError):  # then the form shows what was sent
                    self._take(await self.editing.open(wanted))
        else:
            draft = draft_of(new_id(), self.session.workspace, record)
            self._take(Opened(draft, opened.schema, record))

    def resolve(self, applied: Applied, sides: Mapping[str, Side]) -> None:
        """Go on from what somebody else wrote, with my value where that was chosen."""
        stopped = applied.stopped_at
        assert self.opened is not None
        if stopped is None or stopped.theirs is None:
            return
        record = stopped.theirs
        draft = resolved_draft(self.draft, record, sides)
        self.opened = replace(self.opened, record=record, draft=draft)
        self.journaling.note(self.opened.draft)


def _names_in(record: Record) -> dict[str, str]:
    """What a record's references are called, where the answer told it."""
    found = {}
    for value in record.attributes.values():
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Reference) and item.name is not None:
                found[item.record_id] = item.name
    return found

"""Making a review: what a draft, an archive, an assert or an undo will send, as the backend will send it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from app.controller.sending import prepare
from app.domain.backend import Backend
from app.domain.edit_draft import has_own_endpoint
from app.domain.edit_form import EditForm
from app.domain.edits import Change
from app.domain.errors import BackendError, Fault, Rejected
from app.domain.journal import Draft, EditAction, IntentKind, ItemEdit, LinkEdit
from app.domain.merging import base_of
from app.domain.planned import (
    BODY_KINDS,
    PlannedWrite,
    as_changes,
    as_values,
    kept_item,
    no_item,
)
from app.domain.records import Record, RecordId
from app.domain.reversing import reverse_of
from app.domain.review import Hanging, Review, ReviewLine, diff_rows, warnings_of
from app.domain.schema import RecordType
from app.domain.values import Json

_ITEM_KINDS: Final = {
    EditAction.ADD: IntentKind.ADD_ITEM,
    EditAction.SET: IntentKind.SET_ITEM,
    EditAction.REMOVE: IntentKind.REMOVE_ITEM,
}
_LINK_KINDS: Final = {
    EditAction.ADD: IntentKind.LINK,
    EditAction.SET: IntentKind.PATCH_LINK,
    EditAction.REMOVE: IntentKind.UNLINK,
}


class Reviewer:
    """Makes reviews for one backend."""

    def __init__(self, backend: Backend, workspace: str, new_id: Callable[[], str]) -> None:
        self._backend = backend
        self._workspace = workspace
        self._new_id = new_id
        self._has_asked = False

    async def ask_offers(self) -> None:
        """Ask once what the server offers, so that the headers of a review are those that go out."""
        if self._has_asked:
            return
        try:
            await self._backend.health()
        except BackendError:
            return  # the write asks again
        self._has_asked = True

    def of_draft(self, form: EditForm) -> Review:
        """What a draft will send: one body, then items and links, each by a call of its own."""
        draft = form.draft
        review = Review(workspace=self._workspace, title=draft.title, draft=draft)
        faults = form.faults()
        if faults:
            return replace(review, faults=faults)
        try:
            lines = tuple(self._lines_of(form))
        except Rejected as error:
            return replace(review, faults=error.faults)
        return replace(review, lines=lines)

    def of_archive(
        self, record: Record, schema: RecordType, hanging: Sequence[Hanging] = ()
    ) -> Review:
        """What archiving a record will send."""
        record_id = record.record_id
        write = PlannedWrite(
            kind=IntentKind.ARCHIVE, record_type=record_id.record_type, record_id=record_id.id
        )
        line = self.line(write, schema, base=base_of(record), as_read=record)
        return Review(
            workspace=self._workspace, title=record.title, lines=(line,), hanging=tuple(hanging)
        )

    def of_assert(self, form: EditForm, match: Change, found: Record | None) -> Review:
        """What asserting a draft will send; `found` is the record it will change, `None`: it will create one."""
        draft, base = form.draft, {} if found is None else base_of(found)
        review = Review(workspace=self._workspace, title=draft.title, draft=draft)
        faults = _assert_faults(form, match, found)
        if faults:
            return replace(review, faults=faults)
        values = {name: value for name, value in draft.values.items() if name != match.attribute}
        write = PlannedWrite(
            kind=IntentKind.ASSERT,
            record_type=draft.record_type,
            record_id=None if found is None else found.record_id.id,
            changes=as_changes(values),
            match=match,
        )
        try:
            line = self.line(write, form.schema, base=base)
        except Rejected as error:
            return replace(review, faults=error.faults)
        return replace(review, lines=(line,), notes=_assert_notes(form, write, match, found))

    def line(
        self,
        write: PlannedWrite,
        schema: RecordType,
        *,
        base: Mapping[str, Json],
        before: Mapping[str, Json] | None = None,
        as_read: Record | None = None,
    ) -> ReviewLine:
        """One line; `before` is what an item or link was, `as_read` the record whose mark the server is to check.

        Raises:
            Rejected: for what the API has no words for.
        """
        line_id = self._new_id()
        known, after = _noted(write, base, before)
        reverse = reverse_of(write, known)
        undo = None if reverse.write is None else prepare(self._backend, reverse.write)
        return ReviewLine(
            id=line_id,
            write=write,
            request=prepare(self._backend, write, intent=line_id, base=as_read),
            reads=(self._backend.prepare_read(write.owner),) if write.is_reread else (),
            rows=diff_rows(write, known, base),
            before=known,
            after=after,
            base=base,
            undo=undo,
            undo_words=reverse.words,
            warnings=warnings_of(schema, write),
        )

    def _lines_of(self, form: EditForm) -> Iterator[ReviewLine]:
        """The lines of a draft. Raises Rejected."""
        draft, changes = form.draft, form.changes
        if draft.record_id is None:
            create = PlannedWrite(
                kind=IntentKind.CREATE, record_type=draft.record_type, changes=changes
            )
            yield self.line(create, form.schema, base={})
            return
        if changes:
            patch = PlannedWrite(
                kind=IntentKind.PATCH,
                record_type=draft.record_type,
                record_id=draft.record_id,
                changes=changes,
            )
            yield self.line(patch, form.schema, base=draft.base, as_read=_marked(draft))
        for edit in draft.items:
            yield self._part_line(form, item_write(draft, edit), edit.before)
        for link in draft.links:
            yield self._part_line(form, link_write(draft, link), link.before)

    def _part_line(
        self, form: EditForm, write: PlannedWrite, before: Mapping[str, Json]
    ) -> ReviewLine:
        return self.line(write, form.schema, base={}, before=before)


def item_write(draft: Draft, edit: ItemEdit) -> PlannedWrite:
    """A change of an item as a write."""
    return PlannedWrite(
        kind=_ITEM_KINDS[edit.action],
        record_type=draft.record_type,
        record_id=draft.record_id,
        changes=() if edit.action is EditAction.REMOVE else as_changes(edit.members),
        name=edit.attribute,
        target_id=edit.item_id,
    )


def link_write(draft: Draft, edit: LinkEdit) -> PlannedWrite:
    """A change of a link as a write."""
    return PlannedWrite(
        kind=_LINK_KINDS[edit.action],
        record_type=draft.record_type,
        record_id=draft.record_id,
        changes=() if edit.action is EditAction.REMOVE else as_changes(edit.edge),
        name=edit.relationship,
        target_id=edit.target_id,
    )


def _assert_faults(form: EditForm, match: Change, found: Record | None) -> tuple[Fault, ...]:
    """What stands against an assert: as for a create, or as for a change of the record that was found."""
    draft = form.draft
    if found is None:
        known = form.schema.attribute_by_name
        by = {name: value for name, value in as_values([match]).items() if name in known}
        return replace(form, draft=replace(draft, values={**draft.values, **by})).faults()
    values = {name: value for name, value in draft.values.items() if name != match.attribute}
    return replace(form, draft=replace(draft, record_id=found.record_id.id, values=values)).faults()


def _assert_notes(
    form: EditForm, write: PlannedWrite, match: Change, found: Record | None
) -> tuple[str, ...]:
    """Which of the two will happen, and what is replaced as a whole by it."""
    if found is None:
        return (f"No record has this {match.attribute} now: one will be created.",)
    whole = [
        f"{row.attribute} replaces the whole list of that record."
        for row in write.changes
        if has_own_endpoint(form.resources, write.record_type, row.attribute)
    ]
    return (f"{found.title} has this {match.attribute}: it will be changed.", *whole)


def _noted(
    write: PlannedWrite, base: Mapping[str, Json], before: Mapping[str, Json] | None
) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
    """What a write changes, as it was and as it will be, in the words of the journal."""
    if write.kind in BODY_KINDS:
        is_there = write.record_id is not None
        names = [row.attribute for row in write.changes]
        return {name: base.get(name) for name in names} if is_there else {}, write.values
    if write.kind is IntentKind.ARCHIVE:
        return base, {}
    name, target = write.name, write.target_id
    was, will_be = kept_item(name, target, before or {}), kept_item(name, target, write.values)
    match write.kind:
        case IntentKind.ADD_ITEM | IntentKind.LINK:
            return no_item(name), will_be
        case IntentKind.REMOVE_ITEM | IntentKind.UNLINK:
            return was, no_item(name)
        case _:
            return was, will_be


def _marked(draft: Draft) -> Record:
    """A record with nothing but the mark under which a draft was read."""
    assert draft.record_id is not None
    record_id = RecordId(draft.record_type, draft.record_id)
    return Record(record_id, {}, updated_at=draft.updated_at, version=draft.version)

"""Editing: a record opened or made, reviewed, sent; archives and asserts go the same way. The screens hold the draft."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.controller.applying import Applier
from app.controller.reviewing import Reviewer
from app.controller.sending import kept
from app.domain.backend import Backend
from app.domain.capabilities import Action
from app.domain.edit_draft import draft_of
from app.domain.edit_form import EditForm, form_gate, unreadable
from app.domain.edits import Change
from app.domain.errors import BackendError, Fault, NotFound
from app.domain.journal import Draft, Journal, OpenDraft, new_id
from app.domain.lint import fault_of
from app.domain.merging import Merge, base_of, merge
from app.domain.planned import as_values
from app.domain.query import Query
from app.domain.records import Record, RecordId
from app.domain.review import Applied, Hanging, Review
from app.domain.schema import RecordType
from app.domain.unique_values import unique_filters
from app.domain.values import Json

DUPLICATES: Final = 5
"""Records with the same unique value that are looked for; more only say the same."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft with what it was made from."""

    draft: Draft
    schema: RecordType
    record: Record | None
    """As it is now; `None` for a new record, and for one that is gone."""
    since: Merge | None = None
    """Of a draft that was kept: what somebody else did since; nothing is decided by it."""
    is_gone: bool = False
    """Whether the record was archived or deleted meanwhile; the draft can be copied as a new one."""


class Editing:
    """The edit use case over one workspace. Nothing is sent but by `apply`."""

    def __init__(
        self,
        backend: Backend,
        journal: Journal,
        workspace: str,
        *,
        new_id: Callable[[], str] = new_id,
    ) -> None:
        """`workspace` is what tells this workspace from all others."""
        self.workspace = workspace
        self.reviewer = Reviewer(backend, workspace, new_id)
        self._backend = backend
        self._journal = journal
        self._new_id = new_id
        self._applier = Applier(backend, journal, new_id)

    async def open(self, record_id: RecordId) -> Opened:
        """Read a record for editing. Raises BackendError."""
        schema = await self._backend.schema(record_id.record_type)
        record = await self._backend.read(record_id)
        return Opened(draft_of(self._new_id(), self.workspace, record), schema, record)

    async def new(self, record_type: str) -> Opened:
        """A record that is not there yet. Raises BackendError."""
        schema = await self._backend.schema(record_type)
        draft = Draft(id=self._new_id(), workspace=self.workspace, record_type=record_type)
        return Opened(draft, schema, None)

    async def resume(self, draft_id: str) -> Opened:
        """Go on with a kept draft, as it was left; its base stays the one it was begun with.

        Raises:
            DraftTaken: another process is editing it.
            NotInJournal: there is none of that id any more.
            JournalFailed, BackendError: it cannot be had now.
        """
        draft = await kept(self._journal.take_draft(draft_id))
        schema = await self._backend.schema(draft.record_type)
        if draft.record_id is None:
            return Opened(draft, schema, None)
        try:
            record = await self._backend.read(RecordId(draft.record_type, draft.record_id))
        except NotFound:
            return Opened(draft, schema, None, is_gone=True)
        return Opened(draft, schema, record, merge(draft.base, draft.values, base_of(record)))

    async def drafts(self) -> tuple[OpenDraft, ...]:
        """Kept drafts of this workspace, the one saved last first. Raises JournalFailed."""
        return await kept(self._journal.open_drafts(self.workspace))

    async def keep(self, draft: Draft) -> datetime | None:
        """Keep a draft; when it was on the disk, `None` if it is in memory only. Raises DraftTaken, JournalFailed."""
        return await kept(self._journal.save_draft(draft))

    async def discard(self, draft_id: str) -> None:
        """Forget a draft. Raises DraftTaken, JournalFailed."""
        await kept(self._journal.discard_draft(draft_id))

    def form(self, schema: RecordType, draft: Draft, record: Record | None = None) -> EditForm:
        """The form of a draft; `record` is what was read, to know what of it is unreadable."""
        return EditForm(
            self._backend.resources,
            schema,
            draft,
            self._backend.is_read_only,
            frozenset() if record is None else unreadable(record),
        )

    async def review(self, form: EditForm) -> Review:
        """What a draft will send, or what stands against it. The first one asks what the server offers."""
        await self.reviewer.ask_offers()
        return self.reviewer.of_draft(form)

    async def review_archive(self, record_id: RecordId) -> Review:
        """What archiving a record will send, with what hangs on it. Raises BackendError."""
        schema = await self._backend.schema(record_id.record_type)
        gate = form_gate(
            self._backend.resources,
            schema,
            Action.ARCHIVE,
            is_read_only=self._backend.is_read_only,
        )
        if not gate.is_open:
            return Review(workspace=self.workspace, faults=(fault_of(gate),))
        await self.reviewer.ask_offers()
        record = await self._backend.read(record_id)
        return self.reviewer.of_archive(record, schema, await self.hanging(record_id, schema))

    async def hanging(self, record_id: RecordId, schema: RecordType) -> tuple[Hanging, ...]:
        """What hangs on a record, as far as one page of each relationship tells; a request each."""
        can_read = form_gate(
            self._backend.resources, schema, Action.RELATIONSHIP_READ, is_read_only=False
        )
        if not can_read.is_open:
            return ()
        return tuple([await self._hanging(record_id, row.api_name) for row in schema.relationships])

    async def review_assert(self, form: EditForm, match: Change) -> Review:
        """What "create or update" will send, and which of the two it will be, by a lookup. Raises BackendError.

        `match` names the unique attribute, with the value to look for.
        """
        review = Review(workspace=self.workspace, title=form.draft.title, draft=form.draft)
        gate = form_gate(
            form.resources, form.declared, Action.ASSERT, is_read_only=form.is_read_only
        )
        if not gate.is_open:
            return replace(review, faults=(fault_of(gate),))
        await self.reviewer.ask_offers()
        found = await self._matching(form.declared, as_values([match]))
        if len(found) > 1:
            text = f"Several records have this {match.attribute}."
            return replace(review, faults=(Fault("ambiguous_match", text, match.attribute),))
        return self.reviewer.of_assert(form, match, found[0] if found else None)

    async def duplicates(
        self, schema: RecordType, values: Mapping[str, Json], *, but: str | None = None
    ) -> tuple[Record, ...]:
        """Other records that have a unique value among these; `but` is the record's own id. Raises BackendError."""
        found = await self._matching(schema, values)
        return tuple(record for record in found if record.record_id.id != but)

    async def apply(self, review: Review) -> Applied:
        """Send a review; the same one again is not sent. Raises nothing but when it is cancelled."""
        return await self._applier.apply(review)

    async def _matching(self, schema: RecordType, values: Mapping[str, Json]) -> tuple[Record, ...]:
        by_id = values.get("id")
        if isinstance(by_id, str):
            return (await self._backend.read(RecordId(schema.api_name, by_id)),)
        found: dict[RecordId, Record] = {}
        for leaf in unique_filters(schema, values):
            page = await self._backend.query(Query(schema.api_name, (leaf,), limit=DUPLICATES))
            found |= {record.record_id: record for record in page.records}
        return tuple(found.values())

    async def _hanging(self, record_id: RecordId, relationship: str) -> Hanging:
        try:
            page = await self._backend.links(record_id, relationship)
        except BackendError as error:
            return Hanging(relationship, None, reason=error.reason)
        return Hanging(relationship, len(page.links), page.next_cursor is not None)

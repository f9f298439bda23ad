"""The place where records are edited: the form, why something is locked, and the review of what will be sent."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one

from app.controller.drafts import left_drafts
from app.controller.edit_desk import EditDesk
from app.controller.editing import Editing
from app.controller.journaling import Journaling
from app.controller.landing import Landed, Landing, Sleep, Verdict
from app.controller.undo import CannotUndo, Drift, Undo
from app.domain.actions import ACTION_BY_NAME
from app.domain.capabilities import Action
from app.domain.edit_form import EditField, form_gate
from app.domain.edits import Unset
from app.domain.errors import BackendError
from app.domain.journal import DraftTaken, JournalFailed, NotInJournal, OpenDraft
from app.domain.merging import Clash, Side
from app.domain.review import Applied, Ending, Review
from app.domain.safe_text import Shown, shown
from app.screens import explanations
from app.screens.external_editor import NoEditor, edited_text
from app.screens.journal import JournalScreen
from app.screens.landing_words import verdict_words
from app.screens.tab_area import TabArea
from app.screens.write_area import WriteArea
from widgets.edit_form import FormView, RecordForm
from widgets.editors.editor import Editor
from widgets.key_bindings import bindings_of
from widgets.line import Part
from widgets.panel import Panel
from widgets.review_view import ReviewView

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView
    from app.domain.records import Record, RecordId
    from app.domain.schema import RecordType

SEARCH_DELAY_S: Final = 0.2
"""A search by name, or for duplicates, waits until typing rests."""

_CANNOT_EDIT: Final = (BackendError, DraftTaken, JournalFailed, NotInJournal)


_OF_THE_TABLE: Final = (
    "open_tab", "previous_tab", "next_tab", "record_types", "previous_view", "quick_filter", "sort",
    "add_sort", "refresh", "refresh_schema", "count", "export", "preview", "whole_value",
    "query_builder", "query_text", "save_query", "saved_queries", "filter_cell", "exclude_cell",
    "filter_like_row", "statistics", "columns", "edit", "new_record", "archive", "undo",
)  # fmt: skip
"""What would change the table unseen while a form is over it."""


class EditArea(TabArea):
    """Hidden until it is asked to edit; closed it keeps nothing but what the journal has."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("back", "quit", "apply", "discard_draft", "assert_record"),
        *(
            Binding(key, "keep_out", show=False)
            for name in _OF_THE_TABLE
            for key in ACTION_BY_NAME[name].keys
        ),
    ]

    form = query_one("#edit-form", RecordForm)
    why = query_one("#edit-why", Panel)
    review = query_one("#edit-review", ReviewView)

    def __init__(
        self,
        browser: "Browser",
        *,
        sleep: Sleep = asyncio.sleep,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """`sleep` waits between two looks for a write whose answer was lost."""
        super().__init__(id=id)
        session = browser.session
        self._from = browser
        self._editing = Editing(session.backend, session.journal, session.workspace)
        self.journaling = Journaling(session.journal, session.workspace)
        self.landing = Landing(session.backend, session.journal, session.workspace, sleep=sleep)
        self.desk = EditDesk(session, self._editing, self.journaling)
        self._is_sending = False
        self._applied: Applied | None = None
        """What came of the last sending, while it is on screen."""
        self._is_discard_asked = False
        self.journaling.listen(self.tell_saved)
        self._undo = Undo(session.backend, session.journal, self._editing)
        self._drift: Drift | None = None
        """What was changed since, while it is asked about."""

    def compose(self) -> ComposeResult:
        """The form, why, the review."""
        yield RecordForm(id="edit-form")
        yield Panel(id="edit-why")
        yield ReviewView(id="edit-review")

    @property
    def is_open(self) -> bool:
        """Whether it is on screen."""
        return self.has_class("-open")

    def tell_saved(self) -> None:
        """When the draft was on the disk last, or why it is not."""
        status = self.journaling.status
        if self.is_attached:
            trouble = status.trouble or next((row.text for row in status.warnings if row.is_unsaved), "")  # fmt: skip
            at = status.last_saved_at if self.desk.is_changed else None
            self.post_message(WriteArea.DraftSaved(self, at, trouble))

    async def show_journal(self) -> None:
        """What was sent, and how each of it ended."""
        await self.journaling.flush()
        zone = self._from.session.time_zone
        await self.app.push_screen(JournalScreen(self.journaling, self.landing, zone))

    @work(exclusive=True, group="open")
    async def resume_newest(self, tab: "TypeView") -> None:
        """Go on with the draft that was saved last."""
        try:
            found = await left_drafts(self._from.session)
        except JournalFailed as error:
            self.say(str(error), is_bad=True)
            return
        if found:
            self.resume(found[0], tab)
        else:
            self.say("There are no drafts.")

    # Opening

    def _may(self, word: str, schema: "RecordType", action: Action) -> bool:
        """Whether an action is open for a record type; says why not."""
        session = self._from.session
        gate = form_gate(
            session.backend.resources, schema, action, is_read_only=session.is_read_only
        )
        if not gate.is_open:
            self.refuse(word, gate)
        return gate.is_open

    def edit(self, tab: "TypeView", record: "Record") -> None:
        """Edit a record, if that can be done at all."""
        if tab.schema is not None and self._may("edit", tab.schema, Action.PATCH):
            self._tab = tab
            self.open_record(record.record_id)

    def create(self, tab: "TypeView") -> None:
        """Make a record, if that can be done at all."""
        if tab.schema is not None and self._may("new", tab.schema, Action.CREATE):
            self._tab = tab
            self.open_new(tab.record_type)

    def archive(self, tab: "TypeView", record: "Record") -> None:
        """Show what archiving a record would send, and what hangs on it."""
        if tab.schema is not None and self._may("archive", tab.schema, Action.ARCHIVE):
            self._tab = tab
            self.review_archive(record.record_id)

    @work(exclusive=True, group="open")
    async def open_record(self, record_id: "RecordId") -> None:
        """Read the record, or take its draft up again."""
        try:
            words = await self.desk.open(record_id)
        except _CANNOT_EDIT as error:
            self.say(_reason(error), is_bad=True)
            return
        await self._show(words)

    @work(exclusive=True, group="open")
    async def open_new(self, record_type: str) -> None:
        """An empty form."""
        try:
            await self.desk.new(record_type)
        except BackendError as error:
            self.say(error.reason, is_bad=True)
            return
        await self._show("")
        if self.desk.can_assert:
            self.say("M, with a unique value given: create or update, whichever it takes")

    @work(exclusive=True, group="open")
    async def resume(self, kept: OpenDraft, tab: "TypeView") -> None:
        """Go on with a kept draft."""
        self._tab = tab
        try:
            words = await self.desk.resume(kept)
        except _CANNOT_EDIT as error:
            self.say(_reason(error), is_bad=True)
            return
        await self._show(words)

    async def _show(self, words: str) -> None:
        await self.form.leave_editor()
        await self._editing.reviewer.ask_offers()
        self.why.close()
        self._open(is_form=True)
        self.show_draft()
        self.form.move_to(self.desk.draft.focus)
        self.form.list.focus()
        if self.desk.draft.caret is not None:  # the program ended while one was typing
            await self.form.open_editor(self.desk.draft.caret)
        if words:
            self.say(words)

    def _open(self, *, is_form: bool) -> None:
        self._applied = None
        self.add_class("-open")
        self.set_class(is_form, "-form")
        self.post_message(WriteArea.Opened(self))

    # Showing

    def show_draft(self) -> None:
        """Bring form and review up to the draft."""
        form = self.desk.form
        self._show_form()
        self._applied = None
        self._is_discard_asked = False
        self.review.show_review(self._editing.reviewer.of_draft(form))

    def _show_form(self) -> None:
        draft = self.desk.draft
        kind = self.desk.form.declared.display_name
        title = f"new {kind}" if draft.record_id is None else f"{kind} > {draft.title} > edit"
        self.form.show(
            FormView(
                title,
                self.desk.form.fields(),
                self._from.asking.calendar,
                self.desk.names,
                self.desk.items,
                self.desk.read,
                self.desk.refusals,
            )
        )

    # The form

    @on(RecordForm.TextChanged)
    def take_text(self, event: RecordForm.TextChanged) -> None:
        """What is typed becomes part of the draft at once."""
        event.stop()
        self.desk.set_text(event.attribute, event.text, event.caret)
        self.show_draft()
        if event.attribute.is_unique:
            self.look_for_duplicates()

    @on(RecordForm.Cleared)
    def clear_field(self, event: RecordForm.Cleared) -> None:
        """Nothing, or an empty text."""
        event.stop()
        self.desk.clear(event.attribute, is_empty=event.is_empty)
        self.show_draft()

    @on(RecordForm.Reverted)
    def revert_field(self, event: RecordForm.Reverted) -> None:
        """As it was read."""
        event.stop()
        self.desk.revert(event.attribute)
        self.show_draft()

    @on(RecordForm.ItemEdited)
    def take_item(self, event: RecordForm.ItemEdited) -> None:
        """A change that is a call of its own."""
        event.stop()
        self.desk.edit_item(event.edit, is_dropped=event.is_dropped)
        self.show_draft()

    @on(RecordForm.Moved)
    def follow_cursor(self, event: RecordForm.Moved) -> None:
        """Note where one is; why another field is locked is of no interest any more."""
        event.stop()
        self.desk.focus(event.field.attribute.api_name)
        if self.why.kind:
            self._explain(event.field)

    @on(RecordForm.WhyRequested)
    def toggle_why(self, event: RecordForm.WhyRequested) -> None:
        """Why a field is locked, or on what evidence it may be set."""
        event.stop()
        if self.why.kind:
            self.why.close()
        else:
            self._explain(event.field)

    def _explain(self, field: EditField) -> None:
        name = field.attribute.display_name
        layout = partial(explanations.why_refused, "set", field.gate)
        self.why.open_with("why", shown(name), layout, takes_focus=False)
        self.why.title.parts = (Part(shown(f"-- why: {name} --"), "strong"),)

    @on(RecordForm.Refused)
    def tell_locked(self, event: RecordForm.Refused) -> None:
        """A locked field was asked to open."""
        event.stop()
        gate = event.field.gate
        self.say(f"{gate.reason} {gate.instead}".strip() + " (w: why)", is_bad=True)

    @on(Editor.RecordsRequested)
    def look_for_records(self, event: Editor.RecordsRequested) -> None:
        """Look for records by their name."""
        event.stop()
        self.find_records(event.record_type, event.text)

    @work(exclusive=True, group="candidates")
    async def find_records(self, record_type: str, text: str) -> None:
        """Offer records: those of the rows at once, those of the server when typing rests."""
        browser, tab = self._from, self._tab
        if tab is None:
            return
        near = browser.referred(tab, record_type, text)
        self.desk.learn_names(near)
        self.form.offer_records(record_type, tuple(near.items()))
        await asyncio.sleep(SEARCH_DELAY_S)
        try:
            found = await browser.find_records(tab, record_type, text)
        except BackendError as error:
            self.say(error.reason, is_bad=True)
            return
        self.desk.learn_names(dict(found))
        self.form.offer_records(record_type, found)

    @work(exclusive=True, group="duplicates")
    async def look_for_duplicates(self) -> None:
        """Say who has the same unique value already."""
        await asyncio.sleep(SEARCH_DELAY_S)
        if self.desk.opened is None:
            return
        try:
            found = await self.desk.duplicates()
        except BackendError as error:
            self.say(f"It could not be looked up who has it already: {error.reason}")
            return
        if found:
            names = ", ".join(record.title for record in found[:3])
            more = " M updates that record instead." if self.desk.can_assert else ""
            self.say(f"There already: {names}.{more}", is_bad=True)

    @on(Editor.ProgramRequested)
    def open_program(self, event: Editor.ProgramRequested) -> None:
        """Edit a long text in `$EDITOR`."""
        event.stop()
        self.run_program(event.editor, event.text)

    @work(exclusive=True, group="program")
    async def run_program(self, editor: Editor, text: str) -> None:
        """Give the terminal to a program, and take what it wrote."""
        try:
            changed = await edited_text(self.app, text)
        except NoEditor as error:
            self.say(str(error), is_bad=True)
            return
        editor.take_text(changed)

    # Sending

    def action_assert_record(self) -> None:
        """Show which of the two it will be: create, or update."""
        opened = self.desk.opened
        if opened is None or not self.has_class("-form"):
            return
        if opened.draft.record_id is not None:
            self.say("This record is there already: A changes it.")
        elif self._may("match", opened.schema, Action.ASSERT):
            self.review_assert()

    @work(exclusive=True, group="review")
    async def review_assert(self) -> None:
        """Look up which record has the unique value."""
        match = self.desk.match
        if match is None:
            self.say("Give a unique value first: it is what the record is found by.", is_bad=True)
            return
        try:
            review = await self._editing.review_assert(self.desk.form, match)
        except BackendError as error:
            self.say(error.reason, is_bad=True)
            return
        self.review.show_review(review)

    @work(exclusive=True, group="review")
    async def review_archive(self, record_id: "RecordId") -> None:
        """Read the record and what hangs on it."""
        self.say("reading what hangs on it ...")
        try:
            review = await self._editing.review_archive(record_id)
        except BackendError as error:
            self.say(error.reason, is_bad=True)
            return
        self.desk.close()
        self._show_alone(review)
        self.say(f"Archive {review.title}? A sends it, Esc leaves.")

    @work(exclusive=True, group="review")
    async def undo(self, sides: Mapping[str, Side] | None = None) -> None:
        """Show what would take the last confirmed write back; where somebody changed it since, ask first."""
        try:
            intent = await self._undo.last() if self._drift is None else self._drift.intent
            if intent is None:
                self.say("There is nothing to take back: no confirmed write is left.")
                return
            found = await self._undo.review(intent, sides or {})
        except (BackendError, JournalFailed) as error:
            self.say(_reason(error), is_bad=True)
            return
        self._drift = found if isinstance(found, Drift) else None
        if isinstance(found, CannotUndo):
            self.say(found.reason, is_bad=True)
            return
        self.desk.close()
        if isinstance(found, Drift):
            self._open(is_form=False)
            rows = [
                Clash(row.attribute, row.ours, None if isinstance(row.old, Unset) else row.old, row.theirs)
                for row in found.rows
            ]  # fmt: skip
            self.review.show_conflict(rows)
            self.say("Changed since: m writes the old value back, t leaves what is there now.")
        else:
            self._show_alone(found)
            self.say("Take this back? A sends it, Esc leaves.")

    def _show_alone(self, review: Review) -> None:
        """A review without a form."""
        self.why.close()
        self._open(is_form=False)
        self.review.show_review(review)
        self.review.lines.focus()

    def action_apply(self) -> None:
        """Send what the review shows; only while it shows something that can be sent, and only once."""
        review = self.review.review
        if self._is_sending or self._applied is not None:
            return  # it is on screen what becomes of it, or what came of it
        if review is None or not self.is_open or self.form.editor is not None:
            self.say("There is nothing to send: no review is on screen.")
        elif review.is_empty:
            self.say("There is nothing to send yet.", is_bad=bool(review.faults))
        else:
            self._is_sending = self.form.is_busy = True
            self.review.show_words(Shown("sending"), "It is being sent ...")
            self.send(review)

    @work(group="send")
    async def send(self, review: Review) -> None:
        """Send, and show what came of it. Never cancelled by another key."""
        try:
            applied = await self.desk.send(review)
        finally:
            self._is_sending = self.form.is_busy = False
        self._applied = applied
        self._show_applied(applied)
        self.tell_saved()
        self.post_message(WriteArea.Wrote(self, applied.record))

    def _show_applied(self, applied: Applied) -> None:
        stopped = applied.stopped_at
        if self.desk.opened is not None and self.has_class("-form"):
            self._show_form()
        if stopped is not None and stopped.ending is Ending.CONFLICT and applied.review.draft:
            self._show_conflict(applied)
            return
        self.review.show_applied(applied)
        if stopped is None:
            self.say("Saved. u in the table takes it back." if applied.record else "Saved.")
        elif stopped.ending is Ending.UNKNOWN:
            self.say("Nobody knows yet whether it was done: looking ...", is_bad=True)
            self.find_out(stopped.line.id)
        else:
            self.say(stopped.reason or stopped.ending.value, is_bad=True)

    def _show_conflict(self, applied: Applied) -> None:
        stopped = applied.stopped_at
        assert stopped is not None
        if stopped.clashes:
            self.review.show_conflict(stopped.clashes)
            self.say(f"{stopped.reason} Nothing was sent.", is_bad=True)
        else:
            self.desk.resolve(applied, {})
            self.show_draft()
            self.say(stopped.reason, is_bad=True)

    @on(ReviewView.Decided)
    def take_decisions(self, event: ReviewView.Decided) -> None:
        """Go on from what somebody else wrote; it is reviewed again before anything is sent."""
        event.stop()
        if self._drift is not None:
            self.undo(event.sides)
        elif self._applied is not None:
            self.desk.resolve(self._applied, event.sides)
            self.show_draft()
            self.form.list.focus()
            self.say("Decided. The review is made anew: A sends it.")

    @work(exclusive=True, group="landing")
    async def find_out(self, intent_id: str) -> None:
        """Look what became of a write whose answer was lost; nothing is sent."""
        try:
            intent = await self.journaling.intent(intent_id)
            if intent is None:
                return
            verdict = await self.landing.find_out(intent, self._tell_verdict)
        except JournalFailed as error:
            self.say(str(error), is_bad=True)
            return
        self._tell_verdict(verdict)
        if isinstance(verdict, Landed):
            self.post_message(WriteArea.Wrote(self, verdict.record))

    def _tell_verdict(self, verdict: Verdict) -> None:
        word, evidence = verdict_words(verdict)
        if self._applied is not None:
            self.review.show_words(Shown(f"unknown: {word}"), evidence)
        self.say(f"{word}: {evidence}", is_bad=not isinstance(verdict, Landed))

    # Leaving

    def action_discard_draft(self) -> None:
        """Give the draft up; asks by wanting the key twice."""
        if self.desk.opened is None or not self.desk.is_changed:
            self.say("Nothing is changed: there is nothing to give up.")
        elif not self._is_discard_asked:
            self._is_discard_asked = True
            self.say("X again gives up everything you changed here; any other key keeps it.")
        else:
            self.discard()

    @work(exclusive=True, group="open")
    async def discard(self) -> None:
        """Forget the draft."""
        try:
            await self.desk.discard()
        except (DraftTaken, JournalFailed) as error:
            self.say(str(error), is_bad=True)
            return
        self.say("The draft is gone.")
        self.tell_saved()
        await self.leave()

    def action_keep_out(self) -> None:
        """A key of the table."""
        self.say("That is a key of the table: Esc goes back to it, a draft is kept.")

    async def action_back(self) -> None:
        """Close what explains, leave a conflict undecided, then leave; the draft is kept."""
        if self.why.kind:
            self.why.close()
        elif self.review.is_asking and self.desk.opened is not None:
            self.show_draft()
            self.form.list.focus()
        else:
            await self.leave()

    async def action_quit(self) -> None:
        """The same."""
        await self.action_back()

    async def on_unmount(self) -> None:
        """Save what was typed last, however the program ends."""
        await self.journaling.flush()

    async def leave(self) -> None:
        """Back to the table; what was typed is on the disk."""
        await self.form.leave_editor()
        if await self.desk.put_down():
            self.say("The draft is kept: e goes on with it.")
        self.tell_saved()
        self._drift = None
        self.remove_class("-open", "-form")
        self.post_message(WriteArea.Left(self))


def _reason(error: Exception) -> str:
    return error.reason if isinstance(error, BackendError) else str(error)

"""Editing on screen: form, review, one key that sends, and what came of it."""

from datetime import UTC

import pytest

from app.domain.errors import Fault, Rejected, TimedOut
from app.domain.journal import Intent, IntentKind, IntentState, Settlement
from app.domain.records import RecordId
from app.screens.journal import JournalScreen
from app.screens.tab_area import TabArea
from tests.support.deck import type_text
from tests.support.editing import editing
from tests.support.journal import MemoryJournal
from tests.support.small_workspace import small_workspace, uuid_of

FIRST = RecordId("contact", uuid_of("contact", 0))


async def test_a_title_is_edited_reviewed_and_sent() -> None:
    """Nothing leaves before A; then exactly what was shown does."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        assert "~ Title" in desk.text
        assert "was VP Engineering" in desk.text
        assert '- "title": "VP Engineering"' in desk.text
        assert '+ "title": "CTO"' in desk.text
        assert desk.sent == []
        review = desk.area.review.review
        assert review is not None
        await desk.press("A")
        assert "saved: PATCH" in desk.text
        [sent] = [row for row in desk.backend.log.entries if row.method == "PATCH"]
        assert sent.request is not None
        assert sent.request.body == review.lines[0].request.body
        assert (await desk.backend.read(FIRST)).attributes["title"] == "CTO"


async def test_five_applies_send_once() -> None:
    """A held key is one write."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press("A", "A", "A", "A", "A", "enter", "enter", "A")
        assert len(desk.sent) == 1


async def test_no_lower_case_key_sends() -> None:
    """Every letter pressed in the form leaves the server alone."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press(*"abcdefghijklmnoprstuvwyz")
        assert desk.sent == []


async def test_looking_changes_nothing() -> None:
    """Each editor opened and left again leaves no change, not even of hidden characters."""
    async with editing() as desk:
        await desk.edit()
        for field in desk.area.desk.form.fields():
            await desk.to_field(field.attribute.api_name, "enter", "escape", "escape")
            if not desk.area.is_open:
                await desk.edit()
        assert not desk.area.desk.is_changed


async def test_null_empty_and_absent_are_told_apart() -> None:
    """In words, and in the body."""
    async with editing() as desk:
        await desk.edit()
        await desk.to_field("title", "x")
        assert "(null: no value)" in desk.text
        assert '{"attributes": {"title": null}}' in desk.text
        await desk.to_field("title", "z")
        assert '(empty text: "")' in desk.text
        assert '{"attributes": {"title": ""}}' in desk.text
        await desk.to_field("title", "u")
        assert "review: nothing is changed" in desk.text


async def test_a_locked_field_says_why() -> None:
    """Enter tells it in a line, w with its source."""
    async with editing() as desk:
        await desk.edit()
        await desk.to_field("display_name", "enter")
        assert desk.area.form.editor is None
        assert "is_updatable=false" in desk.said
        await desk.press("w")
        assert "source: DECLARED" in desk.text
        assert "/attributes/3/is_updatable" in desk.text


async def test_text_that_is_no_value_stays_and_is_told() -> None:
    """It is kept in the draft and keeps the review from being sent."""
    async with editing("account") as desk:
        await desk.edit()
        await desk.type_over("estimated_annual_revenue", "12x")
        assert "! Estimated annual" in desk.text
        assert "is not a number" in desk.text
        await desk.press("A")
        assert desk.sent == []
        assert desk.area.desk.draft.texts == {"estimated_annual_revenue": "12x"}


async def test_a_draft_is_taken_up_again() -> None:
    """Leaving keeps it; the next edit of the record goes on with it."""
    journal = MemoryJournal()
    async with editing(journal=journal) as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press("escape")
        assert not desk.area.is_open
        assert journal.saves[-1].values == {"title": "CTO"}
    async with editing(journal=journal) as desk:
        await desk.edit()
        assert "taken up again" in desk.said
        assert "~ Title" in desk.text


async def test_a_draft_that_changes_nothing_is_not_kept() -> None:
    """Typed and set back: nothing is offered later."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.to_field("title", "u", "escape")
        assert await desk.area.journaling.open_drafts() == ()


async def test_discarding_asks_before() -> None:
    """X twice; the journal has no draft then."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press("escape")
        await desk.edit()
        await desk.press("X")
        assert desk.area.desk.is_changed
        await desk.press("X")
        assert not desk.area.is_open
        assert await desk.area.journaling.open_drafts() == ()


async def test_somebody_elses_change_of_the_same_asks() -> None:
    """Base, theirs and mine are shown; the choice is reviewed again before it is sent."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.somebody_sets(FIRST, title="CEO")
        await desk.press("A")
        assert desk.sent == []
        for words in ("base", "theirs", "mine"):
            assert words in desk.text
        await desk.press("m")
        assert '- "title": "CEO"' in desk.text
        await desk.press("A")
        assert (await desk.backend.read(FIRST)).attributes["title"] == "CTO"


async def test_theirs_leaves_nothing_to_send() -> None:
    """My change is given up, theirs stays."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.somebody_sets(FIRST, title="CEO")
        await desk.press("A", "t")
        assert "review: nothing is changed" in desk.text
        assert (await desk.backend.read(FIRST)).attributes["title"] == "CEO"


async def test_archiving_shows_what_hangs_on_it() -> None:
    """A review of its own; it says that there is no way back."""
    async with editing() as desk:
        desk.area.archive(desk.tab, await desk.backend.read(FIRST))
        await desk.press()
        assert "DELETE" in desk.text
        assert "accounts:" in desk.text
        assert "cannot be undone" in desk.text
        assert desk.sent == []
        await desk.press("A")
        assert len(desk.sent) == 1


async def test_undo_is_reviewed_and_sent() -> None:
    """The old value is written back."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press("A", "escape")
        desk.area.undo()
        await desk.press()
        assert '+ "title": "VP Engineering"' in desk.text
        await desk.press("A")
        assert (await desk.backend.read(FIRST)).attributes["title"] == "VP Engineering"
        assert {row.state for row in await desk.area.journaling.recent(9)} == {IntentState.SAVED}


async def test_undo_of_what_was_changed_since_asks() -> None:
    """The old value, what was written and what is there now."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press("A", "escape")
        await desk.somebody_sets(FIRST, title="CEO")
        desk.area.undo()
        await desk.press()
        assert all(word in desk.text for word in ('"CTO"', '"CEO"', '"VP Engineering"'))
        await desk.press("m")
        await desk.press("A")
        assert (await desk.backend.read(FIRST)).attributes["title"] == "VP Engineering"


async def test_a_record_is_made() -> None:
    """What is required is marked; without it nothing is sent."""
    async with editing() as desk:
        desk.area.create(desk.tab)
        await desk.press()
        assert "First name *" in desk.text
        await desk.press("A")
        assert desk.sent == []
        await desk.type_over("first_name", "Eva")
        await desk.type_over("last_name", "N")
        await desk.press("A")
        assert "saved: POST" in desk.text
        assert len(desk.sent) == 1


async def test_create_or_update_says_which() -> None:
    """M looks up who has the unique value."""
    async with editing() as desk:
        desk.area.create(desk.tab)
        await desk.press()
        await desk.type_over("primary_email", "person1@acme.test")
        assert "There already: Sarah Person001" in desk.said
        await desk.press("M")
        assert "it will be changed" in desk.text
        assert "_assert" in desk.text


async def test_what_is_read_only_has_no_form() -> None:
    """The reason and its source come with the refusal."""
    async with editing("meeting") as desk:
        await desk.edit()
        assert not desk.area.is_open
        assert desk.app.heard(TabArea.Refused)[-1].capability.source == "DOCUMENTED"


async def test_a_locked_session_has_no_form() -> None:
    """The policy is named."""
    backend = small_workspace()
    backend.lock()
    async with editing(backend=backend) as desk:
        await desk.edit()
        assert not desk.area.is_open
        assert desk.app.heard(TabArea.Refused)[-1].capability.source == "POLICY"


async def test_a_lost_answer_is_looked_up_and_told() -> None:
    """Nothing is sent again; what was found out is on screen."""
    async with editing() as desk:
        error = TimedOut("No answer came in time")
        error.is_effect_unknown = True
        desk.backend.fail("PATCH", error, times=1)
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press("A")
        assert "it was not done" in desk.text
        assert "It can be sent again" in " ".join(desk.text.split())
        assert len(desk.sent) == 1
        await desk.press("A")
        assert len(desk.sent) == 1


async def test_a_refused_value_is_marked_at_its_field() -> None:
    """With the server's code; the draft stays."""
    fault = Fault("field_not_updatable", "Only admins may set it", "attributes/title")
    async with editing() as desk:
        desk.backend.fail("PATCH", Rejected("The server refused it", faults=(fault,)), times=1)
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press("A")
        assert "! Title" in desk.text
        assert "Only admins may set it (field_not_updatable)" in desk.text
        assert desk.area.desk.draft.values == {"title": "CTO"}


async def test_items_go_to_their_own_endpoint() -> None:
    """As a line of the same review, after the one body."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.to_field("contact_emails", "enter", "a")
        await type_text(desk.pilot, "new@acme.test")
        await desk.press("enter", "escape")
        review = desk.area.review.review
        assert review is not None
        assert [line.request.method for line in review.lines] == ["PATCH", "POST"]
        assert "to add" in desk.text
        await desk.press("A")
        assert len(desk.sent) == 2
        assert "/attribute/contact_emails" in desk.sent[1]


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (160, 45)])
async def test_the_body_is_on_screen_byte_for_byte(size: tuple[int, int]) -> None:
    """Cut at the edge and nowhere else: blanks stay."""
    async with editing(size=size) as desk:
        await desk.edit()
        await desk.type_over("title", "a  b   c " + "word " * 30)
        review = desk.area.review.review
        assert review is not None
        body = review.lines[0].request.body
        assert body is not None
        lines = desk.area.review.lines.text.split("\n")
        assert body.decode() in "".join(line.removeprefix(" ") for line in lines)


async def test_the_journal_lists_what_was_sent() -> None:
    """With its state; all of the chosen one stands below."""
    async with editing() as desk:
        await desk.edit()
        await desk.type_over("title", "CTO")
        await desk.press("A")
        await desk.app.push_screen(JournalScreen(desk.area.journaling, desk.area.landing, UTC))
        await desk.press()
        assert "saved" in desk.text
        assert "Sarah Person001" in desk.text
        assert 'before  {"title": "VP Engineering"}' in desk.text
        await desk.press("slash", "z", "z", "z")
        assert "nothing was sent from here yet" in desk.text
        await desk.press("escape", "escape")


async def test_an_unknown_write_is_given_up_after_asking() -> None:
    """One key asks, another does it."""
    intent = Intent(
        id="one",
        workspace="memory",
        kind=IntentKind.CREATE,
        record_type="contact",
        title="Eva",
        method="POST",
        path="/contact",
        body=b"{}",
    )
    async with editing() as desk:
        desk.journal.begin_intents([intent]).result()
        desk.journal.settle("one", Settlement(IntentState.UNKNOWN)).result()
        await desk.app.push_screen(JournalScreen(desk.area.journaling, desk.area.landing, UTC))
        await desk.press("y")
        assert (await desk.area.journaling.recent(1))[0].state is IntentState.UNKNOWN
        await desk.press("d")
        assert "Give it up?" in desk.text
        await desk.press("y")
        assert (await desk.area.journaling.recent(1))[0].state is IntentState.DISCARDED
        await desk.press("escape")

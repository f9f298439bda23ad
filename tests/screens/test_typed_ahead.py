"""What is typed faster than the deck answers goes where it was meant for."""

from textual import events

from tests.support.deck import deck, screen_lines, screen_text, settle


def type_at_once(app: object, text: str) -> None:
    """Put the keys of a text into the queue together, as one read of a slow terminal brings them."""
    names = {":": "colon", "/": "slash", "?": "question_mark", "\r": "enter"}
    for character in text:
        key = names.get(character, character)
        is_printable = character.isprintable()
        app.post_message(events.Key(key, character if is_printable else None))  # type: ignore[attr-defined]


async def test_a_command_typed_at_once_opens_the_record_type() -> None:
    """Its letters do not run as commands of the table."""
    async with deck() as (app, pilot):
        type_at_once(app, ":opportunity\r")
        await settle(pilot)
        assert "[3 opportunity]" in screen_lines(app)[1]
        assert "the request, byte for byte" not in screen_text(app)


async def test_a_filter_typed_at_once_filters() -> None:
    """Up to the Enter, and what comes after it is a key of the table again."""
    async with deck() as (app, pilot):
        type_at_once(app, "/zo\rw")
        await settle(pilot)
        assert "loaded rows only" in screen_text(app)
        assert "source: DECLARED" in screen_text(app)


async def test_a_search_in_help_typed_at_once_runs_what_it_finds() -> None:
    """The dialog takes what was typed before it was there."""
    async with deck() as (app, pilot):
        type_at_once(app, "?every request\r")
        await settle(pilot)
        assert "newest first" in screen_text(app)


async def test_keys_wait_for_no_widget_that_went_away() -> None:
    """A burst of keys that opens and closes views leaves the deck usable."""
    async with deck() as (app, pilot):
        type_at_once(app, "wiVjjjk:account\r" + "jjj" + "/x")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert "[2 account]" in screen_lines(app)[1]

"""Words in an empty area."""

from app.domain.safe_text import Shown, shown
from tests.support.deck import host, screen_lines, screen_text, settle
from tests.support.hostile import HOSTILE_TEXTS
from widgets.notice import Notice


async def test_words_stand_in_the_middle() -> None:
    """The title above its lines, centred."""
    async with host(notice := Notice(), size=(40, 9)) as (app, pilot):
        notice.show_words(Shown("Title"), Shown("more"))
        await settle(pilot)
        lines = [line for line in screen_lines(app) if line.strip()]
        assert [line.strip() for line in lines] == ["Title", "more"]
        assert lines[0].index("Title") == (40 - len("Title")) // 2


async def test_remote_words_are_text() -> None:
    """Neither markup nor control characters of a server's words do anything."""
    async with host(notice := Notice(), size=(80, 12)) as (app, pilot):
        for text in HOSTILE_TEXTS.values():
            notice.show_words(shown(text, limit=200), shown(text, limit=200))
            await settle(pilot)
            screen_text(app)
        notice.show_words(Shown("[bold]x[/]"))
        await settle(pilot)
        assert "[bold]x[/]" in screen_text(app)

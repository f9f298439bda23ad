"""The export screen: choices by keyboard, cost first, progress, and what is left when one stops."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from app.controller.browse import TypeView
from app.controller.export_choices import file_name_for
from app.controller.record_list import RecordList
from app.domain.errors import ServerFailed
from app.domain.query import Query
from app.domain.records import Cursor, Page
from app.screens.export import ExportScreen
from tests.support.backends import MemoryBackend
from tests.support.deck import HostApp, press, screen_lines, screen_text, settle, type_text
from tests.support.small_workspace import memory_session, small_workspace

NAME = "contact-2026-11-21.csv"


def clock() -> datetime:
    """A day."""
    return datetime(2026, 11, 21, 14, 2, tzinfo=UTC)


@dataclass
class Opened:
    """The screen, and what it left."""

    app: HostApp
    pilot: Pilot[None]
    screen: ExportScreen
    backend: MemoryBackend
    folder: Path
    answers: list[str | None]

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    @property
    def text(self) -> str:
        """The screen with its lines joined, so that words may be wrapped anywhere."""
        return " ".join(screen_text(self.app).split())

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    contacts: int = 250,
    total: int | None = None,
    size: tuple[int, int] = (80, 24),
    record_type: str = "contact",
) -> AsyncIterator[Opened]:
    """The screen over a list of which two pages are loaded."""
    backend = small_workspace(contacts=contacts)
    records = RecordList(backend, Query("contact", limit=20))
    await records.load_next()
    await records.load_next()
    schema = backend.record_types["contact"]
    view = TypeView(record_type)
    view.schema, view.records = schema, records
    view.columns = tuple(
        schema.attribute_by_name[name] for name in ("display_name", "title", "stage")
    )
    app = HostApp()
    async with app.run_test(size=size) as pilot:
        screen = ExportScreen(
            memory_session(backend),
            view,
            schema,
            records,
            on_screen=range(5, 15),
            total=total,
            clock=clock,
            folder=folder,
        )
        answers: list[str | None] = []
        await app.push_screen(screen, answers.append)
        await settle(pilot)
        backend.sent.clear()
        yield Opened(app, pilot, screen, backend, folder, answers)
        screen_text(app)
        assert app.safety.caught == 0


Ask = Callable[[Query, Cursor | None], Awaitable[Page]]


def fail_on_the_second_page(backend: MemoryBackend) -> Ask:
    """Let the server fail after one page; what answered before."""
    ask = backend.query

    async def second_fails(asked: Query, cursor: Cursor | None = None) -> Page:
        if cursor is not None:
            raise ServerFailed("out of order", status=500)
        return await ask(asked, None)

    backend.query = second_fails  # type: ignore[method-assign,assignment]
    return ask


async def test_the_cost_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    """Unknown is unknown; known is a number of requests; what is loaded costs nothing."""
    async with opened(tmp_path) as deck:
        assert "unknown: over 40 rows, 1 request or more" in deck.text
        await deck.press("right")
        assert "the loaded rows" in deck.text
        assert "40 rows, no request" in deck.text
        await deck.press("right")
        assert "10 rows, no request" in deck.text
        assert deck.backend.sent == []
    async with opened(tmp_path, total=1_234) as deck:
        assert "1,234 rows, about 13 requests" in deck.text


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (60, 15)])
async def test_everything_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    """Title, choices, file, keys."""
    async with opened(tmp_path, size=size) as deck:
        text = deck.text
        for words in (
            "Export contact",
            "Rows",
            "Format",
            "Columns",
            NAME,
            "Enter starts",
            "Esc closes",
        ):
            assert words in text, words


async def test_enter_writes_all_rows(tmp_path: Path) -> None:
    """The prefilled name, the shown columns, the largest pages; then the screen closes and says so."""
    async with opened(tmp_path) as deck:
        await deck.press("enter")
        assert deck.answers == [f"Exported 250 rows to {NAME}, 3 requests"]
        lines = (tmp_path / NAME).read_text().splitlines()
        assert (lines[0], len(lines)) == ('"display_name","title","stage"', 251)
        assert deck.files == [NAME]
        assert len(deck.backend.sent) == 3


async def test_loaded_rows_and_rows_on_screen(tmp_path: Path) -> None:
    """They are written as they are, without a request."""
    async with opened(tmp_path) as deck:
        await deck.press("right", "down", "right", "enter")
        assert deck.answers == ["Exported 40 rows to contact-2026-11-21.jsonl"]
        assert deck.backend.sent == []
    async with opened(tmp_path) as deck:
        await deck.press("left", "down", "right", "right", "down", "space", "enter")
        rows = json.loads((tmp_path / "contact-2026-11-21.json").read_text())
        ids = [record.record_id.id for record in deck.backend.records.values()]
        assert [row["id"] for row in rows] == ids[5:15]
        assert "created_at" in rows[0]["attributes"]


async def test_a_quick_filter_holds_for_rows_and_not_for_the_query(tmp_path: Path) -> None:
    """It looks at loaded rows only, and so does the export; the screen says which."""
    async with opened(tmp_path) as deck:
        deck.screen._view.matches = (1, 3)
        deck.screen.show_choices()
        await settle(deck.pilot)
        assert "or more; without the row filter" in deck.text
        await deck.press("right")
        assert "2 rows, no request" in deck.text
        await deck.press("enter")
        assert (tmp_path / NAME).read_text().count("\n") == 3


async def test_the_format_follows_the_suffix_and_the_suffix_the_format(tmp_path: Path) -> None:
    """One never says two things."""
    async with opened(tmp_path) as deck:
        await deck.press("down", "left")
        assert "contact-2026-11-21.md" in deck.text
        await deck.press("down", "down", *["backspace"] * 2)
        await type_text(deck.pilot, "jsonl")
        assert "< jsonl >" in deck.text
        await deck.press("enter")
        assert deck.files == ["contact-2026-11-21.jsonl"]


async def test_an_existing_file_is_replaced_only_when_told(tmp_path: Path) -> None:
    """Enter alone does nothing more; n is the word."""
    (tmp_path / NAME).write_text("old")
    async with opened(tmp_path) as deck:
        await deck.press("enter")
        assert f"{NAME} exists" in deck.text
        await deck.press("enter")
        assert (tmp_path / NAME).read_text() == "old"
        await deck.press("n")
        assert deck.answers == [f"Exported 250 rows to {NAME}, 3 requests"]


async def test_n_is_a_letter_where_nothing_was_asked(tmp_path: Path) -> None:
    """It neither starts nor replaces."""
    async with opened(tmp_path) as deck:
        await deck.press("n")
        assert deck.files == []
        assert deck.answers == []


async def test_escape_stops_and_says_what_is_left(tmp_path: Path) -> None:
    """The part stays, Enter goes on with it, and the file is whole."""
    async with opened(tmp_path) as deck:
        deck.backend.hold("POST")
        gate = deck.backend._gates[-1][1]
        query = deck.backend.query

        async def first_page_at_once(asked: Query, cursor: Cursor | None = None) -> Page:
            if cursor is None:
                gate.set()
            page = await query(asked, cursor)
            gate.clear()
            return page

        deck.backend.query = first_page_at_once  # type: ignore[method-assign,assignment]
        await deck.press("enter")
        assert "Writing: 100 rows" in deck.text
        assert "Esc stops" in deck.text
        await deck.press("escape")
        assert "Stopped. 100 rows are kept" in deck.text
        assert not (tmp_path / NAME).exists()
        gate.set()
        deck.backend.query = query  # type: ignore[method-assign]
        assert "Enter goes on with it" in deck.text
        await deck.press("enter")
        assert deck.answers[0] is not None
        assert deck.answers[0].startswith("Exported 250 rows")
        assert (tmp_path / NAME).read_text().count("\n") == 251
        assert deck.files == [NAME]


async def test_an_interrupted_export_is_offered_when_its_file_is_chosen(tmp_path: Path) -> None:
    """Also another day and in another process: Enter goes on, n starts anew."""
    async with opened(tmp_path) as deck:
        deck.backend.fail("POST", ServerFailed("out of order", status=500))
        await deck.press("enter")
        assert "out of order Nothing was written." in deck.text
        assert deck.files == []
    for start_anew in (False, True):
        async with opened(tmp_path) as deck:
            ask = fail_on_the_second_page(deck.backend)
            await deck.press("enter")
            assert "100 rows are kept" in deck.text
            await deck.press("escape")
            assert deck.answers == [""]
            deck.backend.query = ask  # type: ignore[method-assign,assignment]
            again = ExportScreen(
                memory_session(deck.backend),
                deck.screen._view,
                deck.screen._schema,
                deck.screen._records,
                on_screen=range(0),
                clock=clock,
                folder=tmp_path,
            )
            await deck.app.push_screen(again, deck.answers.append)
            await deck.press("enter")
            assert "holds 100 rows of an interrupted export." in deck.text
            await deck.press("n" if start_anew else "enter")
            assert deck.answers[1] is not None
            assert "Exported 250 rows" in deck.answers[1]
            assert (tmp_path / NAME).read_text().count("\n") == 251
        (tmp_path / NAME).unlink()


async def test_an_interrupted_export_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    """Other columns: Enter does nothing, n starts anew."""
    async with opened(tmp_path) as deck:
        ask = fail_on_the_second_page(deck.backend)
        await deck.press("enter")
        deck.backend.query = ask  # type: ignore[method-assign,assignment]
        await deck.press("down", "down", "right", "enter")
        assert "with another choice of columns" in deck.text
        await deck.press("enter")
        assert deck.answers == []
        await deck.press("n")
        assert deck.files == [NAME]


async def test_a_file_that_cannot_be_is_told(tmp_path: Path) -> None:
    """No name, a folder, a link: in words, and one can type another."""
    (tmp_path / "folder.csv").mkdir()
    async with opened(tmp_path) as deck:
        await deck.press("up", "down", "down", "down", *["backspace"] * len(NAME), "enter")
        assert "needs a name" in deck.text
        await type_text(deck.pilot, "folder.csv")
        await deck.press("enter")
        assert "no ordinary file" in deck.text
        await deck.press("escape")
        assert deck.answers == [""]


async def test_letters_are_text_in_the_name(tmp_path: Path) -> None:
    """H, l, q and space are keys elsewhere."""
    async with opened(tmp_path) as deck:
        await deck.press("down", "down", "down", "home")
        await type_text(deck.pilot, "hlqn ")
        assert deck.screen.choices.file_name == f"hlqn {NAME}"
        assert deck.screen.is_current


@pytest.mark.parametrize(
    ("record_type", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("\x1b[2J", "2J"),
        ("-rf", "rf"),
        ("\u202egnp", "gnp"),
        ("..", "records"),
        ("日本", "records"),
        ("x" * 500, "x" * 60),
    ],
)
async def test_a_record_type_never_names_a_path(
    tmp_path: Path, record_type: str, name: str
) -> None:
    """Its name comes from a server; in a file's name it is plain letters (and on screen it is text)."""
    assert file_name_for(record_type, "csv", clock().date()) == f"{name}-2026-11-21.csv"
    async with opened(tmp_path, record_type=record_type) as deck:
        assert deck.screen.target.parent == tmp_path
        assert any("Export" in line for line in screen_lines(deck.app))


async def test_a_name_may_lead_elsewhere_when_a_person_types_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tilde is one's home."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    async with opened(tmp_path) as deck:
        deck.screen.choose(deck.screen.choices.with_file_name(" ~/x.csv "))
        assert deck.screen.target == tmp_path / "home" / "x.csv"
        deck.screen.choose(deck.screen.choices.with_file_name("~nobody-at-all/x.csv"))
        assert deck.screen.target == tmp_path / "~nobody-at-all" / "x.csv"

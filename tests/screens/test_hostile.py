"""Text that means harm, in every place a stranger or a server can put it."""

from types import MappingProxyType

from app.domain.errors import Fault, Rejected
from app.domain.records import Record, RecordId
from app.domain.safe_text import FORBIDDEN
from app.domain.schema import Attribute, RecordType, Relationship
from app.domain.values import EmailItem, Option, Raw, Reference, Value
from tests.support.backends import MemoryBackend
from tests.support.deck import deck, press, screen_lines, screen_text, settle, type_text
from tests.support.hostile import HOSTILE_TEXTS
from tests.support.small_workspace import attribute, memory_session, system_attributes

EVIL = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m[bold][/]\u202e日本\u200b\n\r\ttail"
"""Some of everything."""


def hostile_backend() -> MemoryBackend:
    """A workspace whose every word means harm."""
    kinds: tuple[Attribute, ...] = (
        *system_attributes(),
        attribute("display_name", display_name=EVIL, description=EVIL),
        attribute("stage", "contact_stage", display_name=EVIL, options=(Option("1", EVIL, EVIL),)),
        attribute("owner", "record_reference", display_name=EVIL, related_record_type="contact"),
        attribute("emails", "contact_email", display_name=EVIL, is_array=True),
        attribute("odd", EVIL, display_name=EVIL),
        attribute("html", "rich_text", display_name=EVIL),
    )
    evil_type = RecordType(
        "contact",
        EVIL,
        attributes=kinds,
        relationships=(Relationship(EVIL, EVIL, EVIL, junction_record_type=EVIL + "2"),),
        oddities=(EVIL,),
    )

    def record(number: int, text: str) -> Record:
        values: dict[str, Value] = {
            "display_name": text,
            "stage": Option("1", text, text),
            "owner": Reference("contact", text, text),
            "emails": (EmailItem("1", text, True), EmailItem("2", text, False)),
            "odd": Raw(text, EVIL),
            "html": f"<p>{text}</p>",
            EVIL: text,
        }
        return Record(RecordId("contact", f"{number}{EVIL}"), MappingProxyType(values))

    records = [record(number, text) for number, text in enumerate([EVIL, *HOSTILE_TEXTS.values()])]
    return MemoryBackend([evil_type], records)


def assert_harmless(lines: list[str]) -> None:
    """Nothing forbidden on the screen."""
    assert not [line for line in lines if FORBIDDEN.search(line)]


async def test_nothing_hostile_reaches_the_terminal() -> None:
    """A walk through every view over a workspace of harm; the filter behind `shown` has nothing to do."""
    session = memory_session(hostile_backend(), name=EVIL, record_types=(EVIL + "3",))
    for size in ((80, 24), (160, 45)):
        async with deck(session, size) as (app, pilot):
            for keys in (
                ("j", "l", "l"),
                ("w", "G", "escape"),
                ("i", "G", "y", "escape"),
                ("s",),
                ("S",),
                ("V", "G", "y", "escape"),
                ("enter",),
                ("j", "j", "w"),
                ("escape",),
                ("G", "V", "y"),
                ("escape", "escape"),
                ("at", "y", "escape"),
                ("0", "j"),
                ("G", "enter"),
                ("minus",),
                ("y",),
                ("Y",),
                ("right_square_bracket",),
                ("w", "escape"),
            ):
                await press(pilot, *keys)
                assert_harmless(screen_lines(app))
                assert "\x1b" not in app.clipboard
                assert "\x07" not in app.clipboard


async def test_every_row_of_harm_can_be_walked_over() -> None:
    """Each row is shown and opened; columns keep their width."""
    async with deck(hostile_backend()) as (app, pilot):
        for _ in HOSTILE_TEXTS:
            await press(pilot, "j")
            assert_harmless(screen_lines(app))
            await press(pilot, "enter")
            assert_harmless(screen_lines(app))
            await press(pilot, "escape")
        assert app.is_running


async def test_filter_and_commands_take_harm_as_text() -> None:
    """What is typed or pasted is text too."""
    async with deck(hostile_backend()) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "[bold][/]")
        await press(pilot, "enter")
        assert_harmless(screen_lines(app))
        assert "[bold][/]" in screen_text(app)
        await press(pilot, "escape", "colon")
        await type_text(pilot, "[/] [bold]x")
        await press(pilot, "enter")
        assert "[/] [bold]x" in screen_text(app)


async def test_hostile_refusals_are_text() -> None:
    """Error words come from servers as well."""
    backend = hostile_backend()
    async with deck(backend) as (app, pilot):
        backend.fail("POST", Rejected(EVIL, status=422, faults=(Fault(EVIL, EVIL, EVIL),)))
        await press(pilot, "r")
        await press(pilot, "w", "G")
        assert_harmless(screen_lines(app))
        await press(pilot, "at")
        assert_harmless(screen_lines(app))
        await settle(pilot)

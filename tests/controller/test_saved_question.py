"""What a saved query means now: also after its text was edited by hand, or the schema lost a field."""

from datetime import UTC, datetime

import pytest

from app.controller.asking import Asking
from app.controller.discovery import Discovery
from app.controller.remembering import CannotAsk
from app.controller.saved_question import read_question
from app.domain.errors import NotFound
from app.domain.query import Filter, FilterGroup, GroupKind, Query, Sort
from app.domain.remembered import SavedQuery
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import memory_session, small_workspace

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


async def asked(
    text: str, record_type: str = "contact", backend: MemoryBackend | None = None
) -> Query:
    """The query of a saved text."""
    session = memory_session(backend)
    discovery = Discovery(session)
    asking = Asking(session, discovery, lambda: NOW)
    query, schema = await read_question(SavedQuery("Hot", record_type, text), asking, discovery)
    assert schema.api_name == record_type
    return query


async def test_a_saved_text_becomes_the_query_it_means_today() -> None:
    """With what is off left out, and paths over other record types."""
    query = await asked(
        'stage = new and not accounts.display_name = "Acme Corp" order by -updated_at'
    )
    assert query == Query(
        "contact",
        (
            Filter("stage", "eq", "new"),
            FilterGroup(GroupKind.NOT, (Filter("accounts.display_name", "eq", "Acme Corp"),)),
        ),
        (Sort.parse("-updated_at"),),
    )


async def test_schemas_on_the_way_are_read_once() -> None:
    """And no others."""
    backend = small_workspace()
    await asked('accounts.display_name = "Acme Corp"', backend=backend)
    assert backend.sent == ["GET /_schema/contact", "GET /_schema/account"]


async def test_no_text_asks_for_all_records() -> None:
    """As the builder's empty pane does."""
    assert await asked("") == Query("contact")


async def test_nonsense_is_told_with_its_place() -> None:
    """The file may have been edited by hand."""
    with pytest.raises(CannotAsk, match=r"^Hot, column 9: "):
        await asked('title = "VP')
    with pytest.raises(CannotAsk, match=r"^Hot, line 2 column \d+: "):
        await asked("stage = new\nand and")


async def test_a_question_without_a_name_is_told_by_its_place() -> None:
    """As one of the history is."""
    session = memory_session()
    discovery = Discovery(session)
    asking = Asking(session, discovery, lambda: NOW)
    with pytest.raises(CannotAsk, match=r"^This question, column \d+: "):
        await read_question(SavedQuery("", "contact", "stage ="), asking, discovery)


async def test_a_lost_field_is_told_by_name() -> None:
    """The schema may have changed since."""
    with pytest.raises(CannotAsk, match=r"titel.* Did you mean title\?"):
        await asked("titel = 3")


async def test_a_lost_record_type_is_told() -> None:
    """As the server tells it."""
    with pytest.raises(NotFound):
        await asked("", "nothing")

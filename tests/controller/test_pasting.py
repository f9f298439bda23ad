"""Looking a paste up: chunks, what was not found, failures on the way, and the questions afterwards."""

import pytest

from app.controller.pasting import MAX_ASKED, Lookup
from app.domain.backend import Backend
from app.domain.capabilities import Capability
from app.domain.errors import ServerFailed
from app.domain.expression import Condition
from app.domain.pasted import PastedKind, lookup_attributes
from app.domain.schema import Attribute
from app.domain.values import EmailItem, Reference
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import record, small_record_types

CONTACT = next(row for row in small_record_types() if row.api_name == "contact")


def crowd(count: int) -> MemoryBackend:
    """A workspace of contacts with an address each, in capitals."""
    people = [
        record(
            "contact",
            index,
            contact_emails=(EmailItem(str(index), f"P{index}@B.example", is_primary=True),),
        )
        for index in range(count)
    ]
    return MemoryBackend(small_record_types(), people)


def emails_attribute() -> Attribute:
    """Where addresses are looked up."""
    found = lookup_attributes(CONTACT, PastedKind.EMAIL)
    assert not isinstance(found, Capability)
    return found[0]


def lookup(backend: Backend, count: int, first: int = 0) -> Lookup:
    """A paste of numbered addresses."""
    values = tuple(f"p{index}@b.example" for index in range(first, first + count))
    return Lookup(backend, "contact", emails_attribute(), values)


async def test_what_is_not_found_is_listed() -> None:
    """120 addresses of which 5 are unknown: two requests, 115 records."""
    backend = crowd(115)
    found = lookup(backend, 120)
    progress: list[int] = []
    await found.run(lambda: progress.append(found.done))
    assert progress == [1, 2]
    assert len(backend.sent) == 2
    assert found.record_count == 115
    assert found.missing == tuple(f"p{index}@b.example" for index in range(115, 120))
    assert len(found.found) == 115


async def test_a_failure_keeps_what_was_found_and_goes_on_later() -> None:
    """No chunk is asked for twice; values that were not asked for are not called missing."""
    backend = crowd(250)
    found = lookup(backend, 260)
    backend.fail("POST /contact/_query", ServerFailed("broken"), times=1)
    with pytest.raises(ServerFailed):
        await found.run(lambda: None)
    assert (found.done, found.missing) == (0, ())
    await found.run(lambda: None)
    assert found.record_count == 250
    assert len(backend.sent) == 4
    assert len(found.missing) == 10


async def test_an_answer_of_several_pages_is_read_to_its_end() -> None:
    """Many records can refer to one."""
    owner = "9b4f2fb1-2a7f-4d75-8d5f-3f3f0d7f2a7a"
    attributes = lookup_attributes(CONTACT, PastedKind.ID)
    assert not isinstance(attributes, Capability)
    by_owner = attributes[1]
    people = [
        record("contact", index, owner_user_id=Reference("user", owner)) for index in range(150)
    ]
    backend = MemoryBackend(small_record_types(), people)
    found = Lookup(backend, "contact", by_owner, (owner,))
    await found.run(lambda: None)
    assert found.record_count == 150
    assert found.missing == ()


async def test_a_paste_that_fits_into_one_question_is_asked_for_whole() -> None:
    """A record that is made tomorrow is found tomorrow."""
    found = lookup(crowd(1), 3)
    await found.run(lambda: None)
    values = ("p0@b.example", "p1@b.example", "p2@b.example")
    assert found.conditions() == (Condition("contact_emails", "in", values),)


async def test_a_larger_paste_becomes_several_questions_of_what_was_found() -> None:
    """A server takes so many values and no more."""
    found = lookup(crowd(1_100), 1_200)
    await found.run(lambda: None)
    first, second = found.conditions()
    assert isinstance(first.value, tuple)
    assert isinstance(second.value, tuple)
    assert (len(first.value), len(second.value)) == (MAX_ASKED, 100)


async def test_a_type_that_is_read_within_a_record_is_refused() -> None:
    """It has no question that takes a list."""
    refusal = Lookup(crowd(0), "activity", emails_attribute(), ()).refusal()
    assert refusal is not None
    assert "activity is read for one" in refusal.reason
    assert lookup(crowd(0), 1).refusal() is None

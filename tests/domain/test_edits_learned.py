"""What a refusal teaches, and how long."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.capabilities import (
    Action,
    Answer,
    Learned,
    Lesson,
    ResourceMatrix,
    Source,
    attribute_items_write,
    attribute_write,
    lessons_of,
    may,
    relationship_write,
)
from app.domain.errors import (
    BackendError,
    Fault,
    Forbidden,
    NotAllowed,
    Rejected,
    ServerFailed,
    TimedOut,
)
from app.wire.public_v2.matrix import RESOURCES
from tests.support.small_workspace import small_record_types

AT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
CONTACT = next(row for row in small_record_types() if row.api_name == "contact")
TITLE = CONTACT.attribute_by_name["title"]


def taught(error: BackendError, action: Action, name: str | None = None) -> tuple[Lesson, ...]:
    return lessons_of(error, "contact", action, name, frozenset({"title"}), AT)


def matrix_after(error: BackendError, action: Action, name: str | None = None) -> ResourceMatrix:
    matrix = replace(RESOURCES, learned=Learned())
    for lesson in taught(error, action, name):
        matrix.learned.learn(lesson)
    return matrix


@pytest.mark.parametrize("kind", [Forbidden, NotAllowed])
def test_a_forbidden_action_is_closed_from_then_on(kind: type[BackendError]) -> None:
    """With the server's words, the request's number and time; and only that action."""
    error = kind("no permission", status=403, number=12, faults=(Fault("permission_denied"),))
    matrix = matrix_after(error, Action.PATCH)
    found = may(matrix, "contact", Action.PATCH, is_read_only=False)
    assert (found.answer, found.source, found.error_code) == (
        Answer.NO,
        Source.LEARNED,
        "permission_denied",
    )
    assert found.reason == "contact patch: the server refused it with 403: no permission"
    assert found.evidence == "request 12, 2026-11-21 12:30:00 UTC"
    assert may(matrix, "contact", Action.CREATE, is_read_only=False).is_open
    assert may(matrix, "account", Action.PATCH, is_read_only=False).is_open
    assert attribute_write(matrix, CONTACT, TITLE, Action.PATCH, is_read_only=False) == found
    matrix.learned.forget("contact", Action.PATCH)
    assert may(matrix, "contact", Action.PATCH, is_read_only=False).is_open


def test_our_own_policy_speaks_first() -> None:
    """A read-only session is read-only whatever the server said."""
    matrix = matrix_after(Forbidden("no"), Action.PATCH)
    assert may(matrix, "contact", Action.PATCH, is_read_only=True).source is Source.POLICY


def test_what_is_documented_is_not_learned() -> None:
    """The page that says so is the better reason."""
    matrix = replace(RESOURCES, learned=Learned())
    for lesson in lessons_of(NotAllowed("no"), "meeting", Action.CREATE, None, frozenset(), AT):
        matrix.learned.learn(lesson)
    assert may(matrix, "meeting", Action.CREATE, is_read_only=False).source is Source.DOCUMENTED


@pytest.mark.parametrize(
    ("code", "action"),
    [("field_not_updatable", Action.PATCH), ("field_not_creatable", Action.CREATE)],
)
@pytest.mark.parametrize("place", ["title", "body/attributes/title"])
def test_an_attribute_is_closed_by_its_code(code: str, action: Action, place: str) -> None:
    """For what the code is about, whatever the call was."""
    error = Rejected("no", status=400, number=3, faults=(Fault(code, "computed", place),))
    matrix = matrix_after(error, Action.ASSERT)
    found = attribute_write(matrix, CONTACT, TITLE, action, is_read_only=False)
    assert (found.source, found.error_code) == (Source.LEARNED, code)
    assert "contact.title" in found.reason
    assert may(matrix, "contact", action, is_read_only=False).is_open


@pytest.mark.parametrize(
    "error",
    [
        TimedOut("late"),
        ServerFailed("broken", status=500, faults=(Fault("internal_error"),)),
        Rejected("no", status=400, faults=(Fault("field_value_invalid", "no", "title"),)),
        Rejected("no", status=400, faults=(Fault("field_not_updatable", "no", "never_sent"),)),
        Rejected("no", status=400, faults=(Fault("field_not_updatable", "no"),)),
    ],
)
def test_everything_else_teaches_nothing(error: BackendError) -> None:
    """Least of all a server that fails, or words about what was not sent."""
    assert taught(error, Action.PATCH) == ()


def test_a_relationship_is_closed_by_its_name() -> None:
    """Others of the same record type stay open."""
    fault = Fault("field_not_updatable", "read-only relationship")
    matrix = matrix_after(Rejected("no", faults=(fault,)), Action.RELATIONSHIP_WRITE, "accounts")
    accounts = CONTACT.relationship_by_name["accounts"]
    found = relationship_write(matrix, CONTACT, accounts, is_read_only=False)
    assert found.source is Source.LEARNED
    assert may(matrix, "contact", Action.RELATIONSHIP_WRITE, is_read_only=False).is_open


def test_the_edges_of_a_relationship_are_closed_by_its_name() -> None:
    """As the links themselves."""
    matrix = matrix_after(NotAllowed("no"), Action.EDGE_PATCH, "accounts")
    assert matrix.edge_patch("contact", "accounts").source is Source.LEARNED
    assert matrix.edge_patch("contact", "opportunities").is_open


def test_items_are_closed_by_documentation_policy_and_lesson() -> None:
    """Each with its source and code."""

    def items(matrix: ResourceMatrix, record_type: str, name: str, is_read_only: bool) -> str:
        found = attribute_items_write(matrix, record_type, name, is_read_only=is_read_only)
        return f"{found.source} {found.answer} {found.error_code}"

    matrix = matrix_after(Forbidden("no"), Action.ATTRIBUTE_ITEMS, "contact_emails")
    assert items(RESOURCES, "contact", "contact_emails", False) == "DOCUMENTED yes None"
    assert items(matrix, "contact", "contact_emails", False) == "LEARNED no None"
    assert items(matrix, "contact", "contact_phone_numbers", False) == "DOCUMENTED yes None"
    assert items(RESOURCES, "contact", "contact_emails", True) == "POLICY no None"
    refused = "DOCUMENTED no sub_resource_not_supported"
    assert items(RESOURCES, "contact", "title", False) == refused
    assert items(RESOURCES, "task", "title", False) == refused
    assert items(RESOURCES, "account", "websites", False) == "DOCUMENTED no None"
    assert items(RESOURCES, "renewal", "tags", False) == "DOCUMENTED no None"

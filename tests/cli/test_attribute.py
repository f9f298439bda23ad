"""`crmdeck attribute add`, `set` and `remove`."""

import json

import pytest

from app.domain.errors import TimedOut
from app.domain.json_text import parse_json
from tests.cli.conftest import Run
from tests.support.backends import BASE_URL, MemoryBackend
from tests.support.small_workspace import uuid_of

ID = uuid_of("contact", 0)
MAIL = uuid_of("email", 0)
FIRM = uuid_of("account", 0)


def test_add(crmdeck: Run, backend: MemoryBackend) -> None:
    """The item as JSON; labels stand several times."""
    words = ("email=b@acme.test", "is_primary=no", "labels=WORK", "labels=MOBILE")
    answer = crmdeck("attribute", "add", "contact", ID, "contact_emails", *words)
    assert answer.status == 0
    item = json.loads(answer.out)
    assert item["labels"] == ["WORK", "MOBILE"]
    assert item["is_primary"] is False
    assert answer.err == f"contact/{ID} contact_emails item added (request 2)\n"
    assert backend.sent[-1] == f"POST /contact/{ID}/attribute/contact_emails"


def test_set_and_remove(crmdeck: Run) -> None:
    """By the item's id, and by name for domains."""
    answer = crmdeck("attribute", "set", "contact", ID, "contact_emails", MAIL, "is_primary=false")
    assert answer.status == 0
    assert json.loads(answer.out)["is_primary"] is False
    assert "updated" in answer.err
    named = crmdeck("attribute", "set", "account", FIRM, "domains", "acme.test", "is_primary=false")
    assert named.status == 0
    gone = crmdeck("attribute", "remove", "contact", ID, "contact_emails", MAIL)
    assert (gone.status, gone.out) == (0, "")
    assert "removed" in gone.err
    assert crmdeck("attribute", "remove", "contact", ID, "contact_emails", MAIL).status == 1


@pytest.mark.parametrize(
    ("words", "line", "body"),
    [
        (
            ("add", "account", FIRM, "domains", "domain_name=b.test"),
            f"POST {BASE_URL}/account/{FIRM}/attribute/domains",
            {"domain_name": "b.test"},
        ),
        (
            ("set", "account", FIRM, "domains", "acme.test", "is_primary=true"),
            f"PATCH {BASE_URL}/account/{FIRM}/attribute/domains/acme.test",
            {"is_primary": True},
        ),
        (
            ("remove", "account", FIRM, "domains", "a/b"),
            f"DELETE {BASE_URL}/account/{FIRM}/attribute/domains/a%2Fb",
            None,
        ),
    ],
)
def test_the_requests(
    crmdeck: Run, backend: MemoryBackend, words: tuple[str, ...], line: str, body: object
) -> None:
    """As a rehearsal prints them; nothing is sent but the question for the schema."""
    answer = crmdeck("attribute", *words, "--dry-run")
    assert answer.status == 0
    first, *rest = answer.out.splitlines()
    assert first == line
    if body is not None:
        assert parse_json("\n".join(rest[:-1]).encode()) == body
    assert all(row.startswith("GET /_schema") for row in backend.sent)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("add", "contact", ID, "contact_emails"), 2, "Missing argument"),
        (("add", "contact", ID, "contact_emails", "email"), 2, "expected a=v"),
        (("add", "contact", ID, "contact_emails", "email=a@b.c"), 1, "without is_primary."),
        (("add", "contact", ID, "contact_emails", "mail=a@b.c"), 1, "Did you mean email?"),
        (("add", "contact", ID, "titles", "x=1"), 1, "(sub_resource_not_supported)"),
        (("add", "task", ID, "title", "x=1"), 1, "(sub_resource_not_supported)"),
        (("add", "account", ID, "websites", "x=1"), 1, "only domains"),
        (
            ("add", "account", FIRM, "domains", "domain_name=b.test", "is_primary=true"),
            1,
            "(field_not_creatable)",
        ),
        (
            ("set", "account", FIRM, "domains", "acme.test", "domain_name=b.test"),
            1,
            "(field_not_updatable)",
        ),
        (("remove", "contact", ID, "contact_emails", MAIL, "--read-only"), 1, "read-only"),
        (("add", "contact", ID, "contact_phone_numbers", "x=1"), 1, "(unknown_field)"),
        (("move", "contact", ID), 2, "No such command"),
    ],
)
def test_refused_before_it_is_sent(
    crmdeck: Run, backend: MemoryBackend, words: tuple[str, ...], status: int, said: str
) -> None:
    """Usage, schema, documentation and policy."""
    answer = crmdeck("attribute", *words)
    assert answer.status == status
    assert said in answer.err
    assert all(row.startswith("GET /_schema") for row in backend.sent)


def test_a_lost_item_is_looked_up_at_its_record(crmdeck: Run, backend: MemoryBackend) -> None:
    """The record shows its items."""
    error = TimedOut("late")
    error.is_effect_unknown = True
    backend.fail("POST /contact", error)
    words = ("email=b@acme.test", "is_primary=no")
    answer = crmdeck("attribute", "add", "contact", ID, "contact_emails", *words)
    assert answer.status == 3
    assert answer.err.endswith(f"To find out: crmdeck get contact {ID}\n")
    assert sum(row.startswith("POST") for row in backend.sent) == 1


@pytest.mark.parametrize("name", ["add", "set", "remove"])
def test_help_shows_an_example(crmdeck: Run, name: str) -> None:
    """Of each of the three."""
    answer = crmdeck("attribute", name, "--help")
    assert f"crmdeck attribute {name} contact ID" in answer.out
    assert "--dry-run" in answer.out
    assert f"crmdeck attribute {name}" in crmdeck("attribute", "--help").out

"""`crmdeck link` and `crmdeck unlink`."""

import json
import shlex

import pytest

from app.domain.errors import TimedOut
from app.domain.json_text import parse_json
from tests.cli.conftest import Run
from tests.support.backends import BASE_URL, MemoryBackend
from tests.support.small_workspace import uuid_of

ID = uuid_of("contact", 0)
FIRM = uuid_of("account", 3)
OLD_FIRM = uuid_of("account", 0)


def test_link_with_what_it_carries(crmdeck: Run, backend: MemoryBackend) -> None:
    """The link as JSON, the narration apart."""
    answer = crmdeck("link", "contact", ID, "accounts", FIRM, "role=CTO", "is_primary=true")
    assert answer.status == 0
    assert json.loads(answer.out) == {
        "id": FIRM,
        "record_type": "account",
        "link": {"role": "CTO", "is_primary": True},
    }
    assert answer.err == f"contact/{ID} accounts linked (request 2)\n"
    assert backend.sent[-1] == f"POST /contact/{ID}/relationship/accounts"


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ((FIRM,), {"related_record_id": FIRM}),
        ((FIRM, "role="), {"related_record_id": FIRM, "role": None}),
        (
            ("role=CTO", "--match", "domain_name=acme.test"),
            {"related_record_match": {"domain_name": "acme.test"}, "role": "CTO"},
        ),
        (("--match", "number:=7"), {"related_record_match": {"number": 7}}),
    ],
)
def test_the_request(
    crmdeck: Run, backend: MemoryBackend, words: tuple[str, ...], body: object
) -> None:
    """By id or by a unique value; edge attributes stand flat beside it."""
    answer = crmdeck("link", "contact", ID, "accounts", *words, "--dry-run")
    lines = answer.out.splitlines()
    assert lines[0] == f"POST {BASE_URL}/contact/{ID}/relationship/accounts"
    assert parse_json("\n".join(lines[1:-1]).encode()) == body
    assert backend.sent == ["GET /_schema/contact"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("accounts",), 2, "TARGET_ID or --match"),
        (("accounts", FIRM, "--match", "domain_name=a"), 2, "TARGET_ID or --match"),
        (("accounts", FIRM, "is_primary=often"), 2, "neither true nor false"),
        (("accounts", FIRM, "rolle=CTO"), 1, "Did you mean role? (unknown_field)"),
        (("acounts", FIRM), 1, "Did you mean accounts? (unknown_relationship)"),
        (("renewals", FIRM), 1, "(field_not_updatable)"),
        (("accounts", FIRM, "--read-only"), 1, "read-only"),
    ],
)
def test_refused_before_it_is_sent(
    crmdeck: Run, backend: MemoryBackend, words: tuple[str, ...], status: int, said: str
) -> None:
    """Usage, schema and policy."""
    answer = crmdeck("link", "contact", ID, *words)
    assert answer.status == status
    assert said in answer.err
    assert not any(row.startswith("POST") for row in backend.sent)


def test_meetings_are_linked_by_nobody(crmdeck: Run, backend: MemoryBackend) -> None:
    """Their relationships are reads only."""
    for command in ("link", "unlink"):
        answer = crmdeck(command, "meeting", uuid_of("meeting", 0), "contacts", ID)
        assert answer.status == 1
        assert "(method_not_allowed)" in answer.err
    assert backend.sent == []


def test_a_target_that_is_not_there(crmdeck: Run) -> None:
    """The server's refusal, with its code."""
    answer = crmdeck("link", "contact", ID, "accounts", uuid_of("account", 99))
    assert answer.status == 1
    assert "target_record_not_found" in answer.err


def test_unlink(crmdeck: Run, backend: MemoryBackend) -> None:
    """Nothing on stdout; both records stay; a second time there is no such link."""
    answer = crmdeck("unlink", "contact", ID, "accounts", OLD_FIRM)
    assert (answer.status, answer.out) == (0, "")
    assert answer.err == f"contact/{ID} accounts {OLD_FIRM} unlinked (request 2)\n"
    assert len(backend.records) == len({*backend.records})
    again = crmdeck("unlink", "contact", ID, "accounts", OLD_FIRM)
    assert again.status == 1
    assert "target_record_not_found" in again.err
    rehearsed = crmdeck("unlink", "contact", ID, "accounts", FIRM, "--dry-run")
    expected = f"DELETE {BASE_URL}/contact/{ID}/relationship/accounts/{FIRM}"
    assert rehearsed.out.splitlines()[0] == expected


def test_a_lost_link_is_looked_up(crmdeck: Run, backend: MemoryBackend) -> None:
    """The query lists the contact only if it is linked so."""
    error = TimedOut("late")
    error.is_effect_unknown = True
    backend.fail("POST /contact", error, times=1)
    answer = crmdeck("link", "contact", ID, "accounts", FIRM)
    assert answer.status == 3
    assert f"Nobody knows whether contact/{ID} accounts was linked: late" in answer.err
    way = shlex.split(answer.err.splitlines()[-1].removeprefix("To find out: "))
    assert json.loads(crmdeck(*way[1:], "--format", "json").out) == []
    assert crmdeck("link", "contact", ID, "accounts", FIRM).status == 0
    assert len(json.loads(crmdeck(*way[1:], "--format", "json").out)) == 1

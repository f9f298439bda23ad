"""`crmdeck assert`."""

import json
import shlex

import pytest

from app.domain.errors import TimedOut
from app.domain.json_text import parse_json
from tests.cli.conftest import Run
from tests.support.backends import BASE_URL, MemoryBackend
from tests.support.small_workspace import uuid_of

MATCH = ("--match", "primary_email=person1@acme.test")


def test_the_matching_record_is_changed(crmdeck: Run) -> None:
    """And told as such."""
    answer = crmdeck("assert", "contact", *MATCH, "title=Head")
    assert answer.status == 0
    found = json.loads(answer.out)
    assert (found["id"], found["attributes"]["title"]) == (uuid_of("contact", 0), "Head")
    assert answer.err == f"contact/{found['id']} updated (request 2)\n"


def test_without_a_match_it_is_created(crmdeck: Run) -> None:
    """The narration says which of the two it was."""
    answer = crmdeck(
        "assert",
        "contact",
        "--match",
        "primary_email=new@acme.test",
        "first_name=Eva",
        "last_name=N",
    )
    assert answer.status == 0
    assert "created (request 2)" in answer.err


def test_the_request(crmdeck: Run, backend: MemoryBackend) -> None:
    """A match key need not be an attribute: domain_name is none."""
    answer = crmdeck(
        "assert", "account", "--match", "domain_name=acme.test", "display_name=Acme", "--dry-run"
    )
    lines = answer.out.splitlines()
    assert lines[0] == f"POST {BASE_URL}/account/_assert"
    assert parse_json("\n".join(lines[1:-1]).encode()) == {
        "match": {"domain_name": "acme.test"},
        "attributes": {"display_name": "Acme"},
    }
    assert backend.sent == ["GET /_schema/account"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("contact", "title=x"), 2, "--match"),
        (("contact", "--match", "primary_email", "title=x"), 2, "expected a=v"),
        (("contact", "--match", "primary_email=", "title=x"), 2, "needs a value"),
        (("contact", *MATCH, "titel=x"), 1, "Did you mean title?"),
        (("contact", *MATCH, "display_name=x"), 1, "field_not_updatable"),
        (("opportunity", "--match", "id=1", "display_name=x"), 1, "not implemented"),
        (("contact", *MATCH, "title=x", "--read-only"), 1, "read-only"),
    ],
)
def test_refused_before_it_is_sent(
    crmdeck: Run, backend: MemoryBackend, words: tuple[str, ...], status: int, said: str
) -> None:
    """Usage, schema, documentation and policy."""
    answer = crmdeck("assert", *words)
    assert answer.status == status
    assert said in answer.err
    assert not any("_assert" in row for row in backend.sent)


def test_a_lost_assert_is_looked_up_by_its_match(crmdeck: Run, backend: MemoryBackend) -> None:
    """That is what is unique; the command works."""
    error = TimedOut("late")
    error.is_effect_unknown = True
    backend.fail("POST /contact/_assert", error)
    answer = crmdeck("assert", "contact", *MATCH, "title=Head")
    assert answer.status == 3
    way = shlex.split(answer.err.splitlines()[-1].removeprefix("To find out: "))
    found = json.loads(crmdeck(*way[1:], "--format", "json").out)
    assert [row["id"] for row in found] == [uuid_of("contact", 0)]

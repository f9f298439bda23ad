"""`crmdeck create`, and what every writing command does alike."""

import asyncio
import json
import shlex
from dataclasses import replace

import pytest

from app.__main__ import run
from app.cli.failures import Failed
from app.cli.ports import Ports
from app.cli.writing import Write, carry_out
from app.controller.session import Session
from app.domain.edits import Change
from app.domain.errors import Fault, RateLimited, Rejected, ServerFailed, TimedOut
from app.domain.json_text import parse_json
from app.wiring import Target
from tests.cli.conftest import Run
from tests.support.backends import BASE_URL, MemoryBackend
from tests.support.small_workspace import memory_session, uuid_of

DANA = ("first_name=Dana", "last_name=Reyes")
SCHEMA = "GET /_schema/contact"


def writes(backend: MemoryBackend) -> list[str]:
    """What was sent and could have changed something."""
    return [row for row in backend.sent if not row.startswith("GET") and "_query" not in row]


def lost(reason: str = "no answer in time") -> TimedOut:
    """An error after which nobody knows."""
    error = TimedOut(reason)
    error.is_effect_unknown = True
    return error


def test_a_record_is_created_and_written_as_json(crmdeck: Run, backend: MemoryBackend) -> None:
    """Stdout is the record, stderr tells what was done by which request."""
    answer = crmdeck("create", "contact", *DANA, "stage=Working", "sms_consent=yes", "title=")
    assert answer.status == 0
    found = json.loads(answer.out)
    assert found["record_type"] == "contact"
    attributes = found["attributes"]
    assert (attributes["first_name"], attributes["stage"]) == ("Dana", "working")
    assert (attributes["sms_consent"], attributes["title"]) == (True, None)
    assert answer.err == f"contact/{found['id']} created (request 2)\n"
    assert backend.sent == [SCHEMA, "POST /contact"]


def test_values_go_by_their_types(crmdeck: Run) -> None:
    """Numbers are numbers, JSON is taken as it is, digit for digit."""
    answer = crmdeck(
        "create",
        "opportunity",
        "display_name==x=",
        'stage:="won"',
        f"account_id={uuid_of('account', 1)}",
        "amount=12345678901234567.10",
        "--dry-run",
    )
    _, *lines = answer.out.splitlines()
    body = "".join(lines[:-1])
    assert '"amount": 12345678901234567.10' in body
    assert '"stage": "won"' in body
    assert '"display_name": "=x="' in body


def test_dry_run_prints_the_bytes_and_sends_nothing(crmdeck: Run, backend: MemoryBackend) -> None:
    """Method, address, indented body and curl; the body of the curl line is what would be sent."""
    answer = crmdeck("create", "contact", *DANA, "--dry-run")
    assert answer.status == 0
    assert writes(backend) == []
    lines = answer.out.splitlines()
    assert lines[0] == f"POST {BASE_URL}/contact"
    body = parse_json("\n".join(lines[1:-1]).encode())
    assert body == {"attributes": {"first_name": "Dana", "last_name": "Reyes"}}
    curl = shlex.split(lines[-1])
    changes = [Change("first_name", "Dana"), Change("last_name", "Reyes")]
    prepared = backend.prepare_create("contact", changes).body
    assert curl[curl.index("--data-binary") + 1].encode() == prepared
    assert "$CRMDECK_KEY" in lines[-1]
    assert "not sent" in answer.err


def test_a_rehearsal_may_be_read_only(crmdeck: Run, backend: MemoryBackend) -> None:
    """It changes nothing; the write itself is refused with the policy, before anything is sent."""
    assert crmdeck("create", "contact", *DANA, "--dry-run", "--read-only").status == 0
    backend.sent.clear()
    answer = crmdeck("create", "contact", *DANA, "--read-only")
    assert (answer.status, answer.out) == (1, "")
    assert "read-only" in answer.err
    assert backend.sent == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("first_nam=x",), "no attribute first_nam. Did you mean first_name? (unknown_field)"),
        ((*DANA, "id=x"), "id"),
        ((*DANA, f"id={uuid_of('contact', 1)}"), "(field_not_creatable)"),
        (
            ("first_name=Dana",),
            "contact cannot be made without last_name. (field_required_missing)",
        ),
        ((*DANA[:1], "last_name="), "(field_required_missing)"),
    ],
)
def test_what_the_schema_forbids_is_not_sent(
    crmdeck: Run, backend: MemoryBackend, words: tuple[str, ...], said: str
) -> None:
    """With the API's own code; only the schema was asked."""
    answer = crmdeck("create", "contact", *words)
    assert answer.status in (1, 2)
    assert said in answer.err
    assert backend.sent == [SCHEMA]
    if answer.status == 1:
        assert answer.err.endswith("Nothing was sent.\n")


def test_all_faults_are_told_at_once(crmdeck: Run) -> None:
    """Nobody corrects a line word by word."""
    answer = crmdeck("create", "contact", "created_at=2026-01-05T09:00Z", "display_name=x")
    assert answer.status == 1
    assert answer.err.count("(field_not_creatable)") == 2
    assert answer.err.count("(field_required_missing)") == 2
    assert "DECLARED: GET _schema/contact, /attributes/1/is_creatable" in answer.err


def test_what_is_documented_as_refused_is_not_sent(crmdeck: Run, backend: MemoryBackend) -> None:
    """Meetings are read-only, and the page says so."""
    answer = crmdeck("create", "meeting", "title=x")
    assert answer.status == 1
    assert "(method_not_allowed)" in answer.err
    assert "DOCUMENTED: Public API v2, Supported Resources" in answer.err
    assert backend.sent == []


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("first_name", "first_name: expected a=v to set, a= to clear, or a:=JSON"),
        ("=x", "=x: expected a=v"),
        (":=1", ":=1: expected a=v"),
        ("sms_consent=maybe", "sms_consent=maybe: 'maybe' is neither true nor false"),
        ("stage=lost?", "is none of its choices: new, working, won, lost"),
        ("address=Lyon", "address=Lyon: has parts: write it as JSON, address:="),
        ("title:={", "title:={: is not JSON"),
        ("title:=NaN", "title:=NaN: is not JSON"),
        ("title:=\udc80", "is not JSON"),
        ("first_name=Eva", "first_name is set twice"),
        ("owner_user_id=rep@example.com", "related_record_match"),
    ],
)
def test_wrong_arguments_are_named(
    crmdeck: Run, backend: MemoryBackend, word: str, said: str
) -> None:
    """Wrong usage, with the argument and the way out; nothing is written."""
    answer = crmdeck("create", "contact", *DANA, word)
    assert answer.status == 2
    assert said in answer.err
    assert writes(backend) == []


def test_words_that_look_like_keys_are_values(crmdeck: Run) -> None:
    """Whatever an attribute holds is the user's."""
    answer = crmdeck("create", "contact", *DANA, "title=sk-live-0123456789abcdef")
    assert json.loads(answer.out)["attributes"]["title"] == "sk-live-0123456789abcdef"


def test_a_refusal_of_the_server_is_status_1(crmdeck: Run, backend: MemoryBackend) -> None:
    """With every fault it named, and the word that nothing was changed."""
    faults = (Fault("field_value_invalid", "bad", "title"), Fault("unknown_field", "worse", "x"))
    backend.fail("POST /contact", Rejected("bad", status=400, faults=faults))
    answer = crmdeck("create", "contact", *DANA)
    assert (answer.status, answer.out) == (1, "")
    assert "bad (400, field_value_invalid, POST /contact)" in answer.err
    assert "worse (unknown_field)" in answer.err
    assert answer.err.endswith("Nothing was changed.\n")


def test_a_busy_server_is_status_1(crmdeck: Run, backend: MemoryBackend) -> None:
    """It did not process the request."""
    backend.fail("POST /contact", RateLimited("busy", status=429))
    answer = crmdeck("create", "contact", *DANA)
    assert answer.status == 1
    assert "Nothing was changed." in answer.err


def test_an_unknown_outcome_is_status_3(crmdeck: Run, backend: MemoryBackend) -> None:
    """What is known, what was sent, and the query by the unique attribute that was sent; it is sent once."""
    backend.fail("POST /contact", lost())
    answer = crmdeck("create", "contact", *DANA, "primary_email=dana@acme.test")
    assert (answer.status, answer.out) == (3, "")
    assert (
        "Nobody knows whether the contact was created: no answer in time (request 2)" in answer.err
    )
    sent = '{"attributes": {"first_name": "Dana", "last_name": "Reyes", "primary_email": "dana@acme.test"}}'
    assert f"Sent: POST {BASE_URL}/contact {sent}" in answer.err
    assert writes(backend) == ["POST /contact"]
    way = answer.err.splitlines()[-1].removeprefix("To find out: ")
    backend.mend()
    found = crmdeck(*shlex.split(way)[1:], "--format", "json")
    assert (found.status, json.loads(found.out)) == (0, [])
    crmdeck("create", "contact", *DANA, "primary_email=dana@acme.test")
    found = crmdeck(*shlex.split(way)[1:], "--format", "json")
    assert [row["attributes"]["first_name"] for row in json.loads(found.out)] == ["Dana"]


@pytest.mark.parametrize(
    ("words", "way"),
    [
        (("contact", *DANA), "crmdeck query contact --sort -created_at --limit 5"),
        (
            ("activity", "subject=Call", f"contact_ids={uuid_of('contact', 0)}"),
            'crmdeck query activity --filters \'[{"field": "contact_id",',
        ),
    ],
)
def test_the_way_to_find_out_fits_what_was_sent(
    crmdeck: Run, backend: MemoryBackend, words: tuple[str, ...], way: str
) -> None:
    """Without a unique value: the newest ones, or those of what it belongs to; and the command works."""
    error = ServerFailed("broken", status=500)
    error.is_effect_unknown = True
    backend.fail("POST", error, times=1)
    answer = crmdeck("create", *words)
    assert answer.status == 3
    assert "status 500" in answer.err
    told = answer.err.splitlines()[-1].removeprefix("To find out: ")
    assert told.startswith(way)
    assert crmdeck(*shlex.split(told)[1:]).status == 0


def test_the_way_to_find_out_names_the_workspace(
    backend: MemoryBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that the command asks where the write went."""
    backend.fail("POST", lost())

    async def connect(target: Target) -> Session:
        del target
        return replace(memory_session(backend), command_options="--profile acme")

    status = run(["create", "contact", *DANA], Ports(connect, lambda *_, **__: 0, False))
    assert status == 3
    assert capsys.readouterr().err.endswith("--limit 5 --profile acme\n")


async def test_a_cancelled_write_is_unknown(backend: MemoryBackend) -> None:
    """Ctrl+C while it is under way: nobody knows, and the way to find out is told."""
    gate = backend.hold("POST /contact")
    changes = [Change("first_name", "Dana")]
    write = Write(
        "the contact",
        "created",
        lambda: backend.prepare_create("contact", changes),
        lambda: backend.create("contact", changes),
        "crmdeck query contact",
    )
    task = asyncio.create_task(carry_out(memory_session(backend), write, None, is_dry=False))
    for _ in range(5):  # until it waits at the gate
        await asyncio.sleep(0)
    assert backend.sent == ["POST /contact"]
    task.cancel()
    with pytest.raises(Failed) as caught:
        await task
    gate.set()
    assert caught.value.exit_code == 3
    assert "Nobody knows whether the contact was created: It was cancelled" in caught.value.lines[0]


def test_an_activity_is_logged_in_its_own_words(crmdeck: Run, backend: MemoryBackend) -> None:
    """Its body is not made of the schema's attributes; a list-like word takes an item per argument."""
    ids = [uuid_of("contact", 0), uuid_of("contact", 1)]
    words = [f"contact_ids={row}" for row in ids]
    answer = crmdeck(
        "create",
        "activity",
        "subject=Call",
        "activity_time=2026-01-05T10:00+01:00",
        *words,
        "--dry-run",
    )
    body = parse_json("\n".join(answer.out.splitlines()[1:-1]).encode())
    assert body == {
        "attributes": {
            "metadata": {"subject": "Call", "activity_time": "2026-01-05T09:00:00Z"},
            "contact_ids": ids,
        }
    }
    wrong = crmdeck("create", "activity", "display_name=x")
    assert "(unknown_field)" in wrong.err


@pytest.mark.parametrize("name", ["create", "patch", "archive", "assert", "link", "unlink"])
def test_each_command_shows_an_example(crmdeck: Run, name: str) -> None:
    """In its help, with the option to rehearse."""
    answer = crmdeck(name, "--help")
    assert answer.status == 0
    assert f"crmdeck {name} contact" in answer.out or f"crmdeck {name} task" in answer.out
    assert "--dry-run" in answer.out
    assert "--read-only" in answer.out

"""The writing commands from end to end: the real wiring on a local workspace of its own."""

import json
import shlex
from pathlib import Path

import pytest

from app.__main__ import run
from app.cli.ports import Ports
from app.wiring import connect
from tests.cli.conftest import Answer, Run


@pytest.fixture
def crmdeck(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `crmdeck` on a bare workspace file that is made on first use."""
    from app.server.store.standard import STANDARD_TYPES
    from app.server.store.writer import WorkspaceWriter

    file = tmp_path / "bare crm.db"
    with WorkspaceWriter(file, STANDARD_TYPES):
        pass

    def call(*words: str) -> Answer:
        ports = Ports(connect, lambda *_, **__: 0, False)
        status = run([*words, "--workspace", str(file)], ports)
        captured = capsys.readouterr()
        return Answer(status, captured.out, captured.err)

    return call


def made(answer: Answer) -> str:
    """The id of what a command made."""
    assert answer.status == 0, answer.err
    return str(json.loads(answer.out)["id"])


def test_a_day_at_the_shell(crmdeck: Run) -> None:
    """Create, link, add an address, change, look, archive: each step is seen by the next."""
    dana = made(crmdeck("create", "contact", "first_name=Dana", "last_name=Reyes"))
    acme = made(crmdeck("create", "account", "display_name=Acme"))
    words = ("domain_name=acme.test",)
    assert crmdeck("attribute", "add", "account", acme, "domains", *words).status == 0
    linked = crmdeck(
        "link", "contact", dana, "accounts", "--match", "domain_name=acme.test", "role=CTO"
    )
    assert linked.status == 0, linked.err
    assert json.loads(linked.out)["id"] == acme
    mail = crmdeck(
        "attribute", "add", "contact", dana, "contact_emails", "email=d@acme.test", "is_primary=yes"
    )
    item = json.loads(mail.out)["id"]
    renamed = crmdeck("patch", "contact", dana, "title=CTO", "middle_name=")
    assert json.loads(renamed.out)["attributes"]["primary_email"] == "d@acme.test"
    again = crmdeck("assert", "contact", "--match", "primary_email=d@acme.test", "title=CEO")
    assert made(again) == dana
    assert "updated" in again.err
    assert crmdeck("attribute", "remove", "contact", dana, "contact_emails", item).status == 0
    assert crmdeck("unlink", "contact", dana, "accounts", acme).status == 0
    call = made(
        crmdeck(
            "create",
            "activity",
            "subject=Call",
            "activity_time=2026-06-01T10:00Z",
            f"contact_ids={dana}",
        )
    )
    filters = json.dumps([{"field": "contact_id", "operator": "eq", "value": dana}])
    listed = crmdeck("query", "activity", "--filters", filters, "--format", "json")
    assert [row["id"] for row in json.loads(listed.out)] == [call]
    assert crmdeck("archive", "contact", dana).status == 0
    assert crmdeck("get", "contact", dana).status == 1


def test_a_rehearsal_leaves_no_trace(crmdeck: Run) -> None:
    """And the real run then does what it printed."""
    words = ("create", "account", "display_name=Acme")
    before = crmdeck("query", "account", "--format", "json").out
    rehearsed = crmdeck(*words, "--dry-run")
    assert rehearsed.status == 0
    assert crmdeck("query", "account", "--format", "json").out == before
    curl = shlex.split(rehearsed.out.splitlines()[-1])
    assert json.loads(curl[-1]) == {"attributes": {"display_name": "Acme"}}
    assert crmdeck(*words).status == 0
    assert crmdeck("query", "account", "--format", "json").out != before


def test_a_refusal_of_the_local_crm(crmdeck: Run) -> None:
    """What no schema tells is refused by the server, with its code."""
    fields = ("first_name=A", "last_name=B", "primary_email=a@b.test")
    assert crmdeck("create", "contact", *fields).status == 0
    second = crmdeck("create", "contact", *fields)
    assert (second.status, second.out) == (1, "")
    assert "409" in second.err
    assert "Nothing was changed." in second.err

"""`crmdeck types`, `schema`, `capabilities` and `get`."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from app.domain.capabilities import READING, Action, Lesson, may
from app.domain.errors import ServerFailed, Unauthorized
from app.wire.public_v2.matrix import RESOURCES
from tests.cli.conftest import Run
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import uuid_of


def test_types_follow_the_schemas(crmdeck: Run) -> None:
    """Documented types come first, then what their relationships name, with how each was found."""
    found = json.loads(crmdeck("types", "--format", "json").out)
    by_name = {row["record_type"]: row for row in found}
    assert [row["record_type"] for row in found][:7] == [*RESOURCES.rules]
    assert (by_name["renewal"]["kind"], by_name["renewal"]["found"]) == (
        "custom",
        "contact.renewals",
    )
    assert by_name["contact_account"]["kind"] == "junction"
    assert by_name["meeting"]["actions"] == ["read", "query", "relationship read"]


def test_types_as_a_table(crmdeck: Run) -> None:
    """The table has a line per type."""
    lines = crmdeck("types").out.splitlines()
    assert lines[0].split() == ["TYPE", "LABEL", "KIND", "FOUND", "ACTIONS"]
    assert len(lines) == 10


def test_a_type_without_schema_is_listed(crmdeck: Run, backend: MemoryBackend) -> None:
    """One failing schema is a partly done walk: the type stays in the list, the reason is told."""
    backend.fail("GET /_schema/task", ServerFailed("broken", status=500))
    answer = crmdeck("types")
    assert answer.status == 3
    assert "task: no schema: broken" in answer.err
    assert any(line.startswith("task ") for line in answer.out.splitlines())


def test_a_name_without_schema_is_a_finding(crmdeck: Run, backend: MemoryBackend) -> None:
    """A type that the server names but does not know is told, and is no failure."""
    del backend.record_types["renewal"]
    answer = crmdeck("types")
    assert answer.status == 0
    assert "renewal: no schema" in answer.err


def test_no_schema_at_all_is_a_failure(crmdeck: Run, backend: MemoryBackend) -> None:
    """When nothing can be read, the error itself is the answer."""
    backend.fail("GET", Unauthorized("The key is not accepted", status=401))
    answer = crmdeck("types")
    assert (answer.status, answer.out) == (1, "")
    assert "not accepted" in answer.err


def test_schema_table(crmdeck: Run) -> None:
    """Attributes with type, rights, sort and operators; relationships below."""
    lines = crmdeck("schema", "contact").out.splitlines()
    assert lines[0] == "contact (Contact, standard)"
    name = next(line for line in lines if line.startswith("display_name"))
    assert "read only" in name
    assert "starts_with" in name
    assert any(line.split()[:2] == ["contact_emails", "contact_email[]"] for line in lines)
    assert any(line.split()[:2] == ["accounts", "account[]"] for line in lines)


def test_schema_json(crmdeck: Run, backend: MemoryBackend) -> None:
    """JSON has every attribute with all it declares."""
    found = json.loads(crmdeck("schema", "contact", "--format", "json").out)
    assert len(found["attributes"]) == len(backend.record_types["contact"].attributes)
    stage = next(row for row in found["attributes"] if row["api_name"] == "stage")
    assert [option["api_name"] for option in stage["options"]] == ["new", "working", "won", "lost"]
    assert found["relationships"][0]["junction_record_type"] == "contact_account"


def test_schema_raw(crmdeck: Run) -> None:
    """`--raw` is the API's own answer."""
    assert json.loads(crmdeck("schema", "contact", "--raw").out)["api_name"] == "contact"


@pytest.mark.parametrize("is_read_only", [False, True])
def test_capabilities_equal_the_matrix(crmdeck: Run, is_read_only: bool) -> None:
    """Every cell is the documentation's, or the policy's where a write is refused."""
    words = ["capabilities", "--format", "json", *(["--read-only"] if is_read_only else [])]
    found = json.loads(crmdeck(*words).out)
    assert len(found) == (len(RESOURCES.rules) + 1) * len(Action)
    for row in found:
        action = Action(row["action"])
        expected = may(RESOURCES, row["record_type"], action, is_read_only=is_read_only)
        assert (row["answer"], row["source"]) == (expected.answer, expected.source)
        if is_read_only and action not in READING:
            assert row["answer"] == "no"


def test_capabilities_ask_nothing(crmdeck: Run, backend: MemoryBackend) -> None:
    """What the documentation says needs no request."""
    crmdeck("capabilities")
    assert backend.sent == []


def test_capabilities_table(crmdeck: Run) -> None:
    """The matrix fits on 80 columns; the source of an answer is a mark with a legend on stderr."""
    answer = crmdeck("capabilities", "--read-only")
    assert max(map(len, answer.out.splitlines())) <= 80
    meeting = next(line for line in answer.out.splitlines() if line.startswith("meeting"))
    assert meeting.split()[1:] == ["no", "yes", "yes", "no", "no", "no", "yes", "no", "no", "no"]
    task = next(line for line in answer.out.splitlines() if line.startswith("task"))
    assert task.split()[1] == "no!"
    assert "! POLICY" in answer.err


def test_capabilities_of_one_type_have_reasons(crmdeck: Run) -> None:
    """With a type every answer has its reason; a junction's writes are unknown."""
    assert "read-only" in crmdeck("capabilities", "meeting").out
    lines = crmdeck("capabilities", "contact_account").out.splitlines()
    create = next(line for line in lines if line.startswith("create"))
    assert create.split()[1:3] == ["unknown", "ASSUMED"]


def test_capabilities_of_an_unknown_type(crmdeck: Run) -> None:
    """A name that is no type of the workspace is refused."""
    assert crmdeck("capabilities", "contct").status == 1


def test_capabilities_csv(crmdeck: Run) -> None:
    """CSV has a row per type and action."""
    table = list(csv.reader(io.StringIO(crmdeck("capabilities", "task", "--format", "csv").out)))
    assert table[0][:4] == ["record_type", "action", "answer", "source"]
    assert len(table) == 1 + len(Action)


def test_get_table(crmdeck: Run) -> None:
    """Every attribute with its right and its value; a text with several lines takes as many rows."""
    lines = crmdeck("get", "task", uuid_of("task", 0)).out.splitlines()
    assert lines[0].split() == ["ATTRIBUTE", "RIGHT", "VALUE"]
    assert any(line.split() == ["title", "editable", "Task", "1"] for line in lines)
    assert lines[-1].strip() == "second line" or any(
        line.strip() == "second line" for line in lines
    )


def test_get_json(crmdeck: Run) -> None:
    """JSON is one record in its plain form."""
    found = json.loads(crmdeck("get", "renewal", uuid_of("renewal", 1), "--format", "json").out)
    assert found["record_type"] == "renewal"
    assert found["attributes"]["budget"] == 1000
    assert found["attributes"]["mood"] == "calm"
    assert "metadata" not in found


def test_get_raw(crmdeck: Run) -> None:
    """`--raw` is the API's own answer."""
    found = json.loads(crmdeck("get", "task", uuid_of("task", 0), "--raw").out)
    assert found["data"]["attributes"]["title"] == {"value_type": "string", "value": "Task 1"}


def test_get_of_nothing(crmdeck: Run) -> None:
    """An id that is not there is status 1 with the API's code."""
    answer = crmdeck("get", "task", "nothing")
    assert (answer.status, answer.out) == (1, "")
    assert "record_not_found" in answer.err


def test_get_what_cannot_be_read(crmdeck: Run, backend: MemoryBackend) -> None:
    """A type without a read endpoint is refused with the documentation's reason, and nothing is sent."""
    answer = crmdeck("get", "activity", uuid_of("activity", 0))
    assert answer.status == 1
    assert "not implemented" in answer.err
    assert backend.sent == []


def test_profile_and_workspace_exclude_each_other(crmdeck: Run) -> None:
    """A command reaches one workspace."""
    answer = crmdeck("types", "--profile", "a", "--workspace", "b.db")
    assert answer.status == 2
    assert "not both" in answer.err


def test_what_the_server_refused_is_told(crmdeck: Run, backend: MemoryBackend) -> None:
    """As learned, with the request that was refused; in the table with a mark of its own."""
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    lesson = Lesson("contact", Action.PATCH, None, "no permission", 403, "denied", 7, at)
    backend.resources.learned.learn(lesson)
    rows = json.loads(crmdeck("capabilities", "contact", "--format", "json").out)
    patch = next(row for row in rows if row["action"] == "patch")
    assert (patch["answer"], patch["source"], patch["error_code"]) == ("no", "LEARNED", "denied")
    assert patch["evidence"] == "request 7, 2026-11-21 12:00:00 UTC"
    assert "no*" in crmdeck("capabilities").out

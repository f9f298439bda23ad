"""`crmdeck patch` and `crmdeck archive`."""

import json

from app.domain.errors import ServerFailed
from app.domain.json_text import parse_json
from app.domain.records import RecordId
from tests.cli.conftest import Run
from tests.support.backends import BASE_URL, MemoryBackend
from tests.support.small_workspace import uuid_of

ID = uuid_of("contact", 0)


def test_only_what_is_named_is_sent(crmdeck: Run) -> None:
    """Set, cleared, JSON; nothing else."""
    words = ("title=CTO", "primary_email=", 'address:={"city": "Lyon"}')
    answer = crmdeck("patch", "contact", ID, *words, "--dry-run")
    lines = answer.out.splitlines()
    assert lines[0] == f"PATCH {BASE_URL}/contact/{ID}"
    assert parse_json("\n".join(lines[1:-1]).encode()) == {
        "attributes": {"title": "CTO", "primary_email": None, "address": {"city": "Lyon"}}
    }


def test_the_record_as_it_now_is(crmdeck: Run, backend: MemoryBackend) -> None:
    """On stdout; what was done on stderr."""
    answer = crmdeck("patch", "contact", ID, "title=Head of Sales", "primary_email=")
    assert answer.status == 0
    found = json.loads(answer.out)["attributes"]
    assert (found["title"], found["primary_email"]) == ("Head of Sales", None)
    assert found["first_name"] == "Sarah"
    assert answer.err == f"contact/{ID} updated (request 2)\n"
    assert backend.sent == ["GET /_schema/contact", f"PATCH /contact/{ID}"]


def test_a_locked_attribute_is_not_sent(crmdeck: Run, backend: MemoryBackend) -> None:
    """With its code and its source."""
    answer = crmdeck("patch", "contact", ID, "display_name=x")
    assert answer.status == 1
    assert "(field_not_updatable)" in answer.err
    assert backend.sent == ["GET /_schema/contact"]


def test_nothing_to_change_is_wrong_usage(crmdeck: Run, backend: MemoryBackend) -> None:
    """A patch names what it changes."""
    assert crmdeck("patch", "contact", ID).status == 2
    assert backend.sent == []


def test_a_record_that_is_not_there(crmdeck: Run) -> None:
    """Refused with the API's code."""
    answer = crmdeck("patch", "contact", uuid_of("contact", 999), "title=x")
    assert answer.status == 1
    assert "record_not_found" in answer.err


def test_a_lost_patch_is_looked_up_by_its_id(crmdeck: Run, backend: MemoryBackend) -> None:
    """Reading the record shows whether it was done."""
    error = ServerFailed("broken", status=502)
    error.is_effect_unknown = True
    backend.fail("PATCH", error)
    answer = crmdeck("patch", "contact", ID, "title=x")
    assert answer.status == 3
    assert f"Nobody knows whether contact/{ID} was changed: broken (status 502" in answer.err
    assert answer.err.endswith(f"To find out: crmdeck get contact {ID}\n")
    assert sum(row.startswith("PATCH") for row in backend.sent) == 1


def test_archive(crmdeck: Run, backend: MemoryBackend) -> None:
    """Stdout stays empty; the record is gone; a second time it is not found."""
    rehearsed = crmdeck("archive", "contact", ID, "--dry-run")
    assert rehearsed.out.splitlines()[0] == f"DELETE {BASE_URL}/contact/{ID}"
    assert rehearsed.out.splitlines()[1].startswith("curl -sS -X DELETE")
    assert RecordId("contact", ID) in backend.records
    answer = crmdeck("archive", "contact", ID)
    assert (answer.status, answer.out) == (0, "")
    assert answer.err == f"contact/{ID} archived (request 1)\n"
    again = crmdeck("archive", "contact", ID)
    assert again.status == 1
    assert "record_not_found" in again.err


def test_archive_is_refused_where_the_page_says_so(crmdeck: Run, backend: MemoryBackend) -> None:
    """Activities are append-only; read-only sessions archive nothing."""
    answer = crmdeck("archive", "activity", uuid_of("activity", 0))
    assert answer.status == 1
    assert "not implemented for activity" in answer.err
    assert crmdeck("archive", "contact", ID, "--read-only").status == 1
    assert backend.sent == []


def test_a_lost_archive(crmdeck: Run, backend: MemoryBackend) -> None:
    """Not found means that it was done."""
    error = ServerFailed("broken", status=500)
    error.is_effect_unknown = True
    backend.fail("DELETE", error)
    answer = crmdeck("archive", "contact", ID)
    assert answer.status == 3
    assert f"crmdeck get contact {ID} (not found: it was archived)" in answer.err

"""Changes under hostile bodies, and in a process that is killed: nothing fails, nothing acknowledged is lost."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.gadgets import GADGET
from tests.server.workspaces import People

PROJECT = Path(__file__).parents[2]

WORDS = st.sampled_from(
    ["first_name", "stage", "Ann", "working", "ann@home.test", "acme.example", "2026-06-01T00:00:00Z", "MOBILE", "string",
     "2026-06-01", "10:00", "+15550100", "https://x.test", "small", "0.1", "1e999", "NaN", "\u202e", "\ufeff", "😀" * 9]
) | st.text(max_size=6)  # fmt: skip
KEYS = st.sampled_from(
    ["value", "value_type", "amount", "related_record_id", "related_record_match", "related_record_type", "email", "id",
     "is_primary", "labels", "phone_number", "domain_name", "status", "city", "display_value", "api_name", "subject",
     "activity_time", "category"]
) | st.text(max_size=3)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [row.api_name for row in GADGET.attributes]
    + ["first_name", "last_name", "primary_email", "contact_emails", "contact_phone_numbers", "display_name",
       "account_id", "contact_ids", "metadata", "title", "note_html", "amount", "sequence_id", "domains", "__proto__"]
) | st.text(max_size=3)  # fmt: skip
BODIES = st.fixed_dictionaries(
    {"attributes": st.dictionaries(NAMES, JSON, max_size=5) | JSON},
    optional={"match": st.dictionaries(KEYS | NAMES, JSON, max_size=2) | JSON},
)
TYPES = (
    "contact",
    "account",
    "opportunity",
    "task",
    "note",
    "activity",
    "gadget",
    "contact_account",
    "user",
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(TYPES), BODIES, st.sampled_from(["create", "patch", "assert"]))
async def test_no_body_makes_the_server_fail(
    editor: httpx.AsyncClient, people: People, record_type: str, body: dict[str, Any], action: str
) -> None:
    """Whatever its shape, it is done or refused; and what is stored can be read."""
    if action != "assert":
        body.pop("match", None)
    path = f"/{record_type}"
    if action == "patch":
        path += f"/{people.record(record_type)}"
    elif action == "assert":
        path += "/_assert"
    method = "PATCH" if action == "patch" else "POST"
    answer = await editor.request(method, path, content=json.dumps(body))
    assert answer.status_code < 500, (method, path, body, answer.text)
    if answer.is_success and record_type != "activity":
        again = await editor.get(f"/{record_type}/{answer.json()['data']['id']}")
        assert again.json()["data"] == answer.json()["data"]


BROKEN = [
    b"", b"{", b"null", b"[]", b'"x"', b"\xff", b'{"attributes":{"first_name":NaN}}', b'{"attributes":{"a":"\\u0000"}}',
    b'{"attributes":{"first_name":"\\ud800"}}', b'{"attributes":{"\\udfff":1}}', b'{"attributes":{"first_name":"\x00"}}',
    b"[" * 100_000, b'{"attributes":' * 200 + b"{}" + b"}" * 200, b'{"attributes":{"a":' + b"9" * 5_000 + b"}}",
    b'{"attributes":{"pad":"' + b"x" * 1_048_576 + b'"}}',
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
async def test_a_broken_body_changes_nothing(
    editor: httpx.AsyncClient, people: People, body: bytes
) -> None:
    """400, as on the reading side."""
    before = (await editor.post("/contact/_query", json={})).json()
    for method, path in (
        ("POST", "/contact"), ("PATCH", f"/contact/{people.ann}"), ("POST", "/contact/_assert"), ("POST", "/activity"),
    ):  # fmt: skip
        answer = await editor.request(method, path, content=body)
        assert (answer.status_code, answer.json()["error"]["code"]) in {
            (400, "invalid_json"),
            (400, "body_too_large"),
        }
    assert (await editor.post("/contact/_query", json={})).json() == before


async def test_many_faults_are_not_all_repeated(editor: httpx.AsyncClient) -> None:
    """An answer stays small."""
    attributes = {f"nick{number}": number for number in range(20_000)}
    answer = await editor.post("/contact", json={"attributes": attributes})
    assert len(answer.json()["error"]["details"]["faults"]) == 50


@contextmanager
def serving(file: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`crmdeck serve` in a process of its own, and its address."""
    home = file.parent
    environment = os.environ | {
        "CRMDECK_SERVE_KEY": "a-key-for-tests-of-this-server-alone-0123456789",
        "HOME": str(home),
        **{
            f"XDG_{name}_HOME": str(home / name.lower())
            for name in ("CONFIG", "STATE", "DATA", "CACHE")
        },
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0", "--workspace", str(file)],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Serving "), (line, process.poll())
        yield process, line.split()[1]
    finally:
        process.kill()
        process.communicate()


async def _load(url: str, cycle: int, acknowledged: dict[str, str]) -> None:
    """Create and change contacts until the server is gone; `acknowledged` has the title of each by id."""
    headers = {"X-Api-Key": "a-key-for-tests-of-this-server-alone-0123456789"}
    async with httpx.AsyncClient(
        base_url=f"{url}/api/v2", headers=headers, trust_env=False, timeout=5
    ) as client:

        async def work(worker: int) -> None:
            for number in range(10_000):
                email = f"c{cycle}-{worker}-{number}@x.test"
                attributes = {
                    "first_name": "A",
                    "last_name": "B",
                    "title": "made",
                    "primary_email": email,
                }
                try:
                    made = await client.post("/contact", json={"attributes": attributes})
                    if made.status_code != 201:
                        return
                    record = made.json()["data"]["id"]
                    acknowledged[record] = "made"
                    changed = await client.patch(
                        f"/contact/{record}", json={"attributes": {"title": "changed"}}
                    )
                    if changed.status_code == 200:
                        acknowledged[record] = "changed"
                except httpx.HTTPError:
                    return

        await asyncio.gather(*(work(worker) for worker in range(8)))


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(copied: Path) -> None:
    """Five times under load; the file is whole each time and the next server takes it."""
    acknowledged: dict[str, str] = {}
    for cycle in range(5):
        before = len(acknowledged)
        with serving(copied) as (process, url):

            async def run(url: str = url, cycle: int = cycle, process: Any = process) -> None:
                load = asyncio.create_task(_load(url, cycle, acknowledged))
                await asyncio.sleep(0.3 + 0.15 * cycle)
                process.kill()
                await load

            asyncio.run(run())
        assert len(acknowledged) > before
        connection = sqlite3.connect(copied)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        stored = dict(connection.execute("SELECT id, title FROM contact").fetchall())
        held = connection.execute(
            "SELECT count(*) FROM crm_claim WHERE attribute = 'contact_emails'"
        )
        assert held.fetchone()[0] >= len(acknowledged)
        connection.close()
        lost = {
            record
            for record, title in acknowledged.items()
            if stored.get(record) not in {title, "changed"}
        }
        assert not lost

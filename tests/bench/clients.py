"""Clients of a served workspace which read and write as fast as they are answered, and look at every answer."""

import asyncio
import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.bench.loopback import KEY
from tests.bench.programs import SEED

CLIENTS = 32
STAGE = "working"
PAGE_SIZE = 50
FILTERED_PAGE = {
    "filters": [{"field": "stage", "operator": "eq", "value": STAGE}],
    "sort": [{"field": "updated_at", "direction": "desc"}],
    "limit": PAGE_SIZE,
}
READS = {"own": 1, "point": 1, "first": 1, "filtered": 1}
"""How often each kind of read is chosen."""
WRITES = {"create": 4, "patch": 3, "link": 2, "archive": 1}
"""How often each kind of write is chosen."""


class WrongAnswer(Exception):
    """An answer that is not what it must be."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was in the workspace before the clients came."""

    contacts: tuple[str, ...]
    accounts: tuple[str, ...]
    first_page: tuple[str, ...]
    """The oldest contacts; new ones come behind them."""


@dataclass
class Outcome:
    """What the clients saw."""

    lasted_s: float = 0.0
    reads_s: list[float] = field(default_factory=list)
    writes_s: list[float] = field(default_factory=list)
    """Times of the answers; only of good ones."""
    faults: list[str] = field(default_factory=list)
    """Wrong answers and requests without one."""
    states: dict[str, str | None] = field(default_factory=dict)
    """Acknowledged titles of the contacts that were made, by id; `None` when archived."""

    @property
    def write_ms(self) -> float:
        """Milliseconds in which one write, on an average, was acknowledged."""
        return self.lasted_s * 1000 / len(self.writes_s)


class Clients:
    """All clients of one run; each has a connection and contacts of its own."""

    def __init__(self, port: int, known: Known, writes: float) -> None:
        """`writes` is the part of the requests that write, from 0 to 1."""
        self._base_url = f"http://127.0.0.1:{port}/api/v2"
        self._known = known
        self._writes = writes
        self._outcome = Outcome()

    async def run(self, lasting_s: float) -> Outcome:
        """Work for so long. The first write, which makes what only writes need, comes before."""
        async with self._connected() as http:
            await _Client(http, self._known, Outcome(), -1).step("create")
        started_s = time.perf_counter()
        end_s = started_s + lasting_s
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(self._work(number, end_s))
        self._outcome.lasted_s = time.perf_counter() - started_s
        return self._outcome

    def _connected(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._base_url,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=30,
            trust_env=False,
            verify=False,  # no TLS here, and its set-up takes longer than a hundred requests
        )

    async def _work(self, number: int, end_s: float) -> None:
        chance = random.Random(SEED * 1_000 + number)
        outcome = self._outcome
        async with self._connected() as http:
            client = _Client(http, self._known, outcome, number)
            while (began_s := time.perf_counter()) < end_s:
                is_write = chance.random() < self._writes
                ways, times_s = (WRITES, outcome.writes_s) if is_write else (READS, outcome.reads_s)
                (way,) = chance.choices([*ways], [*ways.values()])
                try:
                    await client.step(way)
                except (WrongAnswer, httpx.HTTPError) as error:
                    outcome.faults.append(f"{way}: {error!r}")
                else:
                    times_s.append(time.perf_counter() - began_s)


class _Client:
    """One client: what it may ask, and what must be answered."""

    def __init__(self, http: httpx.AsyncClient, known: Known, outcome: Outcome, number: int):
        self._http = http
        self._known = known
        self._states = outcome.states
        self._name = f"{number}-{time.time_ns()}"
        self._chance = random.Random(number)
        self._made = 0
        self._own: list[str] = []
        """Its contacts that are not archived."""

    async def step(self, way: str) -> None:
        """One request. Raises `WrongAnswer`."""
        if not self._own and way in {"patch", "link", "archive"}:
            way = "create"
        match way:
            case "create":
                await self._create()
            case "patch":
                await self._patch(self._chance.choice(self._own))
            case "archive":
                await self._archive(self._own.pop(self._chance.randrange(len(self._own))))
            case "link":
                await self._link(self._chance.choice(self._own))
            case "own" if self._own:
                await self._read_own(self._chance.choice(self._own))
            case "first":
                await self._read_first()
            case "filtered":
                await self._read_filtered()
            case _:
                await self._read_point(self._chance.choice(self._known.contacts))

    async def _create(self) -> None:
        self._made += 1
        title = f"made {self._made}"
        attributes = {
            "first_name": "Load",
            "last_name": self._name,
            "title": title,
            "stage": STAGE,
            "primary_email": f"{self._name}-{self._made}@load.test",
        }
        record = await self._record("POST", "/contact", 201, {"attributes": attributes})
        _expect("title", _value(record, "title"), title)
        self._own.append(record["id"])
        self._states[record["id"]] = title

    async def _patch(self, record_id: str) -> None:
        self._made += 1
        title = f"changed {self._made}"
        body = {"attributes": {"title": title}}
        record = await self._record("PATCH", f"/contact/{record_id}", 200, body)
        _expect("title", _value(record, "title"), title)
        self._states[record_id] = title

    async def _archive(self, record_id: str) -> None:
        await self._answer("DELETE", f"/contact/{record_id}", {204})
        self._states[record_id] = None

    async def _link(self, record_id: str) -> None:
        body = {"related_record_id": self._chance.choice(self._known.accounts)}
        path = f"/contact/{record_id}/relationship/accounts"
        await self._answer("POST", path, {200, 201}, body)  # 200: it was there

    async def _read_own(self, record_id: str) -> None:
        record = await self._record("GET", f"/contact/{record_id}", 200)
        _expect("title", _value(record, "title"), self._states[record_id])

    async def _read_point(self, record_id: str) -> None:
        record = await self._record("GET", f"/contact/{record_id}", 200)
        _expect("id", record["id"], record_id)

    async def _read_first(self) -> None:
        records = await self._page({"limit": PAGE_SIZE})
        _expect("ids", tuple(record["id"] for record in records), self._known.first_page)

    async def _read_filtered(self) -> None:
        records = await self._page(FILTERED_PAGE)
        _expect("size", len(records), PAGE_SIZE)
        _expect("stages", {_value(record, "stage")["api_name"] for record in records}, {STAGE})
        moments = [record["updated_at"] for record in records]
        _expect("order", moments, sorted(moments, reverse=True))

    async def _page(self, body: Mapping[str, object]) -> list[dict[str, Any]]:
        answer = await self._answer("POST", "/contact/_query", {200}, body)
        records: list[dict[str, Any]] = answer.json()["data"]
        return records

    async def _record(
        self, method: str, path: str, status: int, body: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        answer = await self._answer(method, path, {status}, body)
        record: dict[str, Any] = answer.json()["data"]
        return record

    async def _answer(
        self, method: str, path: str, good: Iterable[int], body: Mapping[str, object] | None = None
    ) -> httpx.Response:
        answer = await self._http.request(method, path, json=body)
        if answer.status_code not in good:
            raise WrongAnswer(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer


def _value(record: dict[str, Any], name: str) -> Any:
    return record["attributes"][name]["value"]


def _expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise WrongAnswer(f"{what}: {found!r}, not {wanted!r}")

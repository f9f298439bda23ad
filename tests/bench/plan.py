"""The figure of a bulk change: a plan run row by row, beside a bare loop of the same requests."""

import asyncio
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from statistics import median

import httpx

from app.clients.embedded import EMBEDDED_URL, EmbeddedTransport
from app.clients.public_v2 import PublicV2Client
from app.clients.transport import Transport
from app.controller.clock import utc_now
from app.controller.pages import Pages
from app.controller.plan_run import PlanRun
from app.controller.planning import BulkChange, Place, PlanMaking, planned_rows, request_of
from app.domain.edits import Change
from app.domain.plan import Plan
from app.domain.query import Query
from app.server.application import create_application
from app.server.store.workspace import open_workspace
from app.state.plan_files import DiskPlanFiles
from app.wire.public_v2.endpoints import READS
from app.wire.public_v2.errors import error_from_answer
from tests.bench.figures import Figure, Limit
from tests.bench.programs import SEED, Bench

ROWS = 1_000
ROUNDS = 5


def plan(bench: Bench) -> list[Figure]:
    """A thousand PATCHes with a claim on the disk before each, and a thousand without anything."""
    with tempfile.TemporaryDirectory(prefix="plan-", dir=bench.workdir) as name:
        folder = Path(name)
        workspace = folder / "workspace.db"
        rows = bench.choose(quick=200, full=ROWS)
        bench.run("sample", str(workspace), "--contacts", str(rows), "--seed", str(SEED))
        bench.tell(f"{rows} PATCHes by a plan, and by a bare loop")
        planned, bare = asyncio.run(_times(workspace, folder))
    return [Figure("plan.patch", planned, "ms", bare, Limit(1.5))]


async def _times(workspace: Path, folder: Path) -> tuple[float, float]:
    """Milliseconds per row: the medians of some rounds, in turns."""
    wire = EmbeddedTransport(create_application(open_workspace(workspace)))
    await wire.start()
    bare = httpx.AsyncClient(transport=wire, base_url=EMBEDDED_URL)
    transport = Transport(EMBEDDED_URL, refusal=error_from_answer, reads=READS, wire=wire)
    backend = PublicV2Client(transport)
    times: dict[str, list[float]] = {"plan": [], "bare": []}
    try:
        for turn in range(ROUNDS):
            made = await _made(backend, f"Plan {turn}")
            times["plan"].append(await _run_ms(backend, made, folder / f"{turn}.jsonl"))
            made = await _made(backend, f"Bare {turn}")
            times["bare"].append(await _bare_ms(bare, backend, made))
    finally:
        await backend.close()  # and with it the wire, which both use
    return median(times["plan"]), median(times["bare"])


async def _made(backend: PublicV2Client, department: str) -> Plan:
    """A plan over all contacts, as they are now."""
    making = PlanMaking(backend, BulkChange((Change("department", department),)))
    async with aclosing(Pages(backend, Query("contact")).read()) as pages:
        async for records in pages:
            await making.add(records)
    return making.plan(Place("bench", "bench"), "contact", utc_now())


async def _run_ms(backend: PublicV2Client, made: Plan, path: Path) -> float:
    files = DiskPlanFiles()
    files.write(path, made)
    progress = files.open(path, made)
    started_s = time.perf_counter()
    try:
        result = await PlanRun(backend, made, progress, clock=utc_now).run(lambda *_: None)
    finally:
        progress.close()
    taken_s = time.perf_counter() - started_s
    if not result.counts.is_all_well:
        raise AssertionError(f"the plan was not done: {result.counts.in_words()}")
    return taken_s / made.header.count * 1000


async def _bare_ms(client: httpx.AsyncClient, backend: PublicV2Client, made: Plan) -> float:
    requests = [request_of(backend, row) for row in planned_rows(backend, made)]
    started_s = time.perf_counter()
    for request in requests:
        headers = {"Content-Type": "application/json", **dict(request.headers)}
        answer = await client.patch(request.path, content=request.body, headers=headers)
        answer.raise_for_status()
    return (time.perf_counter() - started_s) / made.header.count * 1000

"""Figures of a served workspace under many clients: wrong answers, durable writes, and how long answers take."""

import asyncio
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import mean, quantiles

from tests.bench.clients import Clients, Known, Outcome
from tests.bench.figures import Figure, Limit
from tests.bench.loopback import free_port, running
from tests.bench.processes import cpu_s
from tests.bench.programs import SEED, Bench

MIXED_WRITES = 0.2
LOOP_S = 3.0
TEXT = "x" * 200
"""What the loop writes: about the text of a contact."""


def load(bench: Bench) -> list[Figure]:
    """32 clients, once reading four times as often as writing and once only writing."""
    with tempfile.TemporaryDirectory(prefix="load-", dir=bench.workdir) as name:
        folder = Path(name)
        workspace = folder / "workspace.db"
        contacts = bench.choose(quick=5_000, full=100_000)
        bench.run("sample", str(workspace), "--contacts", str(contacts), "--seed", str(SEED))
        _flush(workspace)
        known = _known(workspace)
        port = free_port()
        serve = bench.crmdeck_on_its_disk(
            "serve", "--port", str(port), "--workspace", str(workspace)
        )
        loops = [_loop_ms(bench, folder)]
        with running(bench, serve, port) as pid:
            mixed = _phase(bench, Clients(port, known, MIXED_WRITES), pid)
            loops.append(_loop_ms(bench, folder))
            only = _phase(bench, Clients(port, known, 1.0), pid)
            loops.append(_loop_ms(bench, folder))
        faults = mixed.faults + only.faults + _lost(workspace, mixed.states | only.states)
    for fault in faults[:10]:
        bench.tell(fault)
    return [
        Figure("server.load.errors", len(faults), "", limit=Limit(0, is_ratio=False)),
        Figure("server.load.write", mixed.write_ms, "ms", mean(loops[:2]), Limit(0.5)),
        Figure("server.load.write.only", only.write_ms, "ms", mean(loops[1:]), Limit(0.5)),
        Figure("server.load.read.p95", _p95_ms(mixed.reads_s), "ms"),
        Figure("server.load.write.p95", _p95_ms(mixed.writes_s), "ms"),
        Figure("server.load.write.only.p95", _p95_ms(only.writes_s), "ms"),
    ]


def _flush(workspace: Path) -> None:
    """Wait for the disk, so that what made the file does not slow the first loop."""
    with workspace.open("rb") as file:
        os.fsync(file.fileno())


def _known(workspace: Path) -> Known:
    """What a new workspace holds."""

    def ids(statement: str) -> tuple[str, ...]:
        return tuple(row[0] for row in connection.execute(statement))

    with closing(sqlite3.connect(workspace)) as connection:
        return Known(
            contacts=ids("SELECT id FROM contact WHERE archived_at IS NULL"),
            accounts=ids("SELECT id FROM account WHERE archived_at IS NULL LIMIT 1000"),
            first_page=ids(
                "SELECT id FROM contact WHERE archived_at IS NULL ORDER BY created_at, id LIMIT 50"
            ),
        )


def _phase(bench: Bench, clients: Clients, pid: int) -> Outcome:
    """Let the clients work, and say how it went."""
    used_s, own_s = cpu_s(pid), time.process_time()
    outcome = asyncio.run(clients.run(bench.choose(quick=4, full=20)))
    used_s, own_s = cpu_s(pid) - used_s, time.process_time() - own_s
    reads, writes = len(outcome.reads_s), len(outcome.writes_s)
    bench.tell(
        f"{reads} reads and {writes} writes in {outcome.lasted_s:.1f} s: "
        f"{writes / outcome.lasted_s:.0f} writes/s; CPU {used_s:.1f} s in the server, "
        f"{own_s:.1f} s in the clients"
    )
    return outcome


def _loop_ms(bench: Bench, folder: Path) -> float:
    """Milliseconds for a row and its commit, one after the other, on the same disk."""
    file = folder / "loop.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS one (id INTEGER PRIMARY KEY, text TEXT)")
        rows = 0
        started_s = time.perf_counter()
        while (lasted_s := time.perf_counter() - started_s) < LOOP_S:
            connection.execute("INSERT INTO one (text) VALUES (?)", (TEXT,))
            if bench.commit_ms:
                time.sleep(bench.commit_ms / 1_000)
            rows += 1
    return lasted_s * 1000 / rows


def _lost(workspace: Path, states: dict[str, str | None]) -> list[str]:
    """What the file says otherwise than the server has; `states` are titles by contact, `None` when archived."""
    with closing(sqlite3.connect(workspace)) as connection:
        verdict = connection.execute("PRAGMA integrity_check").fetchall()
        faults = [] if verdict == [("ok",)] else [f"the file is damaged: {verdict}"]
        stored = {
            record_id: None if archived_at else title
            for record_id, title, archived_at in connection.execute(
                "SELECT id, title, archived_at FROM contact"
            )
        }
    for record_id, title in states.items():
        if record_id not in stored or stored[record_id] != title:
            found = stored.get(record_id, "nothing")
            faults.append(f"contact {record_id}: {title!r} acknowledged, {found!r} stored")
    return faults


def _p95_ms(times_s: list[float]) -> float:
    return quantiles(times_s, n=20)[-1] * 1000

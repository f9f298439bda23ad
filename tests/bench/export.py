"""Figures of an export over loopback HTTP, as a process: its time beside a bare loop over the same pages, and its memory."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure, Limit
from tests.bench.loopback import KEY, free_port, running
from tests.bench.processes import pss_bytes
from tests.bench.programs import PROJECT, SEED, Bench

LOOP = """
import sys, httpx
auth = {"Authorization": "Bearer " + sys.argv[2]}
with httpx.Client(base_url=sys.argv[1], headers=auth, timeout=60, trust_env=False) as client:
    body, count = {"limit": 100}, 0
    while body:
        answer = client.post("/contact/_query", json=body).raise_for_status().json()
        count += len(answer["data"])
        following = answer["next_cursor"]
        body = {"cursor": following, "limit": 100} if following else None
print(count)
"""
"""The least program that reads all pages: nothing is understood, kept or written."""

KEY_VARIABLE = "CRMDECK_BENCH_KEY"
POLL_S = 0.2
"""Looking at the memory takes time from the export: not more often."""
SETTLED_ROWS = 2_000
"""Rows after which an export has loaded and made all that it keeps."""


def export(bench: Bench) -> list[Figure]:
    """100,000 contacts to CSV and JSON lines, in turns with the bare loop."""
    contacts = bench.choose(quick=5_000, full=100_000)
    with tempfile.TemporaryDirectory(prefix="export-", dir=bench.workdir) as name:
        folder = Path(name)
        workspace = folder / "workspace.db"
        bench.run("sample", str(workspace), "--contacts", str(contacts), "--seed", str(SEED))
        port = free_port()
        url = f"http://127.0.0.1:{port}/api/v2"
        _write_profile(bench.home, url)
        serve = bench.crmdeck("serve", "--port", str(port), "--workspace", str(workspace))
        times_s: dict[str, list[float]] = {"loop": [], "csv": [], "jsonl": []}
        gained: list[int] = []
        with running(bench, serve, port):
            _loop_s(url, contacts)  # fills the caches
            for _ in range(bench.choose(quick=1, full=3)):
                times_s["loop"].append(_loop_s(url, contacts))
                for form in ("csv", "jsonl"):
                    target = folder / f"out.{form}"
                    taken_s, gained_bytes = _export(bench, target, contacts)
                    times_s[form].append(taken_s)
                    gained.append(gained_bytes)
    loop_ms = median(times_s["loop"]) * 1000
    return [
        *(
            Figure(f"export.{form}", median(times_s[form]) * 1000, "ms", loop_ms, Limit(1.5))
            for form in ("csv", "jsonl")
        ),
        Figure("export.memory", max(gained) / 2**20, "MiB", limit=Limit(12, is_ratio=False)),
    ]


def _write_profile(home: Path, url: str) -> None:
    """A profile named bench that reaches the server."""
    folder = home / "config"
    folder.mkdir(mode=0o700, exist_ok=True)
    text = (
        f'[profiles.bench]\napi = "public-v2"\nurl = "{url}"\nkey = {{ env = "{KEY_VARIABLE}" }}\n'
    )
    (folder / "config.toml").write_text(text)
    (folder / "config.toml").chmod(0o600)


def _loop_s(url: str, contacts: int) -> float:
    started_s = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", LOOP, url, KEY], capture_output=True, check=True, text=True
    )
    assert int(done.stdout) == contacts
    return time.perf_counter() - started_s


def _export(bench: Bench, target: Path, contacts: int) -> tuple[float, int]:
    """Seconds that an export took, and the bytes of memory that it gained once it was under way."""
    target.unlink(missing_ok=True)
    part = target.with_name(f"{target.name}.part.json")
    argv = bench.crmdeck(
        "export", "contact", "-o", str(target), "--columns", "*", "--profile", "bench"
    )
    started_s = time.perf_counter()
    process = subprocess.Popen(
        argv,
        cwd=PROJECT,
        env=os.environ | bench.env | {KEY_VARIABLE: KEY},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    memory: list[int] = []
    while process.poll() is None:
        with contextlib.suppress(OSError, ValueError):  # not begun yet, or ended just now
            if json.loads(part.read_bytes())["rows"] >= SETTLED_ROWS:
                memory.append(pss_bytes(process.pid))
        time.sleep(POLL_S)
    _, told = process.communicate()
    taken_s = time.perf_counter() - started_s
    assert process.returncode == 0, told
    lines = contacts + (target.suffix == ".csv")
    with target.open("rb") as file:
        assert sum(1 for _ in file) == lines
    return taken_s, max(memory) - memory[0] if memory else 0

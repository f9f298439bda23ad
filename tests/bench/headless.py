"""Figures of the command line without a screen."""

import os
import subprocess
import sys
import time
from statistics import median

from tests.bench.figures import Figure, Limit
from tests.bench.programs import PROJECT, Bench

IMPORTS = [sys.executable, "-c", "import httpx, pydantic"]
"""What any command that asks a server must load."""


def query(bench: Bench) -> list[Figure]:
    """`crmdeck query` on the sample workspace beside the loading of its libraries."""
    command = bench.crmdeck("query", "contact", "--format", "json")
    for each in (IMPORTS, command):
        _run_s(bench, each)  # fills the caches; makes the sample workspace
    ours, theirs = [], []
    for _ in range(bench.choose(quick=5, full=15)):
        theirs.append(_run_s(bench, IMPORTS))
        ours.append(_run_s(bench, command))
    return [
        Figure("headless.query", median(ours) * 1000, "ms", median(theirs) * 1000, Limit(2.5)),
    ]


def _run_s(bench: Bench, argv: list[str]) -> float:
    started_s = time.perf_counter()
    subprocess.run(
        argv,
        cwd=PROJECT,
        env=os.environ | bench.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - started_s

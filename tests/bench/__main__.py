"""Measure crmdeck, and say which limits it keeps.

    python -m tests.bench                                all, 1,000,000 contacts: 20 minutes
    python -m tests.bench --quick --contacts 20000       a first impression: two minutes
    python -m tests.bench --only screen.start headless   these, and all below these names
    python -m tests.bench --only noise                   the baseline beside itself
    python -m tests.bench --workdir ~/bench --json out.json
    python -m tests.bench --only server.load --commit-ms 10       as on a disk with slow commits

Every figure stands beside a baseline measured in the same run, in turns with it, so that a slow or
busy machine slows both; what is judged is the ratio, or a number of bytes which no machine changes.
Less is better throughout. The command ends with status 1 when a limit is missed or a measurement
fails, with 0 otherwise. It needs Linux (/proc) and the development dependencies.

`--workdir` keeps the big workspace (4 GB) for the next run; without it, it is made each time.
`--quick` repeats less and scrolls a tenth of the rows: good for finding a blunder, no more.

Baseline B is `tests/bench/baseline.py`: the least Textual application with a header, a footer and
a stock table of 1,000 rows. The programs run on a pseudo-terminal of 120x40 (moves also of 80x24)
with TERM=xterm-256color; crmdeck starts on its sample workspace of 200 contacts, and moves and
scrolls in the big one.

    screen.start.records       start to the first records             <= 1.3 B, goal 1.0
    screen.start.frame         start to the first text, beside
                               B's first records                      <= 0.9 B
    screen.memory              PSS of all processes after the start   <= 2 B
    screen.move.p95            key to the last byte of its answer,
                               walking down row by row, with what
                               scrolls or jumps on the way            <= 0.5 B, goal 0.25
    screen.move.bytes.120x40   mean bytes written for such a move     <= 500, goal 200
    screen.move.bytes.80x24    the same on a small terminal           <= 400, goal 200
    screen.idle.bytes          written per second at rest             0
    screen.idle.cpu            CPU time per second at rest            <= 5 ms
    screen.scroll.memory       gained by 20,000 rows of page down     <= 40 MiB
    screen.ask.p95             key to the last byte of its answer
                               while a question is typed, with the
                               choices among 300 attributes open      <= 50 ms
    server.page.first          the first page of 100 of a filtered,
                               sorted query in process, beside SQL
                               written for it with the same answer    <= 3
    server.page.1000           page 1,000 of it (or the last full
                               one) beside page 1                     <= 1.2
    server.read.point          GET of one contact in process, beside
                               raw sqlite3 that fetches its row and
                               items                                  <= 4
    server.read.first          the first 50 in the default order, in
                               the same way                           <= 4
    server.read.*.json         the same, beside SQL that writes the
                               JSON of the answer                     for information
    server.http                page 1 over loopback, beside an empty
                               uvicorn handler with the same bytes    <= 2
    server.load.errors         wrong answers, failed requests, and
                               acknowledged writes not in the file
                               afterwards, of both runs below         0
    server.load.write          time per durable write when one request
                               in five writes, beside a loop that
                               commits row by row on the same disk    <= 0.5
    server.load.write.only     the same when all requests write       <= 0.5
    server.load.*.p95          time of an answer then                 for information
    export.csv, export.jsonl   `crmdeck export` of 100,000 contacts with
                               all attributes over loopback (5,000
                               when quick), beside a bare httpx loop
                               over the same pages                    <= 1.5
    export.memory              memory gained between the first 2,000
                               rows and the end                       <= 12 MiB
    plan.patch                 a row of a plan of 1,000 PATCHes (200
                               when quick) on the local workspace,
                               claimed on the disk before it is sent,
                               beside a bare httpx loop of the same     <= 1.5
    headless.query             `crmdeck query contact --format json`
                               beside a Python that only imports
                               httpx and pydantic                     <= 2.5

`server.load` has a workspace of its own of 100,000 contacts (5,000 when quick), on the disk of
`--workdir`, and 32 clients in the measuring process that ask as fast as they are answered, for 20 s
(4 s). A ratio of 0.5 is twice as many durable writes in a second as the loop makes. The run with
`write` spends the processor on four reads for each write, some 2 ms of it a request: where a commit
takes less than about 20 ms it measures the processor. The run with `write.only` is what writes gain
by sharing commits; there the disk decides where a commit takes more than about 4 ms. What server
and clients used of the processor is told while measuring. With `--commit-ms` each commit takes so
much longer, in the loop and in the server alike: a disk that is slower than the one at hand.

Figures with the verdict "-" are for information. A key's output ends with a quiet of 0.1 s, so
work which a screen puts off for less than that is counted with the key.
"""

# ruff: noqa: T201 - a command that prints a table

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import asking, export, headless, load, loopback, plan, reading, screen, server
from tests.bench.figures import Figure, Verdict, table
from tests.bench.programs import Bench

MEASUREMENTS: dict[str, Callable[[Bench], list[Figure]]] = {
    "screen.start": screen.start,
    "screen.idle": screen.idle,
    "screen.move": screen.move,
    "screen.scroll": screen.scroll,
    "screen.ask": asking.ask,
    "server.page": server.page,
    "server.read": reading.read,
    "server.http": loopback.page,
    "server.load": load.load,
    "export": export.export,
    "plan.patch": plan.plan,
    "headless.query": headless.query,
    "noise": screen.noise,
}
"""What can be measured, by the name for `--only`."""
BY_REQUEST = {"noise"}
"""Measurements which say nothing of crmdeck, left out unless asked for."""


def main() -> int:
    """Measure what the command line asks for; the exit status."""
    arguments = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="crmdeck-bench-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        workdir: Path = arguments.workdir or Path(folder)
        workdir.mkdir(parents=True, exist_ok=True)
        bench = Bench(
            workdir.resolve(),
            home,
            arguments.contacts,
            arguments.quick,
            _tell,
            arguments.commit_ms,
        )
        figures, failed = _measure(bench, _chosen(arguments.only))
    print(table(figures))
    for name in failed:
        print(f"{name}: not measured")
    if arguments.json:
        report = {
            "contacts": arguments.contacts,
            "is_quick": arguments.quick,
            "commit_ms": arguments.commit_ms,
            "figures": [figure.as_json() for figure in figures],
            "failed": failed,
        }
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    is_missed = any(figure.verdict is Verdict.MISSED for figure in figures)
    return 1 if is_missed or failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="measure only these")
    parser.add_argument("--quick", action="store_true", help="repeat less")
    parser.add_argument(
        "--contacts", type=int, default=1_000_000, metavar="N", help="size of the big workspace"
    )
    parser.add_argument(
        "--commit-ms",
        type=float,
        default=0.0,
        metavar="MS",
        help="let each commit of server.load and its loop take so much longer",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--workdir", type=Path, metavar="DIR", help="keep the big workspace there")
    return parser


def _chosen(only: list[str]) -> list[str]:
    """Names of the measurements asked for; all that speak of crmdeck when none is named."""
    if not only:
        return [name for name in MEASUREMENTS if name not in BY_REQUEST]
    for asked in only:
        if not any(_is_within(name, asked) for name in MEASUREMENTS):
            raise SystemExit(f"no measurement {asked}; there are: {', '.join(MEASUREMENTS)}")
    return [name for name in MEASUREMENTS if any(_is_within(name, asked) for asked in only)]


def _is_within(name: str, asked: str) -> bool:
    return name == asked or name.startswith(asked + ".")


def _measure(bench: Bench, names: list[str]) -> tuple[list[Figure], list[str]]:
    """The figures, and the names of the measurements that failed."""
    figures: list[Figure] = []
    failed = []
    for name in names:
        try:
            figures += MEASUREMENTS[name](bench)
        except (AssertionError, OSError, subprocess.CalledProcessError) as error:
            _tell(f"{name} failed: {error}")
            failed.append(name)
    return figures, failed


def _tell(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

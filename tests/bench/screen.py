"""Figures of the screen: start, memory, row moves, idling and scrolling, beside the baseline's."""

import time
from dataclasses import dataclass
from statistics import mean, median, quantiles

from tests.bench.figures import Figure, Limit
from tests.bench.processes import cpu_s, pss_bytes
from tests.bench.programs import BASELINE, Bench, Program
from tests.support.terminal import Screen, Terminal

WIDE = (120, 40)
NARROW = (80, 24)
MIB = 1024 * 1024
GAP_S = 0.1
"""The quiet which ends the output of a key."""
SILENCE_S = 2.0
"""How long a key may be without any answer."""
SETTLED_S = 0.5
"""The quiet after which a started program is taken to be at rest."""
BLOCK = ["down"] * 8 + ["up"] * 8
"""Keys pressed in one go: so few rows that no table scrolls, even at 80x24."""
IDLE_S = 5.0
"""How long idling is watched; a tick of the CPU clock is 2 ms/s of it."""
SCROLLED_ROWS = 20_000
LEAST_PAGE_ROWS = 10
"""Rows which a page down passes at least, on an average."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a program."""

    frame_s: float
    """Until the first text was on the screen."""
    records_s: float
    """Until the first records were on the screen."""
    size_bytes: float
    """What was written until the program was at rest."""
    pss_bytes: float


def start(bench: Bench) -> list[Figure]:
    """Start and memory, crmdeck on its sample workspace."""
    return start_figures(bench, bench.deck())


def start_figures(bench: Bench, program: Program) -> list[Figure]:
    """Start and memory of a program beside the baseline's; medians of alternating spawns."""
    for each in (BASELINE, program):
        _start(each)  # fills the caches; makes the sample workspace
    ours, theirs = [], []
    for spawn in range(spawns := bench.choose(quick=3, full=9)):
        bench.tell(f"start {spawn + 1} of {spawns}")
        theirs.append(_start(BASELINE))
        ours.append(_start(program))
    base_ms = median(each.records_s for each in theirs) * 1000
    return [
        Figure(
            "screen.start.records",
            median(each.records_s for each in ours) * 1000,
            "ms",
            base_ms,
            Limit(1.3, goal=1.0),
        ),
        Figure(
            "screen.start.frame",
            median(each.frame_s for each in ours) * 1000,
            "ms",
            base_ms,
            Limit(0.9),
        ),
        Figure(
            "screen.start.bytes",
            median(each.size_bytes for each in ours),
            "B",
            median(each.size_bytes for each in theirs),
        ),
        Figure(
            "screen.memory",
            median(each.pss_bytes for each in ours) / MIB,
            "MiB",
            median(each.pss_bytes for each in theirs) / MIB,
            Limit(2.0),
        ),
    ]


def _start(program: Program) -> Start:
    with program.terminal(*WIDE) as terminal:
        program.wait_ready(terminal)
        terminal.settle(SETTLED_S)
        return _replay(program, terminal)


def _replay(program: Program, terminal: Terminal) -> Start:
    """Find the chunks which painted the first text and the first records."""
    screen = Screen(*WIDE)
    frame_s = None
    for stamp_s, data in terminal.chunks:
        screen.feed(data)
        text = screen.text
        if frame_s is None and text.strip():
            frame_s = stamp_s
        if frame_s is not None and program.ready.search(text):
            return Start(
                frame_s - terminal.started_s,
                stamp_s - terminal.started_s,
                len(terminal.raw),
                pss_bytes(terminal.pid),
            )
    raise AssertionError(f"the records of {program.name} have left the screen at once")


@dataclass(frozen=True, slots=True)
class Moves:
    """What some keys cost."""

    times_s: list[float]
    """From the writing of a key to the last byte before the quiet gap."""
    sizes_bytes: list[int]
    cpu_s: list[float]
    """CPU time of each block of keys, pauses included."""

    @property
    def cpu_ms(self) -> float:
        return sum(self.cpu_s) * 1000 / len(self.times_s)

    @property
    def p50_ms(self) -> float:
        return median(self.times_s) * 1000

    @property
    def p95_ms(self) -> float:
        return quantiles(self.times_s, n=20)[-1] * 1000

    @property
    def mean_bytes(self) -> float:
        return mean(self.sizes_bytes)


def move(bench: Bench) -> list[Figure]:
    """Row moves, crmdeck on the big workspace."""
    return move_figures(bench, bench.deck("--workspace", str(bench.big_workspace)))


def move_figures(bench: Bench, program: Program) -> list[Figure]:
    """Row moves of a program beside the baseline's, key by key in turns.

    What is judged is walking down the list, as with the arrow key held: most of the baseline's moves scroll there, and
    the deck's jumps are in it. Moves to and fro on one screen are for information.
    """
    ours, theirs = _walk(bench, program, WIDE)
    narrow_ours, narrow_theirs = _walk(bench, program, NARROW)
    still_ours, still_theirs = _to_and_fro(bench, program)
    return [
        Figure("screen.move.p50", ours.p50_ms, "ms", theirs.p50_ms),
        Figure("screen.move.p95", ours.p95_ms, "ms", theirs.p95_ms, Limit(0.5, goal=0.25)),
        Figure(
            "screen.move.bytes.120x40",
            ours.mean_bytes,
            "B",
            theirs.mean_bytes,
            Limit(500, goal=200, is_ratio=False),
        ),
        Figure(
            "screen.move.bytes.80x24",
            narrow_ours.mean_bytes,
            "B",
            narrow_theirs.mean_bytes,
            Limit(400, goal=200, is_ratio=False),
        ),
        Figure("screen.move.still.p95", still_ours.p95_ms, "ms", still_theirs.p95_ms),
        Figure("screen.move.still.cpu", still_ours.cpu_ms, "ms", still_theirs.cpu_ms),
        Figure("screen.move.still.bytes", still_ours.mean_bytes, "B", still_theirs.mean_bytes),
    ]


def _walk(bench: Bench, program: Program, size: tuple[int, int]) -> tuple[Moves, Moves]:
    """Steps down from the first row, of the program and of the baseline."""
    ours, theirs = Moves([], [], []), Moves([], [], [])
    with program.terminal(*size) as ours_on, BASELINE.terminal(*size) as theirs_on:
        for each, terminal in ((BASELINE, theirs_on), (program, ours_on)):
            each.wait_ready(terminal)
            terminal.settle(SETTLED_S)
        bench.tell(f"walking down at {size[0]}x{size[1]}")
        pairs = [(theirs_on, theirs), (ours_on, ours)]
        for _ in range(bench.choose(quick=60, full=200)):
            for terminal, moves in pairs:
                press(terminal, "down", moves)
            pairs.reverse()
    return ours, theirs


def _to_and_fro(bench: Bench, program: Program) -> tuple[Moves, Moves]:
    """Moves that scroll neither the program nor the baseline, both at rest."""
    ours, theirs = Moves([], [], []), Moves([], [], [])
    with program.terminal(*WIDE) as ours_on, BASELINE.terminal(*WIDE) as theirs_on:
        for each, terminal in ((BASELINE, theirs_on), (program, ours_on)):
            each.wait_ready(terminal)
            terminal.settle(SETTLED_S)
            for key in BLOCK:
                press(terminal, key, Moves([], [], []))  # the first answers fill caches
        for block in range(blocks := bench.choose(quick=2, full=8)):
            bench.tell(f"moves on one screen, block {block + 1} of {blocks}")
            pairs = [(theirs_on, theirs), (ours_on, ours)]
            for terminal, moves in pairs:
                moves.cpu_s.append(-cpu_s(terminal.pid))
            for key in BLOCK:
                for terminal, moves in pairs:
                    press(terminal, key, moves)
                pairs.reverse()
            for terminal, moves in pairs:
                moves.cpu_s[-1] += cpu_s(terminal.pid)
    return ours, theirs


def press(terminal: Terminal, key: str, moves: Moves) -> None:
    """Press a key, and take its answer down."""
    before = len(terminal.chunks)
    pressed_s = time.perf_counter()
    terminal.send(key)
    if not terminal.read(SILENCE_S):
        raise AssertionError(f"no answer to {key}:\n{terminal.screen}")
    while terminal.read(GAP_S):
        pass
    answer = terminal.chunks[before:]
    moves.times_s.append(answer[-1][0] - pressed_s)
    moves.sizes_bytes.append(sum(len(data) for _, data in answer))


def idle(bench: Bench) -> list[Figure]:
    """What is written and computed while nobody does anything."""
    return idle_figures(bench, bench.deck())


def idle_figures(bench: Bench, program: Program) -> list[Figure]:
    """Bytes and CPU time per second of a program at rest, beside the baseline's."""
    theirs = _idle(bench, BASELINE)
    ours = _idle(bench, program)
    return [
        Figure("screen.idle.bytes", ours[0], "B/s", theirs[0], Limit(0, is_ratio=False)),
        Figure("screen.idle.cpu", ours[1], "ms/s", theirs[1], Limit(5, is_ratio=False)),
    ]


def _idle(bench: Bench, program: Program) -> tuple[float, float]:
    """Bytes and milliseconds of CPU time, per second."""
    bench.tell(f"{program.name} idle for {IDLE_S} s")
    with program.terminal(*WIDE) as terminal:
        program.wait_ready(terminal)
        terminal.settle(2 * SETTLED_S)
        before = len(terminal.chunks)
        cpu_before_s = cpu_s(terminal.pid)
        deadline_s = time.perf_counter() + IDLE_S
        while (remaining_s := deadline_s - time.perf_counter()) > 0:
            terminal.read(remaining_s)
        size_bytes = sum(len(data) for _, data in terminal.chunks[before:])
        return size_bytes / IDLE_S, (cpu_s(terminal.pid) - cpu_before_s) * 1000 / IDLE_S


def scroll(bench: Bench) -> list[Figure]:
    """Memory gained by scrolling the big workspace with page down, each answered before the next."""
    program = bench.deck("--workspace", str(bench.big_workspace))
    rows = min(bench.choose(quick=SCROLLED_ROWS // 10, full=SCROLLED_ROWS), bench.contacts)
    with program.terminal(*WIDE) as terminal:
        program.wait_ready(terminal)
        terminal.settle(SETTLED_S)
        before = pss_bytes(terminal.pid)
        pages = 0
        while (loaded := _rows_loaded(program, terminal)) < rows:
            if pages * LEAST_PAGE_ROWS > rows:
                raise AssertionError(f"{loaded} rows after {pages} pages:\n{terminal.screen}")
            if pages % 100 == 0:
                bench.tell(f"scrolled to {loaded} of {rows} rows")
            pages += 1
            terminal.send("pgdn")
            terminal.read(SILENCE_S)
            terminal.settle(GAP_S / 5)
        terminal.settle(SETTLED_S)
        gained = pss_bytes(terminal.pid) - before
    return [Figure("screen.scroll.memory", gained / MIB, "MiB", limit=Limit(40, is_ratio=False))]


def _rows_loaded(program: Program, terminal: Terminal) -> int:
    """The number before `loaded` on the screen."""
    return int(terminal.wait_for(program.ready)[1].replace(",", ""))


def noise(bench: Bench) -> list[Figure]:
    """The baseline beside itself: what its figures are, and how far off 1.0 a ratio comes."""
    figures = [
        *start_figures(bench, BASELINE),
        *move_figures(bench, BASELINE),
        *idle_figures(bench, BASELINE),
    ]
    return [
        Figure(figure.name.replace("screen", "noise"), figure.value, figure.unit, figure.baseline)
        for figure in figures
    ]

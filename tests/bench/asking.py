"""Figures of the line for questions: typing with the choices open."""

import re
import sys

from tests.bench.figures import Figure, Limit
from tests.bench.programs import Bench, Program
from tests.bench.question import READY
from tests.bench.screen import SETTLED_S, WIDE, Moves, press

QUESTION = "custom_field_21 > 5 and (custom_field_3 = true or not cf17 is "
"""Names in full and in a few scattered letters, operators, values: most keys change the choices."""

PROGRAM = Program("question", (sys.executable, "-m", "tests.bench.question"), re.compile(READY))


def ask(bench: Bench) -> list[Figure]:
    """Typing a question key by key, again and again."""
    moves = Moves([], [], [])
    with PROGRAM.terminal(*WIDE) as terminal:
        PROGRAM.wait_ready(terminal)
        terminal.settle(SETTLED_S)
        for key in QUESTION:
            press(terminal, key, Moves([], [], []))  # the first answers fill caches
        for round_ in range(rounds := bench.choose(quick=1, full=4)):
            bench.tell(f"typing a question, {round_ + 1} of {rounds}")
            press(terminal, "ctrl+u", Moves([], [], []))
            for key in QUESTION:
                press(terminal, key, moves)
    return [
        Figure("screen.ask.p50", moves.p50_ms, "ms"),
        Figure("screen.ask.p95", moves.p95_ms, "ms", limit=Limit(50, is_ratio=False)),
        Figure("screen.ask.bytes", moves.mean_bytes, "B"),
    ]

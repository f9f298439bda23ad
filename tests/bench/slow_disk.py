"""crmdeck on a disk that takes its time: `python -m tests.bench.slow_disk 10 serve --port 8000 ...` waits 10 ms per commit.

The wait comes on top of what the real disk takes, after the commit and before anybody hears of it. Nothing else is changed:
the program is the one that users run.
"""

import sqlite3
import sys
import time
from functools import partial

from app.__main__ import main


def slow_connection(commit_s: float) -> type[sqlite3.Connection]:
    """A connection that waits after each COMMIT."""

    class SlowConnection(sqlite3.Connection):
        """As the program knows it, apart from the wait."""

        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            cursor = super().execute(sql, *values)  # type: ignore[arg-type]  # passed on as they came
            if sql == "COMMIT":
                time.sleep(commit_s)
            return cursor

    return SlowConnection


if __name__ == "__main__":
    commit_ms = sys.argv.pop(1)
    slow = slow_connection(float(commit_ms) / 1_000)
    sqlite3.connect = partial(sqlite3.connect, factory=slow)  # type: ignore[assignment]  # called alike
    main()

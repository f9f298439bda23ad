"""Baseline B: the least Textual application with a header, a footer and a stock table.

`python -m tests.bench.baseline` shows it; the figures of the screen are ratios to its figures.
"""

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer, Header

ROWS = 1_000
COLUMNS = 8
FIRST_CELL = "row 0001"


class Baseline(App[None]):
    """A table of text, as the documentation of Textual shows it."""

    def compose(self) -> ComposeResult:
        yield Header()
        yield DataTable[str](cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        table: DataTable[str] = self.query_one(DataTable)
        table.add_columns(*(f"column {column}" for column in range(1, COLUMNS + 1)))
        table.add_rows(
            [f"row {row:04}", *(f"text {row * column}" for column in range(2, COLUMNS + 1))]
            for row in range(1, ROWS + 1)
        )
        table.focus()


if __name__ == "__main__":
    Baseline().run()

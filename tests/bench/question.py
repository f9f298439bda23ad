"""The line for questions alone, on a record type of 300 attributes, with choices below it while something is typed.

python -m tests.bench.question
"""

from textual.app import App, ComposeResult
from textual.widgets import Static

from app.domain.completion import Completions, complete
from app.domain.operators import OPERATORS
from app.domain.schema import Attribute, RecordType
from styles import stylesheets
from styles.themes import CRMDECK
from widgets.query_entry import QueryEntry

ATTRIBUTES = 300
READY = "rows are below"
_TYPES = ("string", "number", "timestamp", "boolean")
RECORD_TYPE = RecordType(
    "contact",
    "Contact",
    attributes=tuple(
        Attribute(
            f"custom_field_{number}",
            f"Custom field {number}",
            _TYPES[number % len(_TYPES)],
            is_sortable=True,
            is_filterable=True,
            filter_operators=tuple(OPERATORS),
        )
        for number in range(ATTRIBUTES)
    ),
)


class QuestionLine(App[None]):
    """The line above a screen full of text."""

    CSS_PATH = stylesheets()
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        self.register_theme(CRMDECK)
        self.theme = CRMDECK.name

    def compose(self) -> ComposeResult:
        """The choices float over the rows."""
        yield QueryEntry(_complete, "all records")
        yield Static("\n".join(f"{READY} {number} " + "x" * 60 for number in range(60)))

    def on_mount(self) -> None:
        """Typing goes into the line."""
        self.query_one(QueryEntry).open_with("")


def _complete(text: str, cursor: int) -> Completions:
    return complete(text, cursor, RECORD_TYPE, {RECORD_TYPE.api_name: RECORD_TYPE})


if __name__ == "__main__":
    QuestionLine().run()

"""Why a text is no expression, and where."""

from typing import Final

_EXCERPT_LENGTH: Final = 40


class ExpressionError(ValueError):
    """The text cannot be read; the message says why and where, in one sentence or two, not yet sanitised."""

    def __init__(
        self,
        message: str,
        position: int,
        expected: tuple[str, ...] = (),
        suggestion: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        """Index of the first character that is wrong; of the opening one where a quote or bracket is not closed."""
        self.expected = expected
        """What may stand there, as it is typed."""
        self.suggestion = suggestion
        """What was probably meant, as it is typed."""


def excerpt(text: str) -> str:
    """The beginning of what was typed, short enough for a message."""
    return text if len(text) <= _EXCERPT_LENGTH else f"{text[:_EXCERPT_LENGTH]}..."


def place(text: str, position: int) -> str:
    """Where a position is, for a person: `column 7`, or in a text of several lines `line 2 column 7`."""
    line = text.count("\n", 0, position)
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f"line {line + 1} column {column}" if "\n" in text else f"column {column}"

"""A few words in the middle of an area that has nothing else to show."""

from textual.content import Content
from textual.widgets import Static

from app.domain.safe_text import Shown


class Notice(Static):
    """Why there is nothing to see here, and what to do about it."""

    ALLOW_SELECT = False

    def show_words(self, title: Shown, *lines: Shown) -> None:
        """A title and lines below it."""
        parts: list[tuple[str, str] | str] = [(title, "bold")]
        for line in lines:
            parts += ["\n", line]
        self.update(Content.assemble(*parts))

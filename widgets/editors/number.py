"""Numbers, amounts and percentages."""

from decimal import Decimal

from app.domain.edit_draft import read_text
from app.domain.values import show_number
from widgets.editors.text import TextEditor


class NumberEditor(TextEditor):
    """A line for a number; beside it the number as it is shown elsewhere."""

    def meaning(self, text: str) -> str:
        """With thousands grouped."""
        value = read_text(self.opening.attribute, text) if text else None
        return show_number(value) if isinstance(value, int | Decimal) else ""

"""One record: every attribute with its value, value type and what may be done to it."""

from collections.abc import Sequence
from typing import Final

from textual import events, on

from app.domain.fields import Field
from app.domain.safe_text import Shown, hidden_count, shown, shown_lines
from app.domain.values import show
from widgets.line import Part, fit, wrapped
from widgets.lines_view import Item, LinesView
from widgets.looks import Look

MAX_TEXT: Final = 2000
"""Characters of a value shown here; the whole value is one key away."""

MAX_LINES: Final = 8
"""Lines of one value shown here."""


class RecordView(LinesView):
    """The attributes of one record, with a cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(has_cursor=True, id=id)
        self._fields: tuple[Field, ...] = ()
        self._laid_out_for = 0

    def show_fields(self, fields: Sequence[Field], *, cursor: int = 0) -> None:
        """Show a record, or nothing."""
        self._fields = tuple(fields)
        self._lay_out(cursor)

    @property
    def field(self) -> Field | None:
        """The field under the cursor."""
        return self._fields[self.cursor] if self.cursor < len(self._fields) else None

    def _lay_out(self, cursor: int) -> None:
        self._laid_out_for = self.size.width
        self.show_items([self._item(field) for field in self._fields], cursor=cursor)

    @on(events.Resize)
    def lay_out_again(self) -> None:
        """Values wrap to the width."""
        if self.size.width != self._laid_out_for:
            self._lay_out(self.cursor)

    def _item(self, field: Field) -> Item:
        width = max(20, self.size.width - 3)
        right_width = 12
        type_width = 19 if width >= 72 else 0
        name_width = max(10, min(24, width // 4))
        value_width = width - name_width - right_width - type_width - 4
        lines = self._value_lines(field, max(8, value_width))
        name = fit(shown(field.attribute.display_name), name_width)
        kind = field.attribute.value_type + ("[]" if field.attribute.is_array else "")
        first: list[Part] = [Part(name, "strong"), Part(Shown("  "))]
        first += [Part(fit(lines[0][0], value_width), lines[0][1]), Part(Shown("  "))]
        if type_width:
            first.append(Part(fit(shown(kind), type_width), "muted"))
        first.append(
            Part(
                fit(shown(field.right), right_width),
                "" if field.right == "editable" else "muted",
            )
        )
        indent = Part(Shown(" " * (name_width + 2)))
        return (tuple(first), *((indent, Part(text, look)) for text, look in lines[1:]))

    def _value_lines(self, field: Field, width: int) -> list[tuple[Shown, Look]]:
        """The value wrapped to a width, at least one line."""
        if not field.is_sent:
            return [(Shown("not sent"), "muted")]
        values = field.value if isinstance(field.value, tuple) else (field.value,)
        lines: list[tuple[Shown, Look]] = []
        hidden = 0
        for value in values:
            text = show(value, field.attribute.value_type)
            hidden += hidden_count(text.replace("\n", " "))
            for line in shown_lines(text, limit=MAX_TEXT):
                lines += [(piece, "") for piece in wrapped(line, width)]
        if not lines or lines == [(Shown(""), "")]:
            return [(Shown("-"), "muted")]
        if len(lines) > MAX_LINES:
            lines[MAX_LINES - 1 :] = [
                (Shown(f"({len(lines) - MAX_LINES + 1} more lines: V)"), "muted")
            ]
        if hidden:
            lines.append(
                (Shown(f"({hidden} hidden character{'' if hidden == 1 else 's'})"), "muted")
            )
        return lines

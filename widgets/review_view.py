"""The review beside the form: what will be sent, what came of it, and the choices where two people changed the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.getters import query_one
from textual.message import Message

from app.domain.merging import Clash, Side
from app.domain.review import Applied, Review
from app.domain.safe_text import Shown, shown
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part, paragraph
from widgets.lines_view import Item, LinesView
from widgets.review_lines import (
    applied_items,
    applied_title,
    clash_item,
    review_items,
    review_title,
)

_SIGN_CELLS = 4


class ReviewView(Vertical):
    """Shows a review, an outcome or a conflict; sends nothing itself."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("take_mine", "take_theirs")

    title = query_one("#review-title", Line)
    lines = query_one("#review-lines", LinesView)
    clashes = query_one("#review-clashes", LinesView)

    @dataclass
    class Decided(Message):
        """Every attribute of a conflict is decided."""

        view: "ReviewView"
        sides: Mapping[str, Side]

        @property
        def control(self) -> "ReviewView":
            """The view."""
            return self.view

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.review: Review | None = None
        """What is on screen to be sent; `None` while anything else is."""
        self._layout: Callable[[int], Sequence[Item]] = lambda _: ()
        self._clashes: tuple[Clash, ...] = ()
        self._sides: dict[str, Side] = {}

    def compose(self) -> ComposeResult:
        """A title, the lines, and a list with a cursor for conflicts."""
        yield Line(id="review-title")
        yield LinesView(id="review-lines")
        yield LinesView(has_cursor=True, id="review-clashes")

    def show_review(self, review: Review) -> None:
        """Show what will be sent."""
        self.review = review
        self._show(review_title(review), lambda width: review_items(review, width))

    def show_applied(self, applied: Applied) -> None:
        """Show what came of it."""
        self.review = None
        self._show(applied_title(applied), lambda width: applied_items(applied, width))

    def show_words(self, title: Shown, words: str) -> None:
        """Show a few words, such as that it is being sent."""
        self.review = None
        self._show(title, lambda width: [paragraph(shown(words), width, indent=1)])

    def show_conflict(self, clashes: Sequence[Clash]) -> None:
        """Ask for each attribute whose value is to be."""
        self.review = None
        self._clashes, self._sides = tuple(clashes), {}
        self._layout = lambda _: ()
        self._set_title(Shown("conflict: somebody else changed the same; nothing was sent"))
        self.add_class("-conflict")
        self._show_clashes(0)
        self.clashes.focus()

    @property
    def is_asking(self) -> bool:
        """Whether it waits for decisions."""
        return self.has_class("-conflict")

    def _show(self, title: Shown, layout: Callable[[int], Sequence[Item]]) -> None:
        self._clashes, self._layout = (), layout
        self.remove_class("-conflict")
        self._set_title(title)
        self._lay_out()

    def _set_title(self, title: Shown) -> None:
        self.title.parts = (Part(Shown("-- ")), Part(title, "strong"), Part(Shown(" --")))

    def _width(self) -> int:
        return max(20, (self.size.width or self.app.size.width) - 2)

    def _lay_out(self) -> None:
        items = self._layout(self._width())
        self.lines.show_items(items)

    @on(events.Resize)
    def lay_out_again(self) -> None:
        """Text wraps to the width."""
        if self.is_asking:
            self._show_clashes(self.clashes.cursor)
        else:
            self._lay_out()

    def _show_clashes(self, cursor: int) -> None:
        width = self._width() - _SIGN_CELLS
        items = [clash_item(row, self._sides.get(row.attribute), width) for row in self._clashes]
        self.clashes.show_items(items, cursor=cursor)

    @on(LinesView.ItemMoved)
    @on(LinesView.ItemChosen)
    def keep_to_itself(self, event: LinesView.ItemMoved | LinesView.ItemChosen) -> None:
        """The lists' own movements."""
        event.stop()

    def action_take_mine(self) -> None:
        """My value of this attribute."""
        self._decide(Side.MINE)

    def action_take_theirs(self) -> None:
        """Theirs."""
        self._decide(Side.THEIRS)

    def _decide(self, side: Side) -> None:
        if not self.is_asking or not self._clashes:
            return
        cursor = self.clashes.cursor
        self._sides = {**self._sides, self._clashes[cursor].attribute: side}
        open_rows = [at for at, row in enumerate(self._clashes) if row.attribute not in self._sides]
        self._show_clashes(open_rows[0] if open_rows else cursor)
        if not open_rows:
            self.post_message(self.Decided(self, dict(self._sides)))

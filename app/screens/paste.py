"""Paste to query: a column of ids, addresses or domains, looked up; then what was found, and the list of what was not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import TextArea

from app.controller.pasting import MAX_ASKED, Lookup
from app.domain.capabilities import Capability
from app.domain.errors import BackendError
from app.domain.pasted import CHUNK, Pasted, PastedKind, lookup_attributes, read_pasted
from app.domain.safe_text import Shown, shown, shown_lines
from app.domain.schema import Attribute, RecordType
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part
from widgets.lines_view import LineParts, LinesView

if TYPE_CHECKING:
    from app.domain.backend import Backend
    from app.domain.expression import Condition

_WORDS = {
    PastedKind.ID: ("id", "ids"),
    PastedKind.EMAIL: ("e-mail address", "e-mail addresses"),
    PastedKind.DOMAIN: ("domain", "domains"),
}


@dataclass(frozen=True, slots=True)
class PasteAnswer:
    """What is to be asked for in the place of what was asked."""

    condition: "Condition"
    words: str
    """What it asks, in few words; not yet sanitised."""


class PasteScreen(ModalScreen[PasteAnswer | None]):
    """Paste, see what was recognised, look it up, see what was not found. The answer is `None` when one only looked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("back", "copy_value"),
        Binding("enter", "go_on", show=False, priority=True),
        Binding("tab", "next_attribute", show=False, priority=True),
        Binding("left,right", "next_batch", show=False),
    ]

    area = query_one("#paste-text", TextArea)
    title_line = query_one("#paste-title", Line)
    note = query_one("#paste-message", Line)
    footer = query_one("#paste-footer", Line)
    missing = query_one("#paste-missing", LinesView)

    def __init__(self, backend: "Backend", record_type: RecordType) -> None:
        super().__init__()
        self._backend = backend
        self._record_type = record_type
        self._pasted = Pasted(None)
        self._attribute_index = 0
        self._batch = 0
        self._lookup: Lookup | None = None
        self._length = 0

    def compose(self) -> ComposeResult:
        """A title, the text or what was not found of it, what was recognised, the keys."""
        yield Line(id="paste-title")
        area = TextArea(compact=True, show_line_numbers=False, id="paste-text")
        area.cursor_blink = False
        yield area
        yield LinesView(id="paste-missing")
        yield Line(id="paste-message")
        yield Line(id="paste-footer")

    def on_mount(self) -> None:
        """Wait for a paste."""
        self.edit()

    # What was recognised

    @property
    def pasted(self) -> Pasted:
        """What was recognised in the text."""
        return self._pasted

    @property
    def attribute(self) -> Attribute | Capability | None:
        """Where the values are looked up, or why nowhere; `None` without values."""
        if self._pasted.kind is None:
            return None
        found = lookup_attributes(self._record_type, self._pasted.kind)
        return found if isinstance(found, Capability) else found[self._attribute_index % len(found)]

    @on(TextArea.Changed)
    def recognise(self) -> None:
        """Read the text anew; after a paste the cursor goes to an empty line, so that Enter goes on."""
        text = self.area.text
        is_paste = len(text) > self._length + 1
        self._length = len(text)
        if is_paste and not text.endswith("\n") and self.area.cursor_at_end_of_text:
            self.area.insert("\n")
            return
        self._pasted = read_pasted(text)
        self._lookup = None
        self.show_recognised()

    def show_recognised(self) -> None:
        """Say what the text holds, and what looking it up costs."""
        found, attribute = self._pasted, self.attribute
        if found.kind is None:
            pieces = len(found.unrecognised)
            words = f"{pieces:,} pieces, none of them an id, an e-mail address or a domain"
            self.tell(Shown(words if pieces else "Nothing pasted yet."))
            return
        words = counted(len(found.values), found.kind)
        if found.duplicates:
            words += f", {found.duplicates:,} duplicate{'' if found.duplicates == 1 else 's'}"
        if found.unrecognised:
            words += f", {len(found.unrecognised):,} not recognised"
        if found.beyond:
            words += f", {found.beyond:,} beyond the most that are taken"
        if isinstance(attribute, Capability):
            self.tell(shown(attribute.reason), is_bad=True)
        elif attribute is not None:
            requests = -(-len(found.values) // CHUNK)
            name = shown(attribute.api_name)
            plural = "" if requests == 1 else "s"
            self.tell(Shown(f"{words} -> {name}, {requests:,} request{plural}"))

    def action_next_attribute(self) -> None:
        """Look the values up in the next attribute that can hold them."""
        if self._lookup is None:
            self._attribute_index += 1
            self.show_recognised()

    # Looking up

    def check_action(
        self,
        action: str,
        parameters: tuple[object, ...],  # noqa: ARG002 (the signature is Textual's)
    ) -> bool | None:
        """Enter on a line with words ends that line; a paste ends on an empty one, where it looks up."""
        if action != "go_on" or not self.area.display:
            return True
        return not self.area.document.get_line(self.area.cursor_location[0]).strip()

    def action_go_on(self) -> None:
        """Look up; afterwards answer with what was found."""
        if self._lookup is not None and self._lookup.done == self._lookup.chunk_count:
            self.answer(self._lookup)
            return
        attribute = self.attribute
        if not isinstance(attribute, Attribute):
            return
        if self._lookup is None:
            values = self._pasted.values
            lookup = Lookup(self._backend, self._record_type.api_name, attribute, values)
            refusal = lookup.refusal()
            if refusal is not None:
                self.tell(shown(refusal.reason), is_bad=True)
                return
            self._lookup = lookup
        self.look_up(self._lookup)

    @work(exclusive=True, group="lookup")
    async def look_up(self, lookup: Lookup) -> None:
        """Ask request after request, and show how far it is."""
        self.show_progress()
        try:
            await lookup.run(self.show_progress)
        except BackendError as error:
            self.tell(shown(f"{error.reason} Enter goes on."), is_bad=True)
            return
        self.show_result(lookup)

    def show_progress(self) -> None:
        """How many requests were answered."""
        if self._lookup is not None:
            done, count = self._lookup.done, self._lookup.chunk_count
            self.tell(Shown(f"{done:,} of {count:,} requests answered (Esc stops)"))

    def cancel_running(self) -> bool:
        """Stop looking up; whether there was anything to stop. What was answered is kept."""
        running = [row for row in self.workers if row.node is self and not row.is_finished]
        for worker in running:
            worker.cancel()
        if running:
            self.tell(Shown("Stopped; Enter goes on."))
        return bool(running)

    def show_result(self, lookup: Lookup) -> None:
        """What was found, and the list of what was not."""
        self._batch = 0
        self.area.display = False
        self.missing.display = True
        width = max(20, self.app.size.width - 20)
        pad = Part(Shown("  "))
        lines: list[LineParts] = [
            (pad, Part(shown(value, limit=width))) for value in lookup.missing
        ]
        strange = Part(Shown(" (not recognised)"), "muted")
        lines += [
            (pad, Part(shown(piece, limit=width)), strange) for piece in self._pasted.unrecognised
        ]
        self.missing.show_items([(line,) for line in lines])
        self.missing.focus()
        self.show_counts(lookup)

    def show_counts(self, lookup: Lookup) -> None:
        """The figures in the title, and what Enter asks for below."""
        assert self._pasted.kind is not None
        missing = counted(len(lookup.missing), self._pasted.kind)
        plural = "" if lookup.record_count == 1 else "s"
        self.title_line.parts = (
            Part(Shown(f" {lookup.record_count:,} record{plural} found"), "strong"),
            Part(Shown(f", {missing} not found{':' if lookup.missing else ''}")),
        )
        conditions = lookup.conditions()
        if len(conditions) > 1:
            words = f"One question takes {MAX_ASKED:,} values: Enter asks for part {self._batch + 1} of {len(conditions)}"
            self.tell(Shown(f"{words}, Left/Right choose another."))
        else:
            self.tell(Shown("Enter shows the records that were found." if conditions else ""))
        self.show_keys(("Enter", "shows them"), ("y", "copies those not found"), ("Esc", "back"))

    def answer(self, lookup: Lookup) -> None:
        """Give the question to the deck."""
        conditions = lookup.conditions()
        if not lookup.record_count or not conditions or self._pasted.kind is None:
            self.tell(Shown("Nothing was found, so there is nothing to show."), is_bad=True)
            return
        condition = conditions[self._batch]
        assert isinstance(condition.value, tuple)
        words = f"{lookup.attribute.display_name} is one of {counted(len(condition.value), self._pasted.kind)}"
        self.dismiss(PasteAnswer(condition, words))

    def action_next_batch(self) -> None:
        """The next part of a paste that is too long for one question."""
        if self._lookup is not None and self.missing.display:
            self._batch = (self._batch + 1) % max(1, len(self._lookup.conditions()))
            self.show_counts(self._lookup)

    def action_copy_value(self) -> None:
        """Copy what was not found, a value a line."""
        if self._lookup is not None and self.missing.display:
            safe = "\n".join(shown_lines("\n".join(self._lookup.missing)))
            self.app.copy_to_clipboard(safe)
            count = len(self._lookup.missing)
            self.tell(Shown(f"Copied {count:,} lines: {len(safe):,} characters (OSC 52)"))

    # Saying and leaving

    def edit(self) -> None:
        """Show the text, to be pasted or put right."""
        self.missing.display = False
        self.area.display = True
        self.title_line.parts = (
            Part(Shown(" Paste a column: ids, e-mail addresses or domains, for ")),
            Part(shown(self._record_type.api_name), "strong"),
        )
        keys = (("Enter", "on an empty line looks up"), ("Tab", "other attribute"), ("Esc", "back"))
        self.show_keys(*keys)
        self.area.focus()
        self.show_recognised()

    def show_keys(self, *rows: tuple[str, str]) -> None:
        """The keys that matter now."""
        parts = []
        for key, words in rows:
            parts += [Part(Shown(" ")), Part(Shown(key), "key"), Part(Shown(f" {words} "))]
        self.footer.parts = tuple(parts)

    def tell(self, text: Shown, *, is_bad: bool = False) -> None:
        """Say something to the person; it stays until something else is said."""
        self.note.parts = (Part(Shown(" ")), Part(text, "bad" if is_bad else ""))

    def action_back(self) -> None:
        """Stop, go back to the text, or close: the nearest of these."""
        if self.cancel_running():
            return
        if self.missing.display:
            self.edit()
            return
        self.dismiss(None)


def counted(number: int, kind: PastedKind) -> str:
    """A number of values with their name."""
    one, many = _WORDS[kind]
    return f"{number:,} {one if number == 1 else many}"

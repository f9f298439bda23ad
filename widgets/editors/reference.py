"""A reference to another record, found by its name."""

from collections.abc import Sequence

from textual import on

from app.domain.safe_text import shown
from widgets.chooser import Choice, Chooser
from widgets.editors.choice import ChooserEditor


class ReferenceEditor(ChooserEditor):
    """Searches while one types; an id, or a match written as JSON, is an answer too."""

    HINT = "type a name, Enter takes it, Esc leaves"

    def on_mount(self) -> None:
        """Ask, and look for the first records."""
        super().on_mount()
        self.search("")

    @property
    def takes_text(self) -> bool:
        """An id can be typed."""
        return True

    def choices(self) -> list[Choice]:
        """The one that is set."""
        text = self.opening.text
        return [_choice(text, self.opening.names.get(text, text))] if text else []

    @on(Chooser.Typed)
    def follow_typing(self, event: Chooser.Typed) -> None:
        """Look for what was typed."""
        event.stop()
        self.search(event.text.strip())

    def search(self, text: str) -> None:
        """Ask for records, where the schema says of which type."""
        record_type = self.opening.attribute.related_record_type
        if record_type is not None:
            self.post_message(self.RecordsRequested(self, record_type, text))

    def offer_records(self, record_type: str, found: Sequence[tuple[str, str]]) -> None:
        """Offer what was found."""
        if record_type == self.opening.attribute.related_record_type:
            self.chooser.offer([_choice(key, name) for key, name in found] or self.choices())


def _choice(record_id: str, name: str) -> Choice:
    return Choice(record_id, shown(name), shown(record_id[:8]))

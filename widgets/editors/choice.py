"""One of several: stages, selects, enumerations, yes or no."""

from textual import on
from textual.app import ComposeResult

from app.domain.safe_text import Shown, shown
from widgets.chooser import Choice, Chooser
from widgets.editors.editor import Editor, Opening


class ChooserEditor(Editor):
    """Asks with a list that narrows while one types."""

    HINT = "type to narrow, Enter takes it, Esc leaves"

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self.chooser = Chooser()

    def compose(self) -> ComposeResult:
        """The keys, and the choices below the line."""
        yield self.title
        yield self.chooser

    def on_mount(self) -> None:
        """Ask."""
        self.chooser.ask(
            shown(self.opening.attribute.display_name),
            self.choices(),
            placeholder="type to narrow",
            takes_text=self.takes_text,
        )

    @property
    def takes_text(self) -> bool:
        """Whether what is typed is an answer too."""
        return False

    def choices(self) -> list[Choice]:
        """What can be taken."""
        raise NotImplementedError

    @on(Chooser.Chosen)
    def take(self, event: Chooser.Chosen) -> None:
        """Tell what was taken, and leave."""
        event.stop()
        self.tell(event.typed if event.key is None else event.key)
        self.action_finish()

    @on(Chooser.Left)
    def leave(self, event: Chooser.Left) -> None:
        """Nothing was taken."""
        event.stop()
        self.action_finish()

    @on(Chooser.Typed)
    def keep_to_itself(self, event: Chooser.Typed) -> None:
        """A half-typed name is no value."""
        event.stop()


class ChoiceEditor(ChooserEditor):
    """The options that the schema lists; where it lists none, any text."""

    @property
    def takes_text(self) -> bool:
        """Whether the schema leaves the choices open."""
        return not self.opening.attribute.options

    def choices(self) -> list[Choice]:
        """The options in the workspace's order; the one that is set says so."""
        return [
            Choice(
                row.api_name,
                shown(row.display_value),
                Shown("as it is") if row.api_name == self.opening.text else shown(row.api_name),
            )
            for row in self.opening.attribute.options
        ]


class BooleanEditor(ChooserEditor):
    """Yes or no."""

    def choices(self) -> list[Choice]:
        """Both."""
        return [Choice("true", Shown("yes")), Choice("false", Shown("no"))]

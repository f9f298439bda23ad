"""The pane in which the query of a tab is built, beside the table or over it."""

from app.controller.browse import Browser, TypeView
from app.domain.expression import Condition
from app.domain.safe_text import Shown, shown
from widgets.query_builder import BuilderView, QueryBuilder


class QueryPane(QueryBuilder):
    """Hidden until `open_for`."""

    @property
    def is_open(self) -> bool:
        """Whether it is on screen."""
        return self.has_class("-open")

    def open_for(self, browser: Browser, view: TypeView) -> None:
        """Show the query of a view and take the focus."""
        self.add_class("-open")
        self.show_view(browser, view)
        self.list.focus()

    def close(self) -> None:
        """Hide it; the caller gives the focus on."""
        self.leave_chooser()
        self.remove_class("-open")

    def show_view(self, browser: Browser, view: TypeView) -> None:
        """Bring it up to the view, if it is open and the view has a schema."""
        if not self.is_open or view.schema is None:
            return
        asking = browser.asking

        def text_of(condition: Condition) -> Shown:
            meaning = asking.meaning(view.record_type, condition)
            text = asking.condition_text(view.record_type, condition)
            return shown(f"{text}  ({meaning})" if meaning else text)

        self.show(
            BuilderView(
                view.schema,
                asking.schemas,
                asking.calendar,
                view.expression,
                text_of,
                {},
                bool(browser.backend.resources.rule(view.record_type).query_scopes),
            )
        )

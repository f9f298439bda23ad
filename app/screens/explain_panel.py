"""The pane that explains: why, the request, the log, a whole value; and what of it `y` copies."""

from functools import partial
from typing import TYPE_CHECKING

from app.domain.safe_text import Shown, shown
from app.screens import explanations
from widgets.panel import Layout, Panel

if TYPE_CHECKING:
    from app.controller.browse import TypeView
    from app.controller.session import Session
    from app.domain.capabilities import Capability
    from app.domain.fields import Field
    from app.domain.requests import PreparedRequest
    from app.domain.schema import Attribute, RecordType

_WHY = "why: what the API allows here, and on what evidence"


class ExplainPanel(Panel):
    """Asked for the same thing twice it closes."""

    copied: str | None = None
    """What `y` copies while it is open; `None`: its text as it stands."""

    def toggle(self, kind: str, title: Shown, layout: Layout, copied: str | None = None) -> bool:
        """Show a text, or close when it shows that kind already; whether it is open now."""
        if self.kind == kind:
            self.close()
            return False
        self.copied = copied
        self.open_with(kind, title, layout)
        return True

    def why(
        self,
        session: "Session",
        view: "TypeView",
        field: "Field | None",
        refusal: tuple[str, "Capability"] | None,
    ) -> bool:
        """Why the last refusal; else what may be done to a field, or to the record type of a view without one."""
        if refusal is not None:
            return self.why_refused(*refusal)
        attribute = field.attribute if field is not None else view.attribute(view.column)
        if view.error is not None or view.schema is None or attribute is None:
            return self.why_view(session, view)
        return self.why_attribute(session, view.schema, attribute)

    def why_attribute(
        self, session: "Session", schema: "RecordType", attribute: "Attribute"
    ) -> bool:
        """What may be done to an attribute and its record type."""
        layout = partial(explanations.why_attribute, session, schema, attribute)
        return self.toggle("why", Shown(_WHY), layout)

    def why_refused(self, word: str, capability: "Capability") -> bool:
        """Why something that was just asked for cannot be done."""
        return self.toggle(
            "why", Shown("why not"), partial(explanations.why_refused, word, capability)
        )

    def why_view(self, session: "Session", view: "TypeView") -> bool:
        """Why a view is as it is: what failed, or what may be done with its record type."""
        if view.error is not None:
            layout = partial(explanations.why_failed, view.error)
            return self.toggle("why", Shown("what went wrong"), layout)
        if view.schema is None:
            return False
        layout = partial(explanations.why_record_type, session, view.schema)
        return self.toggle("why", Shown(_WHY), layout)

    def request(self, request: "PreparedRequest", command: str) -> None:
        """A request in its three faces; the focus stays where it is."""
        self.copied = explanations.request_text(request, command)
        self.open_with(
            "request",
            Shown("the request, byte for byte, without the key"),
            partial(explanations.request_items, request, command),
            takes_focus=False,
        )

    def requests(self, session: "Session") -> bool:
        """Every request of the session."""
        entries = session.backend.log.entries
        title = Shown(f"{session.backend.log.sent} requests, newest first")
        return self.toggle("log", title, lambda _: explanations.log_items(entries))

    def whole_value(self, field: "Field") -> bool:
        """One value whole."""
        attribute = field.attribute
        return self.toggle(
            "value",
            shown(f"{attribute.display_name} [{attribute.value_type}]"),
            partial(explanations.value_items, attribute, field.value),
            explanations.value_text(attribute, field.value),
        )

    @property
    def text(self) -> str:
        """What `y` copies."""
        return self.copied if self.copied is not None else self.view.text

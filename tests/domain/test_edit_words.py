"""Values of a form in words."""

import pytest

from app.domain.edit_words import EMPTY_LIST, EMPTY_TEXT, NULL, item_edit_words, value_words
from app.domain.edits import UNSET, Unset
from app.domain.journal import EditAction, ItemEdit
from app.domain.values import Json
from tests.support.small_workspace import STAGES, attribute


@pytest.mark.parametrize(
    ("value_type", "value", "words"),
    [
        ("string", UNSET, "(not sent)"),
        ("string", None, NULL),
        ("string", "", EMPTY_TEXT),
        ("string", [], EMPTY_LIST),
        ("string", "CTO", "CTO"),
        ("boolean", False, "no"),
        ("number", 0, "0"),
        ("currency", 12000, "12,000"),
        ("percent", 7, "7%"),
        ("contact_stage", "won", "Won"),
        ("record_reference", "id-1", "J. Diaz"),
        ("record_reference", "id-2", "id-2"),
        ("address", {"city": "Lyon", "country": "FR", "state": None}, "Lyon, FR"),
        ("contact_email", [{"email": "a@x.test", "is_primary": True}], "a@x.test"),
        ("string", ["a", "b"], "a, b"),
    ],
)
def test_a_value_as_a_person_reads_it(value_type: str, value: Json | Unset, words: str) -> None:
    """Absent, null, empty text and empty list are four things."""
    options = STAGES if value_type == "contact_stage" else ()
    row = attribute("field", value_type, options=options)
    assert value_words(row, value, {"id-1": "J. Diaz"}) == words


def test_what_is_done_to_items() -> None:
    """Counted by kind."""
    edits = tuple(
        ItemEdit(attribute="emails", action=action)
        for action in (EditAction.ADD, EditAction.REMOVE, EditAction.REMOVE)
    )
    assert item_edit_words(edits) == "1 to add, 2 to remove"

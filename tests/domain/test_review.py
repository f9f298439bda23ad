"""What a review tells of the writes in it."""

from dataclasses import replace

from app.domain.edits import UNSET, Change
from app.domain.journal import IntentKind
from app.domain.planned import PlannedWrite, kept_item
from app.domain.query import Filter
from app.domain.requests import PreparedRequest
from app.domain.review import DiffRow, Review, ReviewLine, diff_rows, differences, warnings_of
from app.domain.unique_values import unique_filters
from app.domain.values import Json
from tests.support.small_workspace import small_record_types

TYPES = {row.api_name: row for row in small_record_types()}


def write(kind: IntentKind, **values: Json) -> PlannedWrite:
    """A write of some values to a record, an item or a link."""
    changes = tuple(Change(name, value) for name, value in values.items())
    name = "" if kind in (IntentKind.PATCH, IntentKind.CREATE) else "part"
    return PlannedWrite(
        kind=kind, record_type="contact", record_id="c1", changes=changes, name=name, target_id="p1"
    )


def test_rows_show_old_beside_new() -> None:
    """Absent, null and empty apart; removed parts have no new side."""
    rows = diff_rows(write(IntentKind.PATCH, a=None, b=""), {"a": "x"}, {"a": "x"})
    assert rows == (DiffRow("a", "x", None), DiffRow("b", UNSET, ""))
    assert [(row.old_text, row.new_text) for row in rows] == [('"x"', "null"), ("", '""')]
    was = kept_item("part", "p1", {"role": "x"})
    assert diff_rows(write(IntentKind.SET_ITEM, role="y"), was, {}) == (
        DiffRow("part.role", "x", "y"),
    )
    assert diff_rows(write(IntentKind.UNLINK), was, {}) == (DiffRow("part.role", "x", UNSET),)


def test_requests_are_counted_with_those_that_read() -> None:
    """And warnings are told once."""
    request = PreparedRequest("PATCH", "memory://x", "/y", b"{}", (("If-Match", "v"),))
    read = PreparedRequest("GET", "memory://x", "/y")
    patch = write(IntentKind.PATCH)
    line = ReviewLine(id="1", write=patch, request=request, reads=(read,), warnings=("Careful.",))
    review = Review(workspace="w", lines=(line, line))
    assert (review.request_count, review.warnings, review.is_empty) == (4, ("Careful.",), False)
    assert line.headers[:2] == ("If-Match: v", "Content-Type: application/json")
    assert not any("secret" in row for row in line.headers)


def test_what_a_write_does_beyond_its_rows_is_a_warning() -> None:
    """A deal that moves, a unique value, an archive, another primary item."""
    deal = TYPES["opportunity"]
    assert "moves a deal" in warnings_of(deal, write(IntentKind.PATCH, stage="won"))[0]
    assert warnings_of(deal, write(IntentKind.CREATE, stage="won")) == ()
    contact = TYPES["contact"]
    assert "unique" in warnings_of(contact, write(IntentKind.PATCH, primary_email="a@b"))[0]
    assert warnings_of(contact, write(IntentKind.PATCH, stage="won", title="x")) == ()
    assert "cannot be undone" in warnings_of(contact, write(IntentKind.ARCHIVE))[0]
    assert "primary" in warnings_of(contact, write(IntentKind.SET_ITEM, is_primary=True))[0]
    assert warnings_of(contact, write(IntentKind.SET_ITEM, is_primary=False)) == ()


def test_what_a_server_made_of_it_is_told() -> None:
    """Another writing of what was sent, and what changed along with it; nothing else."""
    sent: dict[str, Json] = {"email": "A@B", "title": "x"}
    before: dict[str, Json] = {"email": "old", "name": "One", "title": "y", "same": 1}
    found: dict[str, Json] = {"email": "a@b", "name": "Two", "title": "x", "same": 1, "new": 2}
    assert differences(sent, before, found) == (
        DiffRow("email", "A@B", "a@b"),
        DiffRow("name", "One", "Two"),
    )


def test_a_record_is_looked_for_by_each_unique_value() -> None:
    """Also by items, and by what their members are called; never by what many may have, or by nothing."""
    contact = TYPES["contact"]
    assert unique_filters(contact, {"primary_email": "a@b", "title": "x"}) == (
        Filter("primary_email", "eq", "a@b"),
    )
    assert unique_filters(contact, {"primary_email": None, "title": "x"}) == ()
    assert unique_filters(contact, {"primary_email": ""}) == ()
    emails = replace(contact.attribute_by_name["contact_emails"], is_unique=True)
    listed = replace(contact, attributes=(emails,))
    wanted = (Filter("contact_emails", "eq", "a@b"),)
    assert unique_filters(listed, {"contact_emails": [{"email": "a@b"}]}) == wanted
    assert unique_filters(listed, {"contact_emails": "a@b"}) == wanted
    assert unique_filters(listed, {"email": "a@b"}) == wanted

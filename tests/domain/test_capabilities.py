"""The resource matrix, cell by cell, and the reasons it gives.

Source: Public API v2, Supported Resources. The table below is the page's, transcribed; it shares nothing with the code.
"""

import pytest

from app.domain.capabilities import (
    READING,
    Action,
    Answer,
    Source,
    Support,
    attribute_filter,
    attribute_sort,
    attribute_write,
    may,
    relationship_write,
)
from app.domain.schema import Attribute, RecordType, Relationship
from app.wire.public_v2.matrix import RESOURCES

PAGE = """
Resource | Create | Read by ID | Query | Patch | Archive | _assert | Relationships | Attribute sub-resources
contact | Supported | Supported | Supported | Supported | Supported | Supported | Typed accounts, typed opportunities, and generic relationship names | contact_emails, contact_phone_numbers; other names return 400 unsupported
account | Supported | Supported | Supported | Supported | Supported | Supported | Typed contacts and generic relationship names | domains; other attribute names are not routed
opportunity | Supported | Supported | Supported | Supported | Supported | Not available | Typed contacts and generic relationship names | Generic attribute names return 400 unsupported
task | Supported | Supported | Supported | Supported | Supported | Not available | Generic relationship names | Generic attribute names return 400 unsupported
note | Supported | Supported | Supported | Supported | Supported | Not available | Generic relationship names | Generic attribute names return 400 unsupported
meeting | Explicit 405 | Supported | Supported | Explicit 405 | Explicit 405 | Not available | Generic relationship reads only | Generic attribute names return 400 unsupported
activity | Supported | Not available | Supported | Not available | Not available | Not available | Not available | Not available
Custom objects | Supported | Supported | Supported | Supported | Supported | Not available | Generic relationship names | Not available
"""  # noqa: E501  # the page's rows, each on a line

SIMPLE = {
    "Create": Action.CREATE,
    "Read by ID": Action.READ,
    "Query": Action.QUERY,
    "Patch": Action.PATCH,
    "Archive": Action.ARCHIVE,
    "_assert": Action.ASSERT,
}
WORDS = {
    "Supported": Support.SUPPORTED,
    "Not available": Support.NOT_AVAILABLE,
    "Explicit 405": Support.EXPLICIT_405,
}
RELATIONSHIPS = {
    "Typed accounts, typed opportunities, and generic relationship names": (
        ("accounts", "opportunities"),
        True,
        True,
    ),
    "Typed contacts and generic relationship names": (("contacts",), True, True),
    "Generic relationship names": ((), True, True),
    "Generic relationship reads only": ((), True, False),
    "Not available": None,
}
ITEMS = {
    "contact_emails, contact_phone_numbers; other names return 400 unsupported": (
        ("contact_emails", "contact_phone_numbers"),
        Support.UNSUPPORTED_400,
    ),
    "domains; other attribute names are not routed": (("domains",), Support.NOT_ROUTED),
    "Generic attribute names return 400 unsupported": ((), Support.UNSUPPORTED_400),
    "Not available": ((), Support.NOT_AVAILABLE),
}
HEADER, *ROWS = [[cell.strip() for cell in line.split("|")] for line in PAGE.strip().splitlines()]
CELLS = [
    (row[0], column, cell) for row in ROWS for column, cell in zip(HEADER[1:], row[1:], strict=True)
]


def record_type_of(resource: str) -> str:
    """The name to ask the matrix by: any unknown name is a custom object."""
    return "renewal" if resource == "Custom objects" else resource


def test_the_page_has_eight_rows_of_eight_cells() -> None:
    """And the matrix has the same resources in the same order."""
    assert len(CELLS) == 64
    assert [*RESOURCES.rules] == [row[0] for row in ROWS[:-1]]
    assert RESOURCES.rule("renewal") is RESOURCES.custom


@pytest.mark.parametrize(("resource", "column", "cell"), CELLS)
def test_every_cell_of_the_page(resource: str, column: str, cell: str) -> None:
    """Exactly what the page says, for rights and for reasons."""
    name = record_type_of(resource)
    rule = RESOURCES.rule(name)
    if column in SIMPLE:
        action, support = SIMPLE[column], WORDS[cell]
        assert rule.support(action) is support
        capability = RESOURCES.capability(name, action)
        assert capability.is_open is (support is Support.SUPPORTED)
        assert capability.source is Source.DOCUMENTED
    elif column == "Relationships":
        wanted = RELATIONSHIPS[cell]
        if wanted is None:
            assert rule.relationships is None
            assert rule.support(Action.RELATIONSHIP_READ) is Support.NOT_AVAILABLE
            assert rule.support(Action.RELATIONSHIP_WRITE) is Support.NOT_AVAILABLE
            assert rule.support(Action.EDGE_PATCH) is Support.NOT_AVAILABLE
        else:
            assert rule.relationships is not None
            assert rule.relationships.typed == wanted[0]
            assert rule.relationships.is_generic is wanted[1]
            assert rule.relationships.is_writable is wanted[2]
            assert rule.support(Action.RELATIONSHIP_READ) is Support.SUPPORTED
    else:
        names, otherwise = ITEMS[cell]
        assert rule.attribute_items.names == names
        assert rule.attribute_items.otherwise is otherwise
        assert RESOURCES.attribute_items(name, "any_other") is otherwise
        for attribute in names:
            assert RESOURCES.attribute_items(name, attribute) is Support.SUPPORTED


def test_a_refused_method_and_a_refused_name_are_told_apart() -> None:
    """405 is about the resource, 400 about the sub-resource; an endpoint that is not there is neither."""
    refused_method = RESOURCES.capability("meeting", Action.CREATE)
    refused_name = RESOURCES.capability("meeting", Action.ATTRIBUTE_ITEMS)
    absent = RESOURCES.capability("meeting", Action.ASSERT)
    assert refused_method.error_code == "method_not_allowed"
    assert "read-only" in refused_method.reason
    assert refused_name.error_code == "sub_resource_not_supported"
    assert "refuses every name" in refused_name.reason
    assert absent.error_code is None
    assert "not implemented" in absent.reason
    assert len({refused_method.reason, refused_name.reason, absent.reason}) == 3


def test_meetings_are_read_only_and_nothing_else_is() -> None:
    """Activities are append-only: they can be created."""
    assert [name for name, rule in RESOURCES.rules.items() if rule.is_read_only] == ["meeting"]
    assert RESOURCES.capability("meeting", Action.RELATIONSHIP_WRITE).answer is Answer.NO
    assert RESOURCES.capability("activity", Action.CREATE).is_open


def test_links_are_edited_on_typed_routes_only() -> None:
    """Generic relationship PATCH is not available; the way out is named."""
    assert RESOURCES.edge_patch("contact", "accounts").is_open
    assert RESOURCES.edge_patch("contact", "opportunities").is_open
    assert RESOURCES.edge_patch("account", "contacts").is_open
    generic = RESOURCES.edge_patch("contact", "renewals")
    assert not generic.is_open
    assert generic.instead == "Remove the link and add it again."
    assert RESOURCES.edge_patch("meeting", "contacts").instead == ""
    assert not RESOURCES.edge_patch("activity", "contacts").is_open


def test_an_activity_query_needs_a_scope() -> None:
    """One of three. Source: reference, activity timeline; at least one is our choice."""
    scopes = RESOURCES.rule("activity").query_scopes
    assert dict(scopes) == {
        "contact": "contact_id",
        "account": "account_id",
        "opportunity": "opportunity_id",
    }
    reason = RESOURCES.capability("activity", Action.QUERY).reason
    assert "within one contact or account or opportunity" in reason
    assert all(
        not rule.query_scopes for name, rule in RESOURCES.rules.items() if name != "activity"
    )


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("record_type", [*RESOURCES.rules, "renewal"])
def test_our_policy_closes_only_what_is_open_and_writes(record_type: str, action: Action) -> None:
    """Read-only is no excuse for what the API refuses anyway."""
    documented = RESOURCES.capability(record_type, action)
    free = may(RESOURCES, record_type, action, is_read_only=False)
    guarded = may(RESOURCES, record_type, action, is_read_only=True)
    assert free == documented
    if documented.is_open and action not in READING:
        assert guarded.source is Source.POLICY
        assert guarded.answer is Answer.NO
    else:
        assert guarded == documented
    assert documented.reason.startswith(record_type)
    assert documented.evidence == "Public API v2, Supported Resources"


def test_what_the_page_does_not_say_of_junctions_is_not_made_up() -> None:
    """Unknown, and labelled as an assumption."""
    write = may(RESOURCES, "contact_account", Action.PATCH, is_read_only=False, is_junction=True)
    assert (write.answer, write.source) == (Answer.UNKNOWN, Source.ASSUMED)
    read = may(RESOURCES, "contact_account", Action.READ, is_read_only=False, is_junction=True)
    assert read.is_open


TITLE = Attribute(
    "title", "Title", "string", is_creatable=True, is_updatable=True, is_sortable=True,
    is_filterable=True, filter_operators=("eq", "contains"),
)  # fmt: skip
NAME = Attribute("full_name", "Full name", "string")
EMAILS = Attribute("contact_emails", "E-mails", "contact_email", is_array=True)
ACCOUNTS = Relationship("accounts", "Accounts", "account", is_creatable=True)
MEETINGS = Relationship("meetings", "Meetings", "meeting")
CONTACT = RecordType(
    "contact",
    "Contact",
    attributes=(TITLE, NAME, EMAILS),
    relationships=(ACCOUNTS, MEETINGS),
)


def test_an_attribute_is_locked_by_what_the_schema_declares() -> None:
    """The reason quotes the flag and where it stands, and adds no cause."""
    patch = attribute_write(RESOURCES, CONTACT, NAME, Action.PATCH, is_read_only=False)
    assert (patch.answer, patch.source) == (Answer.NO, Source.DECLARED)
    assert "is_updatable=false for contact.full_name" in patch.reason
    assert patch.evidence == "GET _schema/contact, /attributes/1/is_updatable"
    assert patch.error_code == "field_not_updatable"
    create = attribute_write(RESOURCES, CONTACT, NAME, Action.CREATE, is_read_only=False)
    assert create.error_code == "field_not_creatable"
    items = attribute_write(RESOURCES, CONTACT, EMAILS, Action.PATCH, is_read_only=False)
    assert "one by one" in items.instead
    for action in (Action.CREATE, Action.PATCH):
        assert attribute_write(RESOURCES, CONTACT, TITLE, action, is_read_only=False).is_open
        guarded = attribute_write(RESOURCES, CONTACT, TITLE, action, is_read_only=True)
        assert guarded.source is Source.POLICY


def test_a_resource_that_refuses_comes_before_its_attributes() -> None:
    """A meeting's title is locked because meetings are."""
    meeting = RecordType("meeting", "Meeting", attributes=(TITLE,))
    patch = attribute_write(RESOURCES, meeting, TITLE, Action.PATCH, is_read_only=False)
    assert (patch.source, patch.error_code) == (Source.DOCUMENTED, "method_not_allowed")


def test_filters_and_sorts_follow_the_schema() -> None:
    """With the operators it lists and the code a refusal would carry."""
    assert attribute_filter(CONTACT, TITLE).reason == "Filters on contact.title: eq contains."
    assert attribute_sort(CONTACT, TITLE).is_open
    assert attribute_filter(CONTACT, NAME).error_code == "invalid_filter_field"
    assert attribute_sort(CONTACT, NAME).error_code == "unsortable_field"


def test_links_follow_the_schema_after_the_page() -> None:
    """A relationship that is not creatable is locked even where the page allows writes."""
    assert relationship_write(RESOURCES, CONTACT, ACCOUNTS, is_read_only=False).is_open
    locked = relationship_write(RESOURCES, CONTACT, MEETINGS, is_read_only=False)
    assert (locked.source, locked.answer) == (Source.DECLARED, Answer.NO)
    meeting = RecordType("meeting", "Meeting", relationships=(ACCOUNTS,))
    refused = relationship_write(RESOURCES, meeting, ACCOUNTS, is_read_only=False)
    assert refused.source is Source.DOCUMENTED

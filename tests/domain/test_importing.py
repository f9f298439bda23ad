"""Rows as changes: which column means what, what each cell is, and every reason why not."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.edits import Change
from app.domain.import_plan import ImportPlan, match_of, plan_import
from app.domain.import_source import CannotImport, SourceRow
from app.domain.importing import ImportRow, cell_value, read_row, required_faults
from app.domain.values import VALUE_TYPES, Json
from app.wire.public_v2.matrix import RESOURCES
from tests.support.small_workspace import STAGES, attribute, small_record_types

TYPES = {row.api_name: row for row in small_record_types()}
CONTACT = TYPES["contact"]
NAMES = ("first_name", "last_name")


def plan(
    *columns: str, match: str | None = None, given: Mapping[str, str | None] | None = None
) -> ImportPlan:
    """A plan over contacts."""
    return plan_import(RESOURCES, CONTACT, columns, match=match, given=given)


def read(of: ImportPlan, **cells: Json) -> ImportRow:
    """A row of these cells."""
    return read_row(of, SourceRow(1, 2, cells))


def test_columns_are_known_by_name_title_or_either_folded() -> None:
    """What is like nothing is not written, and says so."""
    uses = plan("first_name", "Last name", "PRIMARY-E MAIL", "Shoe size").uses
    assert [use.attribute.api_name if use.attribute else None for use in uses] == [
        "first_name", "last_name", "primary_email", None,
    ]  # fmt: skip
    assert uses[3].why_not == "no attribute is called so"


def test_a_mapping_by_hand_counts_more() -> None:
    """A column may set another attribute, or nothing."""
    made = plan(*NAMES, "title", "Job", given={"title": None, "Job": "title"})
    assert made.written["Job"].api_name == "title"
    assert "title" not in made.written


def test_what_cannot_be_written_says_why() -> None:
    """An export has such columns: they are no reason to refuse it, unless it was asked for."""
    uses = plan(*NAMES, "display_name").uses
    assert "is_creatable=false" in uses[2].why_not
    with pytest.raises(CannotImport, match="is_creatable=false"):
        plan(*NAMES, "x", given={"x": "display_name"})


@pytest.mark.parametrize(
    ("columns", "match", "given", "told"),
    [
        (("last_name",), None, {}, "cannot be made without first_name: no column holds it"),
        (("x",), None, {}, "No column of the file means"),
        ((*NAMES, "Title", "title"), None, {}, "Title and title both mean title"),
        (NAMES, None, {"first_name": "frist_name"}, "has no attribute frist_name"),
        (NAMES, None, {"x": "title"}, "has no column 'x'"),
        (NAMES, "title", {}, "no unique attribute"),
        (NAMES, "primary_email", {}, "No column holds primary_email"),
    ],
)
def test_a_wrong_plan_is_refused(
    columns: tuple[str, ...], match: str | None, given: dict[str, str | None], told: str
) -> None:
    """Before a row is read."""
    with pytest.raises(CannotImport) as caught:
        plan(*columns, match=match, given=given)
    assert told in str(caught.value)


def test_a_type_that_takes_no_records_is_refused() -> None:
    """With the rule and its source."""
    with pytest.raises(CannotImport, match="DOCUMENTED"):
        plan_import(RESOURCES, TYPES["meeting"], ["title"])


def test_a_match_may_be_a_member_of_items() -> None:
    """Accounts are known by a domain, which `_assert` calls by another name than the attribute."""
    domains = attribute(
        "domains", "account_domain", is_array=True, is_unique=True, is_creatable=False
    )
    account = TYPES["account"]
    unique = type(account)("account", "Account", attributes=(*account.attributes[:4], domains))
    assert match_of(unique, "domain_name").attribute is domains
    assert match_of(unique, "domains").name == "domain_name"


def test_a_matched_row_knows_its_value() -> None:
    """Without one there is nothing to match by."""
    made = plan("primary_email", "title", match="primary_email")
    assert read(made, primary_email=" a@x.example ").match == "a@x.example"
    assert [str(fault) for fault in read(made, title="CTO").faults] == [
        "line 2, primary_email: is empty: nothing to match by"
    ]


def test_every_bad_cell_is_told() -> None:
    """Line, column and reason of each, and what is good is kept."""
    row = read(plan(*NAMES, "stage", "sms_consent"), first_name="A", stage="gone", sms_consent="x")
    assert [(fault.column, fault.text) for fault in row.faults] == [
        ("stage", "gone"),
        ("sms_consent", "x"),
    ]
    assert row.changes == (Change("first_name", "A"),)
    assert [fault.code for fault in required_faults(plan(*NAMES), row)] == [
        "field_required_missing"
    ]


def test_a_cell_put_right_counts() -> None:
    """A text in the place of a cell; an empty one takes the cell away."""
    source = SourceRow(1, 2, {"first_name": "A", "last_name": "B", "stage": "gone"})
    made = plan(*NAMES, "stage")
    assert not read_row(made, source, {"stage": "won"}).faults
    assert read_row(made, source, {"stage": ""}).changes == (
        Change("first_name", "A"),
        Change("last_name", "B"),
    )


def test_a_row_of_another_type_is_refused() -> None:
    """Exported rows say what they are."""
    row = read_row(plan(*NAMES), SourceRow(1, 2, {"first_name": "A"}, None, "account"))
    assert "is of the type account, not contact" in row.faults[0].why


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("string", " a ", " a "),
        ("number", " 12.50 ", Decimal("12.50")),
        ("boolean", "Yes", True),
        ("boolean", False, False),
        ("currency", Decimal("1.5"), Decimal("1.5")),
        ("string", None, None),
        ("address", '{"city": "Lyon"}', {"city": "Lyon"}),
        ("address", {"city": "Lyon"}, {"city": "Lyon"}),
    ],
)
def test_a_cell_becomes_a_value(kind: str, cell: Json, value: object) -> None:
    """By the value type; JSON keeps its own kinds."""
    assert cell_value(attribute("a", kind), cell) == value


@pytest.mark.parametrize(
    ("kind", "cell"),
    [("string", 3), ("string", True), ("number", True), ("boolean", 1), ("number", "a lot"), ("string", {"a": 1}),
     ("string", ["a"]), ("address", "{city"), ("address", "Lyon"), ("aura", "calm")],
)  # fmt: skip
def test_a_cell_of_another_kind_is_refused(kind: str, cell: Json) -> None:
    """In words, never as an exception of another sort."""
    with pytest.raises(ValueError, match=r"\w"):
        cell_value(attribute("a", kind), cell)


def test_items_stand_between_semicolons() -> None:
    """The first is the primary one; JSON says it all."""
    emails = attribute("contact_emails", "contact_email", is_array=True)
    assert cell_value(emails, "a@x.example; b@x.example") == [
        {"email": "a@x.example", "is_primary": True},
        {"email": "b@x.example", "is_primary": False},
    ]
    assert cell_value(emails, '[{"email": "c@x.example"}]') == [{"email": "c@x.example"}]
    stages = attribute("stages", "select", is_array=True, options=STAGES)
    assert cell_value(stages, "Won; lost") == ["won", "lost"]


CELL = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.decimals(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(kind=st.sampled_from([*VALUE_TYPES, "aura"]), is_array=st.booleans(), cell=CELL)
def test_no_cell_ends_in_anything_but_a_value_or_a_reason(
    kind: str, is_array: bool, cell: Json
) -> None:
    """Whatever a file holds."""
    with suppress(ValueError):
        cell_value(attribute("a", kind, is_array=is_array), cell)

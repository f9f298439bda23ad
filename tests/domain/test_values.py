"""Values as people and scripts see them."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.json_text import dump_json
from app.domain.values import (
    VALUE_TYPES,
    Address,
    DomainItem,
    EmailItem,
    Json,
    Option,
    Ordering,
    PhoneItem,
    Raw,
    Reference,
    Value,
    plain,
    show,
    value_type,
)
from tests.domain.strategies import scalars_by_type

STAGE = Option("1", "working", "Working", "#6966FF")
EMAIL = EmailItem("1", "a@b.example", True, ("WORK",))
PHONE = PhoneItem("2", "+14155550123", False)
DOMAIN = DomainItem("acme.com", True, "ACTIVE")
MOMENT = datetime(2026, 6, 1, 10, 5, 59, 123000, UTC)


@pytest.mark.parametrize(
    ("name", "value", "shown", "scripted"),
    [
        ("string", "Dana", "Dana", "Dana"),
        ("number", 1234567, "1,234,567", 1234567),
        ("number", Decimal("1234.50"), "1,234.50", Decimal("1234.50")),
        ("number", -5, "-5", -5),
        ("percent", Decimal("12.5"), "12.5%", Decimal("12.5")),
        ("currency", Decimal("1250000.50"), "1,250,000.50", Decimal("1250000.50")),
        ("boolean", True, "yes", True),
        ("boolean", False, "no", False),
        ("timestamp", MOMENT, "2026-06-01 10:05", "2026-06-01T10:05:59.123Z"),
        (
            "timestamp",
            datetime(2026, 6, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-05-31 23:00",
            "2026-05-31T23:00:00Z",
        ),
        ("date", date(2026, 6, 1), "2026-06-01", "2026-06-01"),
        ("time", time(10, 30), "10:30", "10:30:00"),
        ("time", time(10, 30, 5), "10:30:05", "10:30:05"),
        ("select", STAGE, "Working", "working"),
        ("contact_stage", STAGE, "Working", "working"),
        ("record_reference", Reference("user", "3e9a4a35-6f5c", "J. Diaz"), "J. Diaz", "3e9a4a35-6f5c"),
        ("record_reference", Reference("user", "3e9a4a35-6f5c"), "user 3e9a4a35", "3e9a4a35-6f5c"),
        (
            "contact_email",
            EMAIL,
            "a@b.example",
            {"id": "1", "email": "a@b.example", "is_primary": True, "labels": ["WORK"]},
        ),
        (
            "contact_phone_number",
            PHONE,
            "+14155550123",
            {"id": "2", "phone_number": "+14155550123", "is_primary": False, "labels": []},
        ),
        (
            "account_domain",
            DOMAIN,
            "acme.com",
            {"domain_name": "acme.com", "is_primary": True, "status": "ACTIVE"},
        ),
        (
            "address",
            Address("1 Main Street", None, "Springfield", "IL", "US", "62701"),
            "1 Main Street, 62701, Springfield, IL, US",
            {
                "street_one": "1 Main Street",
                "street_two": None,
                "city": "Springfield",
                "state": "IL",
                "country": "US",
                "zip_code": "62701",
            },
        ),
        ("address", Address(), "", dict.fromkeys(
            ("street_one", "street_two", "city", "state", "country", "zip_code")
        )),
        ("string", None, "", None),
        ("contact_email", (EMAIL, EMAIL), "a@b.example, a@b.example", [
            {"id": "1", "email": "a@b.example", "is_primary": True, "labels": ["WORK"]}
        ] * 2),
        ("string", (), "", []),
        ("timestamp", Raw("yesterday", "not a timestamp"), "yesterday", "yesterday"),
        ("hologram", "x", "x", "x"),
        ("string", (Raw("1", "not a text"), "b"), "1, b", ["1", "b"]),
    ],
)  # fmt: skip
def test_show_and_plain(name: str, value: Value, shown: str, scripted: Json) -> None:
    """A person's form on one line, and a script's form as plain JSON."""
    assert show(value, name) == shown
    assert plain(value, name) == scripted


@given(st.data(), st.sampled_from(sorted(VALUE_TYPES)), st.sampled_from(sorted(VALUE_TYPES)))
def test_a_value_of_another_type_is_still_shown(data: st.DataObject, name: str, other: str) -> None:
    """A server that changes its mind between schema and record breaks nothing."""
    value = data.draw(scalars_by_type[name])
    assert isinstance(show(value, other), str)
    dump_json(plain(value, other))


def test_rows_are_sound() -> None:
    """Each row has its own name and a width that can be drawn."""
    for name, row in VALUE_TYPES.items():
        assert row.name == name == value_type(name).name
        assert 5 <= row.width_cells <= 40


def test_an_unknown_type_can_only_be_shown() -> None:
    """No operators, no order: nothing is offered that might be wrong."""
    row = value_type("hologram")
    assert (row.name, row.ordering, row.operators) == ("hologram", Ordering.NONE, frozenset())

"""Changes and the values they carry."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from app.domain.edits import UNSET, Change, WriteValue, sent, write_json
from app.domain.values import (
    Address,
    DomainItem,
    EmailItem,
    Json,
    Option,
    PhoneItem,
    Raw,
    Reference,
)


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (None, None),
        ("", ""),
        ("x", "x"),
        (True, True),
        (7, 7),
        (Decimal("10.50"), Decimal("10.50")),
        (datetime(2026, 1, 5, 10, tzinfo=timezone(timedelta(hours=1))), "2026-01-05T09:00:00Z"),
        (date(2026, 1, 5), "2026-01-05"),
        (time(9, 30), "09:30:00"),
        (Option("1", "working", "Working"), "working"),
        (Reference("user", "u1", "J. Diaz"), "u1"),
        (
            (EmailItem("e1", "a@b.test", True, ("WORK",)),),
            [{"email": "a@b.test", "is_primary": True, "labels": ["WORK"]}],
        ),
        (
            PhoneItem("p1", "+15550100", False),
            {"phone_number": "+15550100", "is_primary": False, "labels": []},
        ),
        (DomainItem("a.test", True, "ACTIVE"), {"domain_name": "a.test", "is_primary": True}),
        (
            Address(city="Lyon"),
            {
                "street_one": None,
                "street_two": None,
                "city": "Lyon",
                "state": None,
                "country": None,
                "zip_code": None,
            },
        ),
        ((), []),
        ({"related_record_match": {"email": "a@b.test"}}, None),
    ],
)
def test_a_value_is_written_as_the_api_takes_it(value: WriteValue, json: Json) -> None:
    """Scalars plainly, choices by name, references by id; JSON stays what it is."""
    assert write_json(value) == (value if isinstance(value, dict) else json)


@pytest.mark.parametrize(
    "value",
    [Raw("?", "unknown value type"), (Raw("?", "odd"),), datetime(2026, 1, 5)],  # noqa: DTZ001  # the point
)
def test_what_has_no_meaning_is_never_sent(value: WriteValue) -> None:
    """An unreadable value, and a moment that nobody can place."""
    with pytest.raises(ValueError, match=r"never sent|time zone"):
        write_json(value)


def test_absent_null_and_empty_are_three_things() -> None:
    """Absent is left out; null and empty are sent."""
    changes = (Change("a"), Change("b", UNSET), Change("c", None), Change("d", ""), Change("e", ()))
    assert [row.attribute for row in sent(changes)] == ["c", "d", "e"]
    assert repr(UNSET) == "UNSET"

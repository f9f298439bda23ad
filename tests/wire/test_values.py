"""Values of Public API v2: each type there and back, and what cannot be read."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.json_text import dump_json, parse_json
from app.domain.values import VALUE_TYPES, Json, Option, Raw, Reference, Value, plain, show
from app.wire.public_v2.values import (
    CODECS,
    UnreadValues,
    decode_value,
    decode_values,
    encode_value,
)
from tests.domain.strategies import json_values, scalars_by_type
from tests.wire.sample_files import object_in

EXPECTED: dict[str, Value] = {
    "string": "Dana",
    "number": Decimal("12.50"),
    "percent": 40,
    "currency": Decimal("1250000.50"),
    "boolean": True,
    "timestamp": datetime(2026, 6, 1, 10, tzinfo=UTC),
    "date": date(2026, 6, 1),
    "time": time(10, 30),
    "enum": "COMPLETED",
    "select": Option("5d2c", "gold", "Gold"),
    "record_reference": Reference("user", "3e9a"),
}


def test_every_value_type_has_a_codec_and_a_sample() -> None:
    """The domain's table, the wire's and the samples name the same types."""
    assert set(VALUE_TYPES) == set(CODECS) == set(object_in("values")) == set(scalars_by_type)


@pytest.mark.parametrize("name", list(CODECS))
def test_documented_form_is_read_and_written_back_the_same(name: str) -> None:
    """The sample's value decodes to the type's own class and encodes to the same JSON."""
    envelope = object_in("values")[name]
    value = decode_value(envelope)
    assert not isinstance(value, Raw)
    assert encode_value(value, name) == envelope
    if name in EXPECTED:
        assert value == EXPECTED[name]
        assert type(value) is type(EXPECTED[name])


@given(st.data(), st.sampled_from(sorted(CODECS)))
def test_any_value_survives_the_wire(data: st.DataObject, name: str) -> None:
    """Encode, write as JSON, parse, decode: equal, single and as an item of a list."""
    value = data.draw(scalars_by_type[name])
    for whole in (value, (value, value), ()):
        sent = parse_json(dump_json(encode_value(whole, name)).encode("utf-8", "surrogatepass"))
        assert decode_value(sent) == whole


@given(st.data(), st.sampled_from(sorted(CODECS)))
def test_any_value_can_be_shown_and_scripted(data: st.DataObject, name: str) -> None:
    """Neither form raises, and the script's form is JSON."""
    value = data.draw(scalars_by_type[name])
    assert isinstance(show(value, name), str)
    dump_json(plain(value, name))


@given(json_values)
def test_no_json_makes_reading_a_value_fail(document: Json) -> None:
    """Whatever a server sends, something can be shown."""
    value = decode_value(document)
    items = value if isinstance(value, tuple) else (value,)
    for item in items:
        assert show(item, "string") is not None
        if isinstance(item, Raw):
            assert item.why


@given(st.sampled_from([*CODECS, "hologram"]), json_values)
def test_no_value_of_a_known_type_makes_reading_fail(name: str, raw: Json) -> None:
    """A value of the wrong shape is raw text, not an error; one at a time, together and unread mean the same."""
    envelope: Json = {"value_type": name, "value": raw}
    value = decode_value(envelope)
    for values in (decode_values({"a": envelope}), UnreadValues({"a": envelope})):
        assert values == {"a": value}
        assert [type(item) for item in values.values()] == [type(value)]


def test_unread_values_have_no_others() -> None:
    """A name that was not sent is absent, as it is among values that were read; an empty one is there."""
    values = UnreadValues({"a": None})
    assert (values.get("a", "none"), values.get("b"), values.get("b", "none")) == (
        None,
        None,
        "none",
    )
    assert ("a" in values, "b" in values, [*values]) == (True, False, ["a"])


def test_empty_has_many_faces() -> None:
    """Null, an envelope around null, and an empty list."""
    assert decode_value(None) is None
    assert decode_value({"value_type": "string", "value": None}) is None
    assert decode_value({"value_type": "hologram", "value": None}) is None
    assert decode_value([]) == ()
    assert encode_value(None, "string") == {"value_type": "string", "value": None}


def test_an_unknown_type_is_shown_as_it_came() -> None:
    """Text stays text, anything else its JSON, digit for digit."""
    assert decode_value({"value_type": "duration", "value": "P1D"}) == Raw(
        "P1D", "unknown value type duration"
    )
    odd = decode_value({"value_type": "geo", "value": {"lat": Decimal("1.10")}})
    assert isinstance(odd, Raw)
    assert odd.text == '{"lat": 1.10}'


def test_what_cannot_be_read_is_never_sent() -> None:
    """A raw value must not come back as something else."""
    for value, name in ((Raw("x", "y"), "string"), ((Raw("x", "y"),), "string"), ("x", "hologram")):
        with pytest.raises(ValueError, match=r"never sent|unknown value type"):
            encode_value(value, name)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-01T10:00:00Z", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T12:00:00+02:00", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T10:00:00.5Z", datetime(2026, 6, 1, 10, 0, 0, 500000, UTC)),
    ],
)
def test_points_in_time_are_in_utc(text: str, moment: datetime) -> None:
    """Whatever zone the server writes."""
    value = decode_value({"value_type": "timestamp", "value": text})
    assert value == moment
    assert isinstance(value, datetime)
    assert value.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2016-12-31T23:59:60Z",
        "10000-01-01T00:00:00Z",
        "2026-06-01T10:00:00 Europe/Paris",
        "1767225600",
        "2026-06-01T10:00:00",
        "2026-13-01T00:00:00Z",
        "yesterday",
        "",
    ],
)
def test_a_broken_time_is_shown_as_it_came(text: str) -> None:
    """Never corrected, never guessed."""
    value = decode_value({"value_type": "timestamp", "value": text})
    assert isinstance(value, Raw)
    assert value.text == text


def test_money_takes_a_plain_number_too() -> None:
    """Writes send one, so a server may echo it."""
    assert decode_value({"value_type": "currency", "value": 150000}) == Decimal(150000)


def test_a_choice_may_be_a_bare_word() -> None:
    """The shape of a select is not documented."""
    assert decode_value({"value_type": "select", "value": "gold"}) == Option("gold", "gold", "gold")


def test_a_reference_may_have_a_name() -> None:
    """Our own server adds it when asked."""
    raw: Json = {
        "related_record_id": "1",
        "related_record_type": "user",
        "display_name": "J. Diaz",
    }
    value = decode_value({"value_type": "record_reference", "value": raw})
    assert value == Reference("user", "1", "J. Diaz")

"""A record type with an attribute of every value type, in memory; and values of each type in their three forms."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from hypothesis import strategies as st

from app.domain.operators import Comparable, fold
from app.domain.values import Json
from app.server.store.catalogue import insert
from app.server.store.columns import child_columns, child_table, table_columns
from app.server.store.cursors import CursorSigner
from app.server.store.ddl import create_indexes, create_tables
from app.server.store.definitions import AttributeDefinition, OptionDefinition, RecordTypeDefinition
from app.server.store.dialect import SQLITE
from app.server.store.identifiers import name_id, record_id
from app.server.store.operands import stored_moment
from app.server.store.readers import Reader, Workspace
from app.server.store.standard import attribute, options, system_attributes, words

_CHOICES: Final = options(
    "gadget.size",
    OptionDefinition("", "small", "Small one"),
    OptionDefinition("", "large", "Large one"),
    OptionDefinition("", "alpha", "Ärger"),
)
_STAGES: Final = options(
    "gadget.stage",
    OptionDefinition("", "zebra", "Zebra", "#000000"),
    OptionDefinition("", "ant", "Ant", "#FFFFFF"),
)

GADGET: Final = RecordTypeDefinition(
    "gadget",
    "Gadget",
    (
        *system_attributes(),
        attribute("display_name", "string", indexed=True),
        attribute("plain", "string"),
        attribute("story", "long_text"),
        attribute("page", "rich_text"),
        attribute("count", "number"),
        attribute("share", "percent"),
        attribute("price", "currency", indexed=True),
        attribute("flag", "boolean"),
        attribute("moment", "timestamp", indexed=True),
        attribute("day", "date"),
        attribute("hour", "time"),
        attribute("mail", "email", indexed=True),
        attribute("phone", "phone_number"),
        attribute("link", "url"),
        attribute("serial", "uuid"),
        attribute("colour", "enum", options=words("gadget.colour", "RED", "GREEN", "BLUE")),
        attribute("size", "select", options=_CHOICES, indexed=True),
        attribute("stage", "contact_stage", options=_STAGES, indexed=True),
        attribute("owner_user_id", "record_reference", to="user"),
        attribute("place", "address"),
        attribute("aliases", "string", many=True),
        attribute("numbers", "number", many=True),
        attribute("sizes", "select", many=True, options=options("gadget.sizes", *_CHOICES)),
        attribute("friends", "record_reference", many=True, to="user", indexed=True),
        attribute("mails", "contact_email", many=True, indexed=True),
        attribute("phones", "contact_phone_number", many=True),
        attribute("domains", "account_domain", many=True),
    ),
    is_custom=True,
    object_id=name_id("gadget"),
)
"""A custom object with an attribute of every value type."""


@dataclass(frozen=True)
class Sample:
    """A value in its three forms."""

    meaning: Comparable
    """As `OPERATORS` compares it."""
    stored: Any
    """As the database holds it."""
    json: Json
    """As a filter says it."""


_LETTERS: Final = "aAbBzZ%_\\'\"éÉßẞİıſKkΣςσ ñ😀"
TEXTS: Final = st.text(st.sampled_from(_LETTERS), max_size=4) | st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), max_size=3
)


def _same(value: Any) -> Sample:
    return Sample(value, value, value)


def _folded(text: str) -> Sample:
    return Sample(fold(text), text, text)


_NUMBERS: Final = st.integers(-3, 3) | st.decimals(
    -2, 2, places=2, allow_nan=False, allow_infinity=False
) | st.integers(-(2**62), 2**62)  # fmt: skip


def _number(value: int | Decimal) -> Sample:
    return Sample(value, value if isinstance(value, int) else float(value), value)


def _option(attribute: AttributeDefinition) -> st.SearchStrategy[Sample]:
    return st.sampled_from(attribute.options).flatmap(
        lambda row: st.sampled_from((row.id, row.api_name, row.display_value)).map(
            lambda said: Sample(row.id, row.id, said)
        )
    )


def _moment(at_us: int) -> Sample:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return Sample(moment, stored_moment(moment), moment.isoformat())


_IDS: Final = st.integers(0, 4).map(lambda number: _same(record_id(number, number)))
_BY_TYPE: Final[Mapping[str, Callable[[AttributeDefinition], st.SearchStrategy[Sample]]]] = MappingProxyType(
    {
        "number": lambda _: _NUMBERS.map(_number),
        "percent": lambda _: _NUMBERS.map(_number),
        "currency": lambda _: _NUMBERS.map(_number),
        "boolean": lambda _: st.booleans().map(lambda flag: Sample(flag, int(flag), flag)),
        "timestamp": lambda _: st.integers(-2, 2).map(lambda ms: _moment(ms * 1000)),
        "date": lambda _: st.integers(1, 4).map(
            lambda day: Sample(date(2026, 1, day), f"2026-01-0{day}", f"2026-01-0{day}")
        ),
        "time": lambda _: st.integers(0, 3).map(
            lambda hour: Sample(time(hour), f"0{hour}:00:00", f"0{hour}:00:00")
        ),
        "email": lambda _: TEXTS.map(_folded),
        "contact_email": lambda _: TEXTS.map(_folded),
        "account_domain": lambda _: TEXTS.map(_folded),
        "uuid": lambda _: _IDS,
        "record_reference": lambda _: _IDS,
        "enum": lambda row: st.sampled_from(row.options).map(lambda word: _same(word.api_name)),
        "select": _option,
        "contact_stage": _option,
        "address": lambda _: st.sampled_from("xy").map(_same),
    }
)  # fmt: skip


def samples(attribute: AttributeDefinition) -> st.SearchStrategy[Sample]:
    """Values of one attribute, or of its items."""
    make = _BY_TYPE.get(attribute.value_type)
    return make(attribute) if make is not None else TEXTS.map(_same)


@st.composite
def operands_between(draw: st.DrawFn, attribute: AttributeDefinition) -> Sample:
    """A value as a filter may say it: a moment may lie between two milliseconds."""
    if attribute.value_type == "timestamp":
        at_us = draw(st.integers(-2500, 2500))
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
        return Sample(moment, None, moment.isoformat())
    return draw(samples(attribute))


@contextlib.contextmanager
def fresh_gadgets() -> Iterator["Gadgets"]:
    """A database without gadgets; made once, for hypothesis asks for thousands."""
    gadgets = _database()
    gadgets.count = 0
    gadgets.reader.connection.execute("BEGIN")
    try:
        yield gadgets
    finally:
        gadgets.reader.connection.execute("ROLLBACK")


@cache
def _database() -> "Gadgets":
    return Gadgets()


class Gadgets:
    """A database in memory with gadgets."""

    def __init__(self) -> None:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.create_function(
            SQLITE.fold_function, 1, lambda text: fold(text) if text else text
        )
        for statement in (*create_tables(SQLITE, (GADGET,)), *create_indexes(SQLITE, (GADGET,))):
            connection.execute(statement)
        workspace = Workspace({"gadget": GADGET}, name_id("o"), CursorSigner("secret"), SQLITE)
        self.reader = Reader(workspace, connection)
        self.count = 0

    def add(self, **stored: Any) -> str:
        """A gadget with these stored values; a list for list-like attributes; the new record's id."""
        self.count += 1
        new_id = record_id(1_000 + self.count // 2, self.count * 7 % 5 << 40 | self.count)
        row: dict[str, Any] = dict.fromkeys(table_columns(GADGET))
        row |= {"id": new_id, "created_at": "2026-01-01T00:00:00.000Z"}
        row["updated_at"] = f"2026-01-01T00:00:00.{self.count % 3:03}Z"
        for name, value in stored.items():
            child = (
                child_table("gadget", GADGET.attribute_by_name[name])
                if name in GADGET.attribute_by_name
                else None
            )
            if child is None:
                row["place_city" if name == "place" else name] = value
                continue
            for position, item in enumerate(value):
                columns = child_columns(child)
                cells = dict.fromkeys(columns, 0) | {"record_id": new_id, "position": position}
                cells |= {
                    child.value_column: item,
                    "id": new_id,
                    "labels": None,
                    "status": "ACTIVE",
                }
                values = [cells[column] for column in columns]
                self.reader.connection.execute(insert(child.name, columns), values)
        self.reader.connection.execute(insert("gadget", row), list(row.values()))
        return new_id


def filterable() -> Sequence[AttributeDefinition]:
    """The attributes a filter can ask for, but the system's own."""
    return [row for row in GADGET.visible if row.filter_operators][3:]

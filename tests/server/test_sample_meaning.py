"""Every operator on every attribute of the sample workspace, over paths too, against a filter that knows no SQL."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from app.domain.backend import Backend
from app.domain.json_text import parse_json
from app.domain.operators import MATCHING, OPERATORS, ORDER, Arity, Comparable, OperatorName, fold
from app.domain.paths import Hop, Resolved, path_starts, resolve_path
from app.domain.query import Filter, Query
from app.domain.records import Record
from app.domain.schema import Attribute, RecordType
from app.domain.values import (
    DomainItem,
    EmailItem,
    Json,
    Option,
    PhoneItem,
    Reference,
    Scalar,
    plain_date_or_time,
    plain_timestamp,
)
from app.server.public_v2.questions import answer_query
from app.server.public_v2.schemas import schema_json
from app.server.sample.custom_types import SAMPLE_TYPES
from app.server.sample.workspace import write_sample
from app.server.store.pages import read_page
from app.server.store.readers import Reader
from app.server.store.workspace import open_workspace
from app.wire.public_v2.records import page_to_domain
from app.wire.public_v2.schemas import schema_to_domain
from app.wiring import Target, connect

SCHEMAS: Final[Mapping[str, RecordType]] = {
    row.api_name: schema_to_domain(parse_json(schema_json(row)), row.api_name)
    for row in SAMPLE_TYPES
}
ASKED: Final = sorted(
    row.api_name for row in SAMPLE_TYPES if row.is_routed and row.api_name != "activity"
)
CONTACTS: Final = 16
EVERY: Final = 5
"""Of the paths over two steps each fifth is asked; there are thousands."""


@dataclass
class World:
    """All that the API tells of a workspace, held in memory."""

    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    links: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)
    """By record type and relationship: the ids that each record is linked to."""

    def reached(self, here: RecordType, record: Record, hop: Hop) -> Iterator[Record]:
        """The records one step away."""
        if hop.name in here.relationship_by_name:
            found = self.links[here.api_name, hop.name].get(record.record_id.id, [])
        else:
            value = record.attributes[hop.name]
            items = value if isinstance(value, tuple) else (value,)
            found = [item.record_id for item in items if isinstance(item, Reference)]
        assert hop.target is not None
        return (there[row] for there in [self.records[hop.target]] for row in found if row in there)

    def values(self, record_type: str, record: Record, place: Resolved) -> list[Comparable]:
        """What a record has at a path, empty values left out."""
        here, records = SCHEMAS[record_type], [record]
        for hop in place.hops:
            records = [row for before in records for row in self.reached(here, before, hop)]
            here = SCHEMAS[hop.target or ""]
        values = [row.attributes[place.attribute.api_name] for row in records]
        items = [
            item for value in values for item in (value if isinstance(value, tuple) else (value,))
        ]
        return [_meaning(item, place.attribute) for item in items if item is not None]


def _meaning(value: Scalar, attribute: Attribute) -> Comparable:
    """As `OPERATORS` compares it."""
    match value:
        case Option():
            return value.id
        case Reference():
            return value.record_id
        case EmailItem():
            return fold(value.email)
        case DomainItem():
            return fold(value.domain_name)
        case PhoneItem():
            return value.phone_number
        case str():
            return fold(value) if attribute.value_type == "email" else value
        case bool() | int() | datetime() | date() | time():
            return value
        case _:
            return str(value) if attribute.value_type == "address" else value  # type: ignore[return-value]


def _json(meaning: Comparable) -> Json:
    """As a filter says it."""
    match meaning:
        case datetime():
            return plain_timestamp(meaning)
        case date() | time():
            return plain_date_or_time(meaning)
        case _:
            return meaning


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace file."""
    file = tmp_path_factory.mktemp("sample") / "sample.db"
    write_sample(file, CONTACTS)
    return file


@pytest.fixture(scope="module")
def told(path: Path) -> World:
    """All of it, as a client reads it."""
    return asyncio.run(_told(path))


async def _told(path: Path) -> World:
    found = World()
    backend = (await connect(Target(workspace=path))).backend
    try:
        for name in ASKED:
            records = await _records(backend, name)
            found.records[name] = {row.record_id.id: row for row in records}
            for relationship in SCHEMAS[name].relationship_by_name:
                linked = {
                    row.record_id.id: await _linked(backend, row, relationship) for row in records
                }
                found.links[name, relationship] = linked
    finally:
        await backend.close()
    store = open_workspace(path)
    try:
        found.records["user"] = await store.read(_users)
    finally:
        store.close()
    return found


async def _records(backend: Backend, record_type: str) -> list[Record]:
    page = await backend.query(Query(record_type, limit=100))
    records = [*page.records]
    while page.next_cursor is not None:
        page = await backend.query(Query(record_type, limit=100), page.next_cursor)
        records += page.records
    return records


async def _linked(backend: Backend, record: Record, relationship: str) -> list[str]:
    page = await backend.links(record.record_id, relationship)
    links = [*page.links]
    while page.next_cursor is not None:
        page = await backend.links(record.record_id, relationship, page.next_cursor)
        links += page.links
    return [link.target.id for link in links]


def _users(reader: Reader) -> dict[str, Record]:
    """Users have no calls of their own."""
    body = answer_query(reader, reader.catalogue["user"], b'{"limit": 100}', with_names=False)
    page = page_to_domain(parse_json(body), "user")
    assert page.next_cursor is None
    return {row.record_id.id: row for row in page.records}


def _places(record_type: str) -> Iterator[str]:
    """Every path to an attribute: its own, over one step, and some over two."""
    here = SCHEMAS[record_type]
    yield from _named(here, "")
    numbered = count()
    for step, there in _steps(here):
        yield from _named(there, f"{step}.")
        for further, beyond in _steps(there):
            paths = _named(beyond, f"{step}.{further}.")
            yield from (path for path in paths if next(numbered) % EVERY == 0)


def _steps(here: RecordType) -> Iterator[tuple[str, RecordType]]:
    """The steps to record types that there are; references to teams lead nowhere."""
    for step in path_starts(here):
        there = SCHEMAS.get(step.target or "")
        if there is not None:
            yield step.name, there


def _named(schema: RecordType, before: str) -> Iterator[str]:
    return (f"{before}{row.api_name}" for row in schema.attributes if row.is_filterable)


def _operands(name: OperatorName, values: Sequence[Comparable]) -> Sequence[Comparable] | None:
    """Values that some records have and others have not; `None` where none can be made."""
    there = sorted(set(values), key=str)
    ordered = sorted(set(values)) if name in ORDER else there  # of one attribute: of one kind
    if not there:
        return () if OPERATORS[name].arity is Arity.NONE else None
    middle, quarter = ordered[len(ordered) // 2], ordered[len(ordered) // 4]
    match OPERATORS[name].arity:
        case Arity.NONE:
            return ()
        case Arity.TWO:
            return (quarter, middle)
        case Arity.MANY:
            return (middle, quarter)
        case Arity.ONE if name in MATCHING:
            text = str(middle)
            return ((text[:3] if name is not OperatorName.ENDS_WITH else text[-3:]).upper(),)
        case Arity.ONE:
            return (middle,)


def _holds(
    name: OperatorName, values: Sequence[Comparable], operands: Sequence[Comparable]
) -> bool:
    """Some value fulfils a positive operator, all values a negative one; where there is none an empty one is looked at."""
    row = OPERATORS[name]
    if not values:
        return row.means(None, operands)
    quantifier = all if row.is_negative else any
    return quantifier(row.means(value, operands) for value in values)


@pytest.mark.parametrize("record_type", ASKED)
def test_the_server_answers_as_the_operators_mean(
    record_type: str, told: World, path: Path
) -> None:
    """On every attribute, with values that are there; each operator of each value type tells some records from others."""
    store = open_workspace(path, deadline_s=60)
    try:
        asyncio.run(store.read(lambda reader: _compare(reader, told, record_type)))
    finally:
        store.close()


def _compare(reader: Reader, told: World, record_type: str) -> None:
    records = told.records[record_type]
    assert records
    asked = telling = 0
    for field_name in _places(record_type):
        place = resolve_path(field_name, record_type, SCHEMAS)
        assert isinstance(place, Resolved)
        values = {row: told.values(record_type, record, place) for row, record in records.items()}
        everything = [value for several in values.values() for value in several]
        for operator in place.attribute.filter_operators:
            name = OperatorName(operator)
            operands = _operands(name, everything)
            if operands is None:
                continue
            expected = {row for row, several in values.items() if _holds(name, several, operands)}
            condition = Filter(field_name, operator, _said(name, operands))
            page = read_page(reader, Query(record_type, (condition,), limit=100_000))
            assert {row[0] for row in page.rows} == expected, condition
            asked += 1
            telling += 0 < len(expected) < len(records)
    assert asked > 100
    assert telling > asked / 4, f"{telling} of {asked} questions tell records apart"


def _said(name: OperatorName, operands: Sequence[Comparable]) -> Json:
    said = [_json(operand) for operand in operands]
    return said if OPERATORS[name].arity in {Arity.TWO, Arity.MANY} else next(iter(said), None)

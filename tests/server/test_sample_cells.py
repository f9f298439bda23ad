"""From data to query on the sample workspace: what a cell, a row of figures or a list of values asks is what is answered."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from app.controller.pasting import Lookup
from app.domain.backend import Backend
from app.domain.capabilities import Capability
from app.domain.cell_filters import cell_condition
from app.domain.compiling import compile_expression
from app.domain.date_words import Calendar
from app.domain.expression import Expression, ExpressionNode
from app.domain.pasted import PastedKind, compared, held_values, lookup_attributes, read_pasted
from app.domain.query import Query
from app.domain.records import Record, RecordId
from app.domain.schema import Attribute, RecordType
from app.domain.statistics import column_statistics
from app.domain.statistics_filters import row_condition
from app.server.sample.workspace import write_sample
from app.wiring import Target, connect

TYPES: Final = ("contact", "account", "opportunity", "task", "note", "meeting")
CONTACTS: Final = 12
ZONE: Final = ZoneInfo("America/New_York")
CALENDAR: Final = Calendar(datetime(2026, 6, 15, 12, tzinfo=UTC), ZONE)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample workspace."""
    file = tmp_path_factory.mktemp("cells") / "sample.crmdeck"
    write_sample(file, CONTACTS)
    return file


@pytest.fixture
async def backend(sample: Path) -> AsyncIterator[Backend]:
    """The workspace over its API, in process."""
    opened = (await connect(Target(workspace=sample))).backend
    yield opened
    await opened.close()


async def ids(backend: Backend, schema: RecordType, node: ExpressionNode) -> set[str]:
    """The records that a condition finds."""
    question = Expression((node,))
    query = compile_expression(question, schema.api_name, {schema.api_name: schema}, CALENDAR)
    return {record.record_id.id for record in await everything(backend, query)}


async def everything(backend: Backend, query: Query) -> list[Record]:
    """All pages of an answer."""
    records: list[Record] = []
    page = await backend.query(query)
    records += page.records
    while page.next_cursor is not None:
        page = await backend.query(query, page.next_cursor)
        records += page.records
    return records


def cells(schema: RecordType, records: list[Record]) -> list[tuple[Attribute, Record]]:
    """Two cells of each attribute: one that is filled and one that is empty, as far as there are such."""
    found = []
    for attribute in schema.attributes:
        values = [(record.attributes.get(attribute.api_name), record) for record in records]
        filled = next((record for value, record in values if value not in (None, ())), None)
        empty = next((record for value, record in values if value in (None, ())), None)
        found += [(attribute, record) for record in (filled, empty) if record is not None]
    return found


@pytest.mark.parametrize("record_type", TYPES)
async def test_a_cell_finds_its_record_and_its_opposite_finds_the_others(
    backend: Backend, record_type: str
) -> None:
    """For every attribute; only those that the schema does not let be asked are refused."""
    schema = await backend.schema(record_type)
    records = await everything(backend, Query(record_type))
    everyone = {record.record_id.id for record in records}
    asked = 0
    for attribute, record in cells(schema, records):
        value = record.attributes.get(attribute.api_name)
        same = cell_condition(schema, attribute, value, zone=ZONE)
        others = cell_condition(schema, attribute, value, is_excluded=True, zone=ZONE)
        if isinstance(same, Capability) or isinstance(others, Capability):
            assert not attribute.is_filterable or attribute.value_type == "address", attribute
            continue
        found = await ids(backend, schema, same)
        assert record.record_id.id in found, (attribute.api_name, value)
        assert await ids(backend, schema, others) == everyone - found, (attribute.api_name, value)
        asked += 1
    assert asked


@pytest.mark.parametrize("record_type", TYPES)
async def test_a_row_of_figures_finds_as_many_records_as_it_counts(
    backend: Backend, record_type: str
) -> None:
    """Ranges of amounts and calendar spans in the profile's zone, choices, flags and empty ones."""
    schema = await backend.schema(record_type)
    records = await everything(backend, Query(record_type))
    asked = 0
    for attribute in schema.attributes:
        for row in column_statistics(attribute, records, zone=ZONE).rows:
            node = row_condition(schema, attribute, row, zone=ZONE)
            if isinstance(node, Capability):
                continue
            found = await ids(backend, schema, node)
            if "eq" in attribute.filter_operators or row.value is None:
                assert len(found) == row.count, (attribute.api_name, row)
            else:  # a long text can only be asked to contain the value, and others may
                assert len(found) >= row.count, (attribute.api_name, row)
            asked += 1
    assert asked


async def test_pasted_addresses_are_found_in_any_case(backend: Backend) -> None:
    """The server compares them without case, and so does the list of those that were not found."""
    schema = await backend.schema("contact")
    attributes = lookup_attributes(schema, PastedKind.EMAIL)
    assert not isinstance(attributes, Capability)
    attribute = attributes[0]
    records = await everything(backend, Query("contact"))
    known = sorted(held_values(attribute, records))
    pasted = read_pasted("\n".join([*(value.upper() for value in known), "nobody@b.example"]))
    lookup = Lookup(backend, "contact", attribute, pasted.values)
    await lookup.run(lambda: None)
    assert lookup.missing == ("nobody@b.example",)
    assert {compared(value) for value in lookup.found} == set(known)
    (condition,) = lookup.conditions()
    assert len(await ids(backend, schema, condition)) == lookup.record_count


async def test_pasted_ids_find_their_records(backend: Backend) -> None:
    """Written in capitals too."""
    schema = await backend.schema("account")
    attributes = lookup_attributes(schema, PastedKind.ID)
    assert not isinstance(attributes, Capability)
    records = await everything(backend, Query("account"))
    pasted = read_pasted(" ".join(f"{record.record_id.id.upper()}," for record in records))
    lookup = Lookup(backend, "account", attributes[0], pasted.values)
    await lookup.run(lambda: None)
    assert lookup.missing == ()
    assert lookup.record_count == len(records)
    assert RecordId("account", pasted.values[0]) in {record.record_id for record in records}

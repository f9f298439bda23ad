"""What the database does for the questions that must be fast in a big workspace: no sorting, no counting, no scan."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.domain.query import Direction, Filter, Query, Sort
from app.server.store.links import read_links
from app.server.store.pages import read_page
from app.server.store.readers import Reader, Row
from app.server.store.sql import Sql
from app.server.store.workspace import open_workspace
from tests.server.workspaces import NOBODY, People


@dataclass
class Explaining(Reader):
    """A reader that keeps the plan of each statement."""

    plans: list[str] = field(default_factory=list)

    def rows(self, statement: Sql) -> list[Row]:
        plan = self.connection.execute(f"EXPLAIN QUERY PLAN {statement.text}", statement.values)
        self.plans.append("; ".join(row[3] for row in plan))
        return super().rows(statement)


@pytest.fixture
def explaining(workspace: Path, people: People) -> Iterator[Explaining]:
    """A reader of the small workspace; plans do not depend on its size, for it holds no statistics."""
    del people
    store = open_workspace(workspace)
    connection = sqlite3.connect(workspace)
    connection.create_function("crm_fold", 1, lambda text: text)
    yield Explaining(store._pool.workspace, connection)
    connection.close()
    store.close()


WORKING = Filter("stage", "eq", "working")
CREATED = "2026-01-01T00:00:00.000Z"
FAST: list[tuple[str, tuple[Filter, ...], tuple[Sort, ...], tuple[Any, ...]]] = [
    ("contact", (), (), (CREATED, NOBODY)),
    ("contact", (WORKING,), (), (CREATED, NOBODY)),
    ("contact", (WORKING,), (Sort("updated_at", Direction.DESC),), (CREATED, NOBODY)),
    ("contact", (), (Sort("updated_at", Direction.DESC),), (CREATED, NOBODY)),
    ("contact", (), (Sort("display_name"),), ("Ann", NOBODY)),
    ("contact", (), (Sort("last_name", Direction.DESC),), ("Ann", NOBODY)),
    ("contact", (), (Sort("primary_email"),), ("ann@x", NOBODY)),
    ("contact", (), (Sort("stage"),), (None, CREATED, NOBODY)),
    ("contact", (), (Sort("sms_consent"),), (1, CREATED, NOBODY)),
    ("contact", (), (Sort("id", Direction.DESC),), (NOBODY,)),
    ("opportunity", (), (Sort("amount", Direction.DESC),), (5, NOBODY)),
    ("task", (), (Sort("due_at"),), (CREATED, NOBODY)),
    ("task", (), (Sort("priority"),), ("HIGH", CREATED, NOBODY)),
]
SKIPPING = {"display_name", "last_name", "primary_email", "amount", "due_at"}
"""Sort keys that may be empty: the records without a value, which an index has first, are skipped and not read."""


@pytest.mark.parametrize(("record_type", "filters", "sort", "position"), FAST)
def test_a_page_anywhere_comes_from_an_index_in_its_order(
    explaining: Explaining,
    record_type: str,
    filters: tuple[Filter, ...],
    sort: tuple[Sort, ...],
    position: tuple[Any, ...],
) -> None:
    """The first page and one behind a position: nothing is sorted, so no page costs more than another."""
    query = Query(record_type, filters, sort, 10)
    for start in (None, position):
        explaining.plans.clear()
        read_page(explaining, query, start)
        for plan in explaining.plans:
            assert "TEMP B-TREE" not in plan, plan
            assert "INDEX" in plan or "PRIMARY KEY" in plan, plan
        if sort and sort[0].field in SKIPPING:
            assert explaining.plans[0].startswith("SEARCH"), explaining.plans[0]


@pytest.mark.parametrize(
    ("record_type", "condition", "index"),
    [
        ("contact", Filter("stage", "eq", "working"), "stage"),
        ("contact", Filter("primary_email", "eq", "Ann@example.com"), "primary_email"),
        ("contact", Filter("display_name", "eq", "Ann Ode"), "display_name"),
        ("contact", Filter("display_name", "starts_with", "Ann"), "display_name"),
        ("contact", Filter("contact_emails", "eq", "Ann@example.com"), "contact_emails__by__email"),
        ("contact", Filter("contact_emails", "starts_with", "ann"), "contact_emails__by__email"),
        ("contact", Filter("owner_user_id", "eq", NOBODY), "owner_user_id"),
        ("contact", Filter("owner_user_id.email", "eq", "rep@example.com"), "user__by__email"),
        ("contact", Filter("accounts.display_name", "eq", "Acme"), "account__by__display_name"),
        ("account", Filter("domains", "in", ["acme.example"]), "domains__by__domain_name"),
        ("account", Filter("contacts.id", "eq", NOBODY), "contact_account__by__contact_id"),
        ("opportunity", Filter("account_id", "eq", NOBODY), "account_id"),
        ("contact_account", Filter("account_id", "eq", NOBODY), "account_id"),
    ],
)  # fmt: skip
def test_a_pointed_filter_starts_at_an_index(
    explaining: Explaining, record_type: str, condition: Filter, index: str
) -> None:
    """Not at the whole table."""
    read_page(explaining, Query(record_type, (condition,), (), 10))
    assert index in explaining.plans[0]


@pytest.mark.parametrize(
    ("record_type", "name"),
    [
        ("contact", "accounts"),
        ("account", "contacts"),
        ("contact", "tasks"),
        ("task", "contacts"),
        ("account", "opportunities"),
    ],
)
def test_links_are_found_by_index_from_both_sides(
    explaining: Explaining, record_type: str, name: str
) -> None:
    """No table is scanned."""
    relationship = explaining.catalogue[record_type].relationship_by_name[name]
    for after in (None, NOBODY):
        explaining.plans.clear()
        read_links(explaining, relationship, NOBODY, 10, after)
        assert "SCAN" not in explaining.plans[0]

"""Pages by key: joined they are the whole, in the documented order."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.query import Direction, Query, Sort
from app.server.store.columns import table_columns
from app.server.store.dialect import ascii_lower
from app.server.store.pages import read_page
from tests.server.gadgets import GADGET, fresh_gadgets

COLUMNS = table_columns(GADGET)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "plain": st.none() | st.sampled_from(["a", "A", "b", "", "é", "É", "Z"]),
    "display_name": st.none() | st.sampled_from(["a", "A", "b"]),
    "count": st.none() | st.sampled_from([-1, 0, 0.5, 2]),
    "price": st.none() | st.sampled_from([1, 2]),
    "flag": st.none() | st.sampled_from([0, 1]),
    "moment": st.none() | st.sampled_from(["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.001Z"]),
    "day": st.none() | st.sampled_from(["2026-01-01", "2026-01-02"]),
    "colour": st.none() | st.sampled_from(["RED", "GREEN", "BLUE"]),
    "size": st.none() | st.sampled_from([row.id for row in GADGET.attribute_by_name["size"].options]),
    "stage": st.none() | st.sampled_from([row.id for row in GADGET.attribute_by_name["stage"].options]),
}  # fmt: skip
SORTS = st.lists(
    st.builds(
        Sort, st.sampled_from([*VALUES, "id", "created_at", "updated_at"]), st.sampled_from(Direction)
    ),
    max_size=3,
    unique_by=lambda sort: sort.field,
)  # fmt: skip
RECORDS = st.lists(st.fixed_dictionaries(VALUES), max_size=8)


def _comparable(field: str, value: Any) -> Any:
    """What a stored value sorts by."""
    attribute = GADGET.attribute_by_name[field]
    if attribute.options:
        held = [row.id if attribute.holds_option_ids else row.api_name for row in attribute.options]
        return held.index(value)
    return ascii_lower(value).encode() if isinstance(value, str) else value


def _in_order(rows: list[dict[str, Any]], sorts: list[Sort]) -> list[dict[str, Any]]:
    """The documented order: empty values last in both directions, `id` breaks ties."""
    keys = list(sorts)
    choice = bool(keys) and (
        keys[-1].field == "flag" or bool(GADGET.attribute_by_name[keys[-1].field].options)
    )
    names = [key.field for key in keys]
    if (not keys or choice) and "created_at" not in names:
        keys.append(Sort("created_at"))
    if "id" not in names:
        keys.append(Sort("id", keys[-1].direction))
    for key in reversed(keys):
        empty = [row for row in rows if row[key.field] is None]
        filled = [row for row in rows if row[key.field] is not None]
        filled.sort(
            key=lambda row: _comparable(key.field, row[key.field]),
            reverse=key.direction is Direction.DESC,
        )
        rows = filled + empty
    return rows


@settings(max_examples=150, deadline=None)
@given(RECORDS, SORTS, st.integers(1, 9))
def test_all_pages_joined_equal_the_whole_in_the_documented_order(
    records: list[dict[str, Any]], sorts: list[Sort], limit: int
) -> None:
    """For every page size, with empty values, ties and up to three keys of mixed directions."""
    with fresh_gadgets() as gadgets:
        for record in records:
            gadgets.add(**record)
        cursor = gadgets.reader.connection.execute("SELECT * FROM gadget")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        expected = [row["id"] for row in _in_order(rows, sorts)]
        found: list[str] = []
        position = None
        for _ in range(len(records) + 1):
            page = read_page(gadgets.reader, Query("gadget", (), tuple(sorts), limit), position)
            assert len(page.rows) <= limit
            found += [row[0] for row in page.rows]
            position = page.last
            if position is None:
                break
        assert found == expected

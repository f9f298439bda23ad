"""Baselines of plain reads: the same contacts from the same file by SQL written for the question.

Twice: as rows of values, which is what the least program would read, and as the JSON that the API answers with.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.bench.stored_page import CACHE_KIB, SHOWN

Row = tuple[object, ...]

PAGE_SIZE = 50
_CHILDREN = (
    "contact__participant_user_id_list",
    "contact__contact_emails",
    "contact__contact_phone_numbers",
)
_BY_ID = "FROM contact WHERE id = ? AND archived_at IS NULL"
_FIRST = f"FROM contact WHERE archived_at IS NULL ORDER BY created_at, id LIMIT {PAGE_SIZE}"


def _as_json(page: str) -> str:
    """The records of a page, a JSON text each."""
    return f"""
WITH
stage AS (
  SELECT id, json_object(
    'id', id, 'display_value', display_value, 'api_name', api_name, 'color', color) AS shown
  FROM crm_option WHERE record_type = 'contact' AND attribute = 'stage'),
organization AS (
  SELECT value AS id FROM crm_meta WHERE key = 'organization_id'),
page AS (SELECT * {page})
{SHOWN}FROM organization, page AS t LEFT JOIN stage ON stage.id = t.stage
ORDER BY t.created_at, t.id
"""


_BY_ID_JSON, _FIRST_JSON = _as_json(_BY_ID), _as_json(_FIRST)


class StoredRows:
    """The questions, on a connection that cannot write."""

    def __init__(self, workspace: Path) -> None:
        self._connection = sqlite3.connect(f"{workspace.as_uri()}?mode=ro", uri=True)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")

    def ids(self, count: int) -> list[str]:
        """Contacts from all over the file."""
        (total,) = self._connection.execute("SELECT count(*) FROM contact").fetchone()
        step = max(1, total // count)
        return [
            record_id
            for (record_id,) in self._connection.execute(
                "SELECT id FROM contact WHERE archived_at IS NULL AND rowid % ? = 0 LIMIT ?",
                (step, count),
            )
        ]

    def point_rows(self, record_id: str) -> list[Row]:
        """A contact and its items."""
        return self._with_items(self._rows(f"SELECT * {_BY_ID}", record_id))

    def first_rows(self) -> list[Row]:
        """The oldest contacts and their items."""
        return self._with_items(self._rows(f"SELECT * {_FIRST}"))

    def point_json(self, record_id: str) -> str:
        """The API's answer for a contact."""
        ((record,),) = self._rows(_BY_ID_JSON, record_id)
        return f'{{"data":{record}}}'

    def first_json(self) -> str:
        """The API's first page, without a cursor."""
        records = [str(record) for (record,) in self._rows(_FIRST_JSON)]
        return f'{{"data":[{",".join(records)}]}}'

    def _with_items(self, rows: list[Row]) -> list[Row]:
        """The rows, and behind them those of their list-like attributes."""
        ids = [str(row[0]) for row in rows]
        among = ",".join("?" * len(ids))
        for child in _CHILDREN:
            ordered = f"WHERE record_id IN ({among}) ORDER BY record_id, position"
            rows += self._rows(f"SELECT * FROM {child} {ordered}", *ids)
        return rows

    def _rows(self, statement: str, *values: str) -> list[Row]:
        parameters: Sequence[str] = values
        return self._connection.execute(statement, parameters).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

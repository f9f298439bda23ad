"""What a person exports from the deck: which rows, in which format, which columns, to which file."""

import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, assert_never

from app.controller.counting import requests_for, requests_in_words
from app.controller.exporting import every_column, format_of
from app.domain.exports import ExportPlan

if TYPE_CHECKING:
    from app.controller.browse import TypeView
    from app.controller.record_list import RecordList
    from app.domain.query import Query
    from app.domain.records import Record
    from app.domain.schema import RecordType

Choice = TypeVar("Choice")

MAX_STEM: Final = 60
"""Characters of a record type's name that a file name takes."""


class Scope(StrEnum):
    """Which rows."""

    ALL = "all rows of the query"
    LOADED = "the loaded rows"
    SCREEN = "the rows on screen"


@dataclass(frozen=True, slots=True)
class ExportChoices:
    """One set of choices. Every edit gives another."""

    file_name: str
    scope: Scope = Scope.ALL
    form: str = "csv"
    is_every_column: bool = False
    """Every attribute of the schema; otherwise the columns as shown."""

    def with_next_scope(self, step: int) -> "ExportChoices":
        """Other rows, round the end."""
        return replace(self, scope=_next([*Scope], self.scope, step))

    def with_next_format(self, step: int) -> "ExportChoices":
        """Another format; the file's suffix follows if it stood for the old one."""
        form = _next(FORMATS, self.form, step)
        path = Path(self.file_name)
        is_ours = format_of(self.file_name) == self.form
        name = str(path.with_suffix(f".{form}")) if is_ours else self.file_name
        return replace(self, form=form, file_name=name)

    def with_file_name(self, name: str) -> "ExportChoices":
        """Another file; the format follows a suffix that stands for one."""
        return replace(self, file_name=name, form=format_of(name) or self.form)

    def with_other_columns(self) -> "ExportChoices":
        """The columns as shown, or all attributes."""
        return replace(self, is_every_column=not self.is_every_column)


FORMATS: Final = ("csv", "jsonl", "json", "md")
"""In the order one steps through them."""


def file_name_for(record_type: str, form: str, today: date) -> str:
    """A name for a file of today. The type's name comes from a server: what is no plain letter is left out."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", record_type)[:MAX_STEM].strip("_-")
    return f"{stem or 'records'}-{today:%Y-%m-%d}.{form}"


def plan_of(
    choices: ExportChoices,
    source: str,
    query: "Query",
    schema: "RecordType",
    columns: Sequence[str],
) -> ExportPlan:
    """What the file is to hold; `columns` are those shown."""
    if choices.is_every_column:
        names, are_named = every_column(schema)
    else:
        known = schema.attribute_by_name
        names, are_named = tuple(name for name in columns if name in known), True
    return ExportPlan(source, query, choices.form, names, are_named)


def cost(
    scope: Scope, view: "TypeView", records: "RecordList", total: int | None, on_screen: int
) -> str:
    """How many rows a scope has and how many requests they take, in words."""
    match scope:
        case Scope.SCREEN:
            return f"{on_screen:,} rows, no request"
        case Scope.LOADED:
            again = 0 if view.matches is not None else records.forgotten_pages
            requests = f"{requests_in_words(again)} for rows far away" if again else "no request"
            return f"{view.row_count:,} rows, {requests}"
        case Scope.ALL:
            words = "" if view.matches is None else "; without the row filter"
            if total is None:
                least = requests_in_words(requests_for(records.count + 1))
                return f"unknown: over {records.count:,} rows, {least} or more{words}"
            return f"{total:,} rows, about {requests_in_words(requests_for(total))}{words}"
        case _:
            assert_never(scope)


async def rows_of(
    scope: Scope, view: "TypeView", records: "RecordList", on_screen: range
) -> AsyncGenerator[tuple["Record", ...], None]:
    """The rows on screen or the loaded ones, as they are shown: with a quick filter only those that pass."""
    if scope is Scope.LOADED and view.matches is None:
        async for part in records.walk(0, records.count):
            yield part
        return
    rows = on_screen if scope is Scope.SCREEN else range(view.row_count)
    yield tuple(record for row in rows if (record := view.record(row)) is not None)


def _next(values: Sequence[Choice], value: Choice, step: int) -> Choice:
    return values[(values.index(value) + step) % len(values)]

"""A plan: bulk changes as a file, made first and run later, perhaps elsewhere, perhaps in several goes.

The file is JSON Lines. The first line says for which workspace the plan was made and what it does; every other line is one
request: method, path and body as they are sent, with the values they replace. It may be edited by hand; what is then no plan
is refused as a whole, with the number of the line.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Final, NoReturn

from app.domain.json_text import dump_ascii, parse_json
from app.domain.records import RecordId
from app.domain.values import Json, plain_timestamp

PLAN_FORMAT: Final = 1
"""The number of the format; a plan with another one is not run."""

MAX_LINE_BYTES: Final = 4 * 1024 * 1024
"""More than any row has that this version makes."""

_NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})


class PlanError(Exception):
    """A plan cannot be read, kept or run as asked; the text says why, and where. Nothing was sent. Not yet sanitised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHeader:
    """What a plan is for."""

    workspace: str
    """By the name the header of the deck shows."""
    workspace_key: str
    """What tells the workspace from all others: a plan is run in no other one."""
    record_type: str
    made_at: datetime
    what: str
    """What it does, in words. Not yet sanitised."""
    count: int
    """Rows."""
    undo_of: str | None = None
    """The fingerprint of the plan that this one takes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One request of a plan."""

    id: str
    """No other row of the plan has it."""
    method: str
    path: str
    """Below the address of the API, quoted."""
    body: Json = None
    """`None` when none is sent."""
    record_type: str
    record_id: str
    title: str = ""
    """What a person calls the record. Not yet sanitised."""
    before: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """What is changed, as it was when the plan was made, in the form in which it is sent."""
    version: str | None = None
    """The server's mark of the state the plan was made from; `None` where it gave none."""

    @property
    def target(self) -> RecordId:
        return RecordId(self.record_type, self.record_id)


@dataclass(frozen=True)
class Plan:
    """A plan as it is in its file."""

    header: PlanHeader
    rows: tuple[PlanRow, ...]

    @cached_property
    def data(self) -> bytes:
        """The file's content: printable ASCII, so that nothing in it is hidden."""
        lines = [_header_json(self.header), *map(_row_json, self.rows)]
        return "".join(f"{dump_ascii(line)}\n" for line in lines).encode()

    @cached_property
    def fingerprint(self) -> str:
        """What changes when anything in the plan does: only the same plan is gone on with."""
        return hashlib.sha256(self.data).hexdigest()

    def line_of(self, row: PlanRow) -> int:
        """The number of the row's line in the file."""
        return self.rows.index(row) + 2


def parse_plan(data: bytes) -> Plan:
    """Read a plan's file.

    Raises:
        PlanError: with the number of the line, for whatever is no plan of this format.
    """
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if not lines:
        raise PlanError("The file is empty: it is no plan.")
    header = _header(_Line(1, lines[0]))
    rows = [_row(_Line(number, text)) for number, text in enumerate(lines[1:], 2)]
    if len(rows) != header.count:
        raise PlanError(
            f"Line 1 says that there are {header.count:,} rows, but there are {len(rows):,}: the file was cut "
            'or edited. If that was meant, put the number right ("count").'
        )
    first_line: dict[str, int] = {}
    for number, row in enumerate(rows, 2):
        if first_line.setdefault(row.id, number) != number:
            raise PlanError(f"Line {number}: has the id of line {first_line[row.id]}, {row.id!r}.")
    return Plan(header, tuple(rows))


def _header_json(header: PlanHeader) -> Json:
    return {
        "crmdeck_plan": PLAN_FORMAT,
        "workspace": header.workspace,
        "workspace_key": header.workspace_key,
        "record_type": header.record_type,
        "made_at": plain_timestamp(header.made_at),
        "what": header.what,
        "count": header.count,
        "undo_of": header.undo_of,
    }


def _row_json(row: PlanRow) -> Json:
    return {
        "id": row.id,
        "method": row.method,
        "path": row.path,
        "body": row.body,
        "record_type": row.record_type,
        "record_id": row.record_id,
        "title": row.title,
        "before": dict(row.before),
        "version": row.version,
    }


_HEADER: Final = frozenset(
    ("crmdeck_plan", "workspace", "workspace_key", "record_type", "made_at", "what", "count", "undo_of")
)  # fmt: skip
_ROW: Final = frozenset(
    ("id", "method", "path", "body", "record_type", "record_id", "title", "before", "version")
)


def _header(line: "_Line") -> PlanHeader:
    known = line.members.get("crmdeck_plan")
    if known is None:
        line.fail('is not the first line of a plan: it has no "crmdeck_plan"')
    if isinstance(known, bool) or known != PLAN_FORMAT:
        line.fail(f"is of a format that this version does not know; it knows {PLAN_FORMAT}")
    line.check_names(_HEADER)
    return PlanHeader(
        workspace=line.text("workspace"),
        workspace_key=line.text("workspace_key"),
        record_type=line.word("record_type"),
        made_at=line.moment("made_at"),
        what=line.text("what"),
        count=line.count("count"),
        undo_of=line.optional_text("undo_of"),
    )


def _row(line: "_Line") -> PlanRow:
    line.check_names(_ROW)
    method, path = line.word("method"), line.word("path")
    if not (method.isascii() and method.isalpha() and method.isupper()):
        line.fail('"method" is no method, such as PATCH')
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        line.fail('"path" is no path, such as /contact/ID')
    body = line.members["body"]
    if body is not None and not isinstance(body, dict):
        line.fail('"body" is neither an object nor null')
    return PlanRow(
        id=line.word("id"),
        method=method,
        path=path,
        body=body,
        record_type=line.word("record_type"),
        record_id=line.word("record_id"),
        title=line.text("title"),
        before=MappingProxyType(line.object("before")),
        version=line.optional_text("version"),
    )


class _Line:
    """One line that is being read; every way to read it raises `PlanError` with its number."""

    def __init__(self, number: int, text: bytes) -> None:
        self._number = number
        if len(text) > MAX_LINE_BYTES:
            self.fail(f"is longer than {MAX_LINE_BYTES // 1024:,} kB")
        if not text.strip():
            self.fail("is empty")
        try:
            members = parse_json(text)
        except ValueError as error:
            self.fail(f"is not JSON: {error}")
        if not isinstance(members, dict):
            self.fail("is no JSON object")
        self.members: Mapping[str, Json] = members

    def fail(self, what: str) -> NoReturn:
        raise PlanError(f"Line {self._number}: {what}.")

    def check_names(self, names: frozenset[str]) -> None:
        """Every member is needed, and no other is known."""
        for name in sorted(names - self.members.keys()):
            self.fail(f'lacks "{name}"')
        for name in self.members:
            if name not in names:
                self.fail(f"has a member that no plan has, {name!r}")

    def text(self, name: str) -> str:
        value = self.members[name]
        if not isinstance(value, str):
            self.fail(f'"{name}" is no text')
        return value

    def word(self, name: str) -> str:
        value = self.text(name)
        if not value or len(value) > 1000:
            self.fail(f'"{name}" is empty or too long')
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self.members[name] is None else self.text(name)

    def object(self, name: str) -> dict[str, Json]:
        value = self.members[name]
        if not isinstance(value, dict):
            self.fail(f'"{name}" is no object')
        return value

    def count(self, name: str) -> int:
        value = self.members[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fail(f'"{name}" is no number of rows')
        return value

    def moment(self, name: str) -> datetime:
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            self.fail(f'"{name}" is no moment')
        if moment.tzinfo is None:
            self.fail(f'"{name}" has no time zone')
        return moment

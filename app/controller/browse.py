"""Browsing: one view per record type, with its sort, filter and place, over one session."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.controller.asking import Asking
from app.controller.clock import Clock, utc_now
from app.controller.columns import arranged_columns, default_layout
from app.controller.counting import Counting
from app.controller.discovery import ASKED, Discovery, FoundType
from app.controller.record_list import RecordList
from app.controller.reference_names import ReferenceNames
from app.controller.remembering import Remembering
from app.controller.saved_question import read_expression
from app.controller.session import Session
from app.domain.capabilities import Answer, Capability, Source, attribute_sort
from app.domain.clause_faults import ClauseFault
from app.domain.column_layout import Column, ColumnLayout
from app.domain.errors import BackendError, Rejected
from app.domain.expression import EMPTY, Condition, Expression
from app.domain.expression_error import ExpressionError, place
from app.domain.fields import Field, record_field, record_fields
from app.domain.marks import Marks
from app.domain.query import MAX_SORTS, Direction, Query, Sort
from app.domain.records import Record, RecordId
from app.domain.remembered import SavedQuery
from app.domain.requests import PreparedRequest
from app.domain.schema import Attribute, RecordType
from app.domain.statistics import Scope
from app.domain.values import Reference, show


@dataclass(slots=True)
class TypeView:
    """What one record type's tab shows, and where one was in it."""

    record_type: str
    schema: RecordType | None = None
    records: RecordList | None = None
    columns: tuple[Attribute, ...] = ()
    pinned_count: int = 0
    """Columns that stay in sight, from the left."""
    layout: ColumnLayout | None = None
    """How the columns were arranged by hand; `None` where they were not."""
    saved: SavedQuery | None = None
    """The saved query it was opened from, or saved as."""
    pinned: SavedQuery | None = None
    """The pinned query whose own tab it is; `None` for a record type's tab."""
    expression: Expression = EMPTY
    """What is asked, or being written; `asked` is what the rows answer."""
    asked: Expression = EMPTY
    """The expression that the loaded rows answer."""
    refused: tuple[Expression, ClauseFault] | None = None
    """The expression the server refused last, and the clause it named."""
    typed: str | None = None
    """A question as text, until the schema is there that tells what it means."""
    scope: Record | None = None
    """The record whose rows are shown, for a type that is queried within one."""
    marks: Marks = field(default_factory=Marks)
    """The marked records, wherever in the list they stand."""
    quick_filter: str = ""
    matches: tuple[int, ...] | None = None
    """Rows that pass the quick filter; `None` when there is none."""
    row: int = 0
    column: int = 0
    read_at: datetime | None = None
    """When the first page came, UTC."""
    counting: Counting = field(default_factory=Counting)
    """What is known of the number of its rows."""
    error: BackendError | None = None
    """Why the last request of this view failed; what was read before stays and is stale."""

    @property
    def shown_layout(self) -> ColumnLayout:
        """The columns as they stand on screen, to be arranged anew."""
        if self.layout is not None:
            return self.layout
        return ColumnLayout(tuple(Column(row.api_name) for row in self.columns))

    @property
    def sort(self) -> tuple[Sort, ...]:
        """The sort keys of what is asked."""
        return self.expression.sort

    @sort.setter
    def sort(self, keys: tuple[Sort, ...]) -> None:
        self.expression = replace(self.expression, sort=keys)

    @property
    def is_edited(self) -> bool:
        """Whether the expression was changed and not asked yet."""
        return self.records is not None and self.expression != self.asked

    @property
    def row_count(self) -> int:
        """Rows to show: the loaded ones, or those of them that pass the quick filter."""
        if self.matches is not None:
            return len(self.matches)
        return self.records.count if self.records is not None else 0

    def record(self, row: int) -> Record | None:
        """The record of a shown row, `None` while it is not in memory."""
        if self.records is None:
            return None
        if self.matches is not None:
            return self.records.get(self.matches[row]) if 0 <= row < len(self.matches) else None
        return self.records.get(row)

    def attribute(self, column: int) -> Attribute | None:
        """The attribute of a shown column."""
        return self.columns[column] if 0 <= column < len(self.columns) else None


Tab = FoundType | SavedQuery
"""What has a tab: a record type, or a pinned query."""


class Browser:
    """The use case behind the tabs; every method that waits raises `BackendError` and nothing else."""

    def __init__(self, session: Session, clock: Clock = utc_now) -> None:
        self.session = session
        self.backend = session.backend
        self.discovery = Discovery(session)
        self.asking = Asking(session, self.discovery, clock)
        self.remembering = Remembering(session, clock)
        self._names = ReferenceNames(self.backend, self.discovery)
        self.pinned: tuple[SavedQuery, ...] = ()
        """Saved queries with tabs of their own, as they were read last."""
        self._views: dict[str, TypeView] = {}
        self._pinned_views: dict[str, TypeView] = {}
        self._last_by_type: dict[str, Record] = {}
        self._found_names: dict[str, str] = {}
        self._noted: tuple[str, str, int | None] | None = None

    def view(self, record_type: str) -> TypeView:
        """The view of a record type, made when first asked for."""
        return self._views.setdefault(record_type, TypeView(record_type))

    def pinned_view(self, query: SavedQuery) -> TypeView:
        """The view of a pinned query's own tab, made when first asked for; `open` asks what the query says by then."""
        view = self._pinned_views.get(query.path)
        if view is None or view.record_type != query.record_type:
            view = TypeView(query.record_type, saved=query, typed=query.text or None)
            if query.columns:
                parts = (query.columns, query.widths, query.pinned_columns)
                view.layout = ColumnLayout.from_parts(*parts)
            self._pinned_views[query.path] = view
        view.pinned = query
        return view

    def tabs(self, active: TypeView) -> tuple[Tab, ...]:
        """Everything that has a tab, pinned queries last; the active one is always among them."""
        pinned = self.pinned
        if active.pinned is not None and all(row.path != active.pinned.path for row in pinned):
            pinned = (*pinned, active.pinned)
        return (*self.tab_types(active.record_type), *pinned)

    def tab_view(self, tab: Tab) -> TypeView:
        """The view that a tab shows."""
        return self.view(tab.name) if isinstance(tab, FoundType) else self.pinned_view(tab)

    def remember(self, record: Record) -> None:
        """Note the record one is on, so that types queried within a record know which."""
        self._last_by_type.pop(record.record_id.record_type, None)
        self._last_by_type[record.record_id.record_type] = record

    async def open(self, view: TypeView, now: datetime) -> None:
        """Fetch what the view lacks: its schema, then its first page. What is there stays, stale or not.

        The tab of a pinned query that says something else by now begins anew.
        """
        if view.pinned is not None and not (view.saved and view.saved.asks_the_same(view.pinned)):
            view.saved, view.typed, view.records = view.pinned, view.pinned.text, None
        if view.schema is None:
            view.schema = await self.discovery.schema(view.record_type)
            self.arrange(view, view.layout)
            view.error = None
        if view.typed is not None:
            text, view.typed = view.typed, None
            view.expression = await self._read_text(view.record_type, text)
        scopes = self.backend.resources.rule(view.record_type).query_scopes
        if scopes:
            scope = self._scope(tuple(scopes))
            if scope is None:
                return
            if view.scope is None or view.scope.record_id != scope.record_id:
                view.scope, view.records = scope, None
        if view.records is None or not view.records.is_started:
            await self.load_first(view, now)

    async def _read_text(self, record_type: str, text: str) -> Expression:
        """Raises `BackendError`, for a text that is no expression too."""
        try:
            return await self.asking.read_text(record_type, text)
        except ExpressionError as error:
            raise Rejected(f"{error.message} ({place(text, error.position)})") from None

    async def load_first(
        self, view: TypeView, now: datetime, *, otherwise: Expression | None = None
    ) -> None:
        """Read the list from its start; the old rows stay until the new ones are there.

        If nothing comes, the view's expression goes back to `otherwise`, where that is given.
        """
        asked = view.expression
        records: RecordList | None = None
        try:
            await self.asking.learn_schemas(view.record_type, asked)
            records = RecordList(self.backend, self.query(view))
            await records.load_next()
        except Rejected as error:
            self._pin(view, error)
            raise
        finally:
            is_answered = records is not None and records.is_started
            if not is_answered and otherwise is not None and view.expression == asked:
                view.expression = otherwise
        view.records, view.read_at, view.error, view.asked = records, now, None, asked
        self.apply_quick_filter(view)

    def query(self, view: TypeView) -> Query:
        """The question the view asks. Raises `Rejected` for conditions that no query says."""
        return self.asking.query(view.record_type, self.scoped(view))

    def scoped(self, view: TypeView) -> Expression:
        """What is asked, with the record that the view is read for."""
        if view.scope is None:
            return view.expression
        scopes = self.backend.resources.rule(view.record_type).query_scopes
        target = view.scope.record_id
        scope = Condition(scopes[target.record_type], "eq", target.id)
        return replace(view.expression, nodes=(scope, *view.expression.nodes))

    def faults(self, view: TypeView) -> tuple[ClauseFault, ...]:
        """What stands against the view's expression, by its clauses: what is known, and what the server said of it."""
        known = self.asking.faults(view.record_type, self.scoped(view))
        found = [_unscoped(view, row) for row in known]
        if not found and view.refused is not None and view.refused[0] == view.expression:
            found.append(view.refused[1])
        return tuple(found)

    def _pin(self, view: TypeView, error: Rejected) -> None:
        fault = self.asking.pinned(view.record_type, self.scoped(view), error)
        view.refused = None if fault is None else (view.expression, _unscoped(view, fault))

    def text(self, view: TypeView) -> str:
        """The conditions of what is asked, as text; empty for all records. Not yet sanitised."""
        return self.asking.text(view.record_type, replace(view.expression, sort=()))

    def prepared(self, view: TypeView, record: Record | None = None) -> PreparedRequest:
        """The request that fills the view, or reads a record of it.

        Raises:
            Rejected: when the API has no words for it.
        """
        if record is not None:
            return self.backend.prepare_read(record.record_id)
        return self.backend.prepare_query(self.query(view))

    def needs_scope(self, view: TypeView) -> tuple[str, ...]:
        """The record types one of which must be chosen before this view can be filled; empty when none is missing."""
        scopes = self.backend.resources.rule(view.record_type).query_scopes
        return tuple(scopes) if scopes and view.scope is None else ()

    async def refetch_schema(self, view: TypeView) -> None:
        """Fetch the view's schema again."""
        view.schema = await self.discovery.schema(view.record_type, is_fresh=True)
        self.arrange(view, view.layout)
        view.error = None

    def arrange(self, view: TypeView, layout: ColumnLayout | None) -> None:
        """Show the columns of a layout, or a fitting choice; one stays on the column one is on, if it is still there."""
        assert view.schema is not None
        attribute = view.attribute(view.column)
        arranged = arranged_columns(layout or default_layout(view.schema), view.schema)
        view.layout, view.columns = layout, arranged.columns
        view.pinned_count = arranged.pinned_count
        view.column = view.columns.index(attribute) if attribute in view.columns else 0

    def counted_rows(self, view: TypeView) -> tuple[tuple[Record, ...], Scope]:
        """The rows in memory that are shown, and which part of the answer they are."""
        assert view.records is not None
        in_memory = dict(view.records.in_memory())
        if view.matches is not None:
            rows = tuple(in_memory[index] for index in view.matches if index in in_memory)
            return rows, Scope(len(rows), is_all=False, filtered_from=len(in_memory))
        forgotten = view.records.count - len(in_memory)
        is_all = not view.records.has_more and not forgotten
        return tuple(in_memory.values()), Scope(len(in_memory), is_all, forgotten=forgotten)

    async def open_saved(self, saved: SavedQuery) -> TypeView:
        """The view of a pinned query, or of a kept question's record type, which asks it from now on; nothing is asked yet.

        Raises:
            CannotAsk: if its text cannot be read; the view stays as it is.
            BackendError: if a schema cannot be read.
        """
        expression = await read_expression(saved, self.asking, self.discovery)
        view = self.pinned_view(saved) if saved.is_pinned else self.view(saved.record_type)
        view.typed = None
        view.expression, view.quick_filter, view.matches = expression, "", None
        view.saved = saved if saved.name else None
        view.schema = await self.discovery.schema(saved.record_type)
        if saved.columns:
            parts = (saved.columns, saved.widths, saved.pinned_columns)
            self.arrange(view, ColumnLayout.from_parts(*parts))
        elif not view.columns:
            self.arrange(view, view.layout)
        return view

    async def note_question(self, view: TypeView) -> None:
        """Put what a view asks into the history, once; with the rows that were read if they answer it.

        Raises:
            NotRemembered: if it cannot be written.
        """
        text = self.asking.text(view.record_type, view.expression)
        records = view.records if not view.is_edited else None
        noted = (view.record_type, text, None if records is None else records.count)
        if noted == self._noted or not view.expression.nodes:
            return
        self._noted = noted
        has_more = records is not None and records.has_more
        await self.remembering.note_asked(*noted, has_more=has_more)

    def saved_query(self, view: TypeView, folder: str, name: str) -> SavedQuery:
        """What a view asks and how it is laid out, under a name."""
        layout = view.layout or ColumnLayout()
        return SavedQuery(
            name,
            view.record_type,
            self.asking.text(view.record_type, view.expression),
            folder,
            layout.paths,
            layout.widths,
            pinned_columns=layout.pinned,
        )

    def tab_types(self, active: str) -> tuple[FoundType, ...]:
        """Record types that get a tab, in the order they were met; junctions only while one is looked at.

        The active one is always among them, though the server may never have heard of it.
        """
        known = tuple(
            found for found in self.discovery.found if found.name == active or not found.is_junction
        )
        if self.discovery.get(active) is None:
            return (*known, FoundType(active, ASKED))
        return known

    def command_line(self, view: TypeView, record: Record | None = None) -> str:
        """The headless twin of the view, or of reading a record of it."""
        if record is not None:
            address = (record.record_id.record_type, record.record_id.id)
            words = ["crmdeck get", *(shlex.quote(part) for part in address)]
        else:
            words = ["crmdeck query", shlex.quote(view.record_type)]
            conditions = replace(self.scoped(view), sort=())
            if conditions != EMPTY:
                words.append(shlex.quote(self.asking.text(view.record_type, conditions)))
            words += [f"--sort {shlex.quote(str(key))}" for key in view.sort]
        if self.session.command_options:
            words.append(self.session.command_options)
        return " ".join(words)

    async def read(self, record_id: RecordId) -> Record:
        """One record as it is now."""
        return await self.backend.read(record_id)

    def current_field(self, view: TypeView) -> Field | None:
        """The cell one is on in a view, with what may be done to it."""
        attribute, record = view.attribute(view.column), view.record(view.row)
        if view.schema is None or attribute is None or record is None:
            return None
        resources, is_read_only = self.backend.resources, self.session.is_read_only
        return record_field(resources, view.schema, record, attribute, is_read_only=is_read_only)

    def fields(self, view: TypeView, record: Record) -> tuple[Field, ...]:
        """Every field of a record of a view, whose schema is known."""
        assert view.schema is not None
        resources, is_read_only = self.backend.resources, self.session.is_read_only
        return record_fields(resources, view.schema, record, is_read_only=is_read_only)

    async def name_references(self, view: TypeView) -> bool:
        """Learn what the references in the view's columns are called; whether any row changed."""
        if view.records is None:
            return False
        records = view.records
        kept = [record for _, record in records.in_memory()]
        is_any_learned = await self._names.learn(kept, view.columns)
        records.replace(self._names.named)
        return is_any_learned

    async def name_all(self, record: Record, schema: RecordType) -> Record:
        """The record with every reference named, as far as the workspace tells."""
        await self._names.learn((record,), schema.attributes)
        return self._names.named(record)

    async def find_records(
        self, view: TypeView, record_type: str, text: str
    ) -> tuple[tuple[str, str], ...]:
        """Ids and names of records whose name holds a text: those the loaded rows refer to, then those the server finds.

        Raises:
            BackendError: if the server cannot be asked; what the rows hold is then all there is.
        """
        found = self.referred(view, record_type, text)
        by_name = await self.asking.name_query(record_type, text)
        if by_name is not None:
            page = await self.backend.query(by_name)
            found |= {record.record_id.id: record.title for record in page.records}
        self._found_names |= found
        return tuple(found.items())

    def referred(self, view: TypeView, record_type: str, text: str) -> dict[str, str]:
        """The records of a type that the loaded rows refer to by a name that holds a text."""
        return {
            target.record_id: target.name
            for target in _references(view)
            if target.record_type == record_type
            and target.name is not None
            and text.casefold() in target.name.casefold()
        }

    def name_of(self, view: TypeView, record_id: str) -> str | None:
        """What a record is called, as far as the loaded rows or a search told."""
        if record_id not in self._found_names:
            names = {row.record_id: row.name for row in _references(view) if row.name}
            if record_id not in names:
                return None
            self._found_names[record_id] = names[record_id]
        return self._found_names[record_id]

    def sort_by(self, view: TypeView, attribute: Attribute, *, is_added: bool) -> Capability | None:
        """Sort by an attribute: ascending, then descending, then not at all.

        Returns the reason when it cannot be done, `None` when the view's sort was changed.
        """
        assert view.schema is not None
        capability = attribute_sort(view.schema, attribute)
        if not capability.is_open:
            return capability
        kept = (
            tuple(key for key in view.sort if key.field != attribute.api_name) if is_added else ()
        )
        current = next((key for key in view.sort if key.field == attribute.api_name), None)
        if current is None:
            if len(kept) >= MAX_SORTS:
                return _TOO_MANY_SORTS
            view.sort = (*kept, Sort(attribute.api_name))
        elif current.direction is Direction.ASC:
            flipped = Sort(attribute.api_name, Direction.DESC)
            view.sort = (
                tuple(flipped if key is current else key for key in view.sort)
                if is_added
                else (flipped,)
            )
        else:
            view.sort = kept
        return None

    def sort_by_one(
        self, view: TypeView, attribute: Attribute, direction: Direction
    ) -> Capability | None:
        """Sort by one attribute alone; the reason when it cannot be done, `None` when the view's sort was changed."""
        assert view.schema is not None
        capability = attribute_sort(view.schema, attribute)
        if not capability.is_open:
            return capability
        view.sort = (Sort(attribute.api_name, direction),)
        return None

    def filter_rows(self, view: TypeView, text: str) -> None:
        """Set the quick filter, empty text for none; one stays on the record one is on, if it is still shown."""
        record = view.record(view.row)
        view.quick_filter = text
        self.apply_quick_filter(view)
        rows = range(view.row_count)
        view.row = next((row for row in rows if record and view.record(row) is record), 0)

    def apply_quick_filter(self, view: TypeView) -> None:
        """Work out which rows in memory pass the quick filter; `!text` asks for those that do not hold the text."""
        text = view.quick_filter
        if not text or view.records is None:
            view.matches = None
            return
        is_inverse = text.startswith("!")
        needle = text[1:].casefold() if is_inverse else text.casefold()
        view.matches = tuple(
            index
            for index, record in view.records.in_memory()
            if (needle in self._row_text(view, record)) is not is_inverse
        )

    def _row_text(self, view: TypeView, record: Record) -> str:
        cells = (
            show(record.attributes.get(column.api_name), column.value_type)
            for column in view.columns
        )
        return "\n".join(cells).casefold()

    def _scope(self, record_types: tuple[str, ...]) -> Record | None:
        """The record that was looked at last among those types."""
        candidates = [record for name, record in self._last_by_type.items() if name in record_types]
        return candidates[-1] if candidates else None


_TOO_MANY_SORTS = Capability(
    Answer.NO,
    Source.DOCUMENTED,
    f"A query takes at most {MAX_SORTS} sort keys.",
    "Public API v2, Query Records for Sync",
    "sort_too_many_fields",
    "Press s to sort by this column alone.",
)


def _unscoped(view: TypeView, fault: ClauseFault) -> ClauseFault:
    """The same without the condition that the record one is within stands for."""
    if view.scope is None or not fault.path:
        return fault
    first, *rest = fault.path
    return replace(fault, path=(first - 1, *rest) if first else ())


def _references(view: TypeView) -> Iterator[Reference]:
    """Every reference in the rows in memory."""
    rows = view.records.in_memory() if view.records is not None else ()
    for _, record in rows:
        for value in record.attributes.values():
            items = value if isinstance(value, tuple) else (value,)
            yield from (item for item in items if isinstance(item, Reference))

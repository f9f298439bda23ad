"""The records a column's statistics can be made of without asking the server for more, and how much of all they are."""

from app.controller.browse import TypeView
from app.domain.records import Record
from app.domain.statistics import Scope


def loaded_records(view: TypeView) -> tuple[tuple[Record, ...], Scope]:
    """What a view has in memory, through its quick filter."""
    if view.records is None:
        return (), Scope(0, is_all=False)
    kept = [record for _, record in view.records.in_memory()]
    if view.matches is not None:
        matching = (view.records.get(row) for row in view.matches)
        found = tuple(record for record in matching if record is not None)
        return found, Scope(len(found), is_all=False, filtered_from=len(kept))
    forgotten = view.records.count - len(kept)
    is_all = not view.records.has_more and not forgotten
    return tuple(kept), Scope(len(kept), is_all=is_all, forgotten=forgotten)

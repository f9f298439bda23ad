"""Drafts and intents as JSON, from which they come back as they were: every digit, every hidden character."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from app.domain.journal import (
    Draft,
    EditAction,
    Intent,
    IntentKind,
    IntentState,
    ItemEdit,
    LinkEdit,
)
from app.domain.values import Json


def draft_json(draft: Draft) -> Json:
    """A draft as JSON: nothing of it is lost."""
    return {
        "id": draft.id,
        "workspace": draft.workspace,
        "record_type": draft.record_type,
        "record_id": draft.record_id,
        "title": draft.title,
        "base": dict(draft.base),
        "version": draft.version,
        "updated_at": _moment_json(draft.updated_at),
        "values": dict(draft.values),
        "texts": dict(draft.texts),
        "items": [_item_json(edit) for edit in draft.items],
        "links": [_link_json(edit) for edit in draft.links],
        "focus": draft.focus,
        "caret": draft.caret,
        "saved_at": _moment_json(draft.saved_at),
    }


def draft_of(document: Json) -> Draft:
    """The draft that JSON means.

    Raises:
        ValueError: it is none.
    """
    match document:
        case {
            "id": str(id_),
            "workspace": str(workspace),
            "record_type": str(record_type),
            "record_id": str() | None as record_id,
            "title": str(title),
            "base": dict(base),
            "version": str() | None as version,
            "updated_at": str() | None as updated_at,
            "values": dict(values),
            "texts": dict(texts),
            "items": list(items),
            "links": list(links),
            "focus": str() | None as focus,
            "caret": int() | None as caret,
            "saved_at": str() | None as saved_at,
        }:
            return Draft(
                id=id_,
                workspace=workspace,
                record_type=record_type,
                record_id=record_id,
                title=title,
                base=MappingProxyType(base),
                version=version,
                updated_at=_moment_of(updated_at),
                values=MappingProxyType(values),
                texts=_texts_of(texts),
                items=tuple(map(_item_of, items)),
                links=tuple(map(_link_of, links)),
                focus=focus,
                caret=caret,
                saved_at=_moment_of(saved_at),
            )
    raise ValueError("is no draft")


def intent_json(intent: Intent) -> Json:
    """An intent as JSON: nothing of it is lost."""
    return {
        "id": intent.id,
        "workspace": intent.workspace,
        "kind": intent.kind.value,
        "record_type": intent.record_type,
        "record_id": intent.record_id,
        "title": intent.title,
        "method": intent.method,
        "path": intent.path,
        "body": None if intent.body is None else intent.body.decode("utf-8", "surrogateescape"),
        "before": dict(intent.before),
        "after": dict(intent.after),
        "state": intent.state.value,
        "sent_at": _moment_json(intent.sent_at),
        "settled_at": _moment_json(intent.settled_at),
        "number": intent.number,
        "note": intent.note,
        "undo_of": intent.undo_of,
        "draft_id": intent.draft_id,
        "plan_id": intent.plan_id,
    }


def intent_of(document: Json) -> Intent:
    """The intent that JSON means.

    Raises:
        ValueError: it is none.
    """
    match document:
        case {
            "id": str(id_),
            "workspace": str(workspace),
            "kind": str(kind),
            "record_type": str(record_type),
            "record_id": str() | None as record_id,
            "title": str(title),
            "method": str(method),
            "path": str(path),
            "body": str() | None as body,
            "before": dict(before),
            "after": dict(after),
            "state": str(state),
            "sent_at": str() | None as sent_at,
            "settled_at": str() | None as settled_at,
            "number": int() | None as number,
            "note": str(note),
            "undo_of": str() | None as undo_of,
            "draft_id": str() | None as draft_id,
            "plan_id": str() | None as plan_id,
        }:
            return Intent(
                id=id_,
                workspace=workspace,
                kind=IntentKind(kind),
                record_type=record_type,
                record_id=record_id,
                title=title,
                method=method,
                path=path,
                body=None if body is None else body.encode("utf-8", "surrogateescape"),
                before=MappingProxyType(before),
                after=MappingProxyType(after),
                state=IntentState(state),
                sent_at=_moment_of(sent_at),
                settled_at=_moment_of(settled_at),
                number=number,
                note=note,
                undo_of=undo_of,
                draft_id=draft_id,
                plan_id=plan_id,
            )
    raise ValueError("is no intent")


def _item_json(edit: ItemEdit) -> Json:
    return {
        "attribute": edit.attribute,
        "action": edit.action.value,
        "item_id": edit.item_id,
        "members": dict(edit.members),
        "before": dict(edit.before),
    }


def _item_of(document: Json) -> ItemEdit:
    match document:
        case {
            "attribute": str(attribute),
            "action": str(action),
            "item_id": str() | None as item_id,
            "members": dict(members),
            "before": dict(before),
        }:
            return ItemEdit(
                attribute=attribute,
                action=EditAction(action),
                item_id=item_id,
                members=MappingProxyType(members),
                before=MappingProxyType(before),
            )
    raise ValueError("is no change of an item")


def _link_json(edit: LinkEdit) -> Json:
    return {
        "relationship": edit.relationship,
        "action": edit.action.value,
        "target_type": edit.target_type,
        "target_id": edit.target_id,
        "title": edit.title,
        "edge": dict(edit.edge),
        "before": dict(edit.before),
    }


def _link_of(document: Json) -> LinkEdit:
    match document:
        case {
            "relationship": str(relationship),
            "action": str(action),
            "target_type": str(target_type),
            "target_id": str(target_id),
            "title": str(title),
            "edge": dict(edge),
            "before": dict(before),
        }:
            return LinkEdit(
                relationship=relationship,
                action=EditAction(action),
                target_type=target_type,
                target_id=target_id,
                title=title,
                edge=MappingProxyType(edge),
                before=MappingProxyType(before),
            )
    raise ValueError("is no change of a link")


def _texts_of(document: Mapping[str, Json]) -> Mapping[str, str]:
    texts = {name: text for name, text in document.items() if isinstance(text, str)}
    if len(texts) < len(document):
        raise ValueError("is no draft")
    return MappingProxyType(texts)


def _moment_json(moment: datetime | None) -> Json:
    return None if moment is None else moment.isoformat()


def _moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

"""Bodies of the writing calls of Public API v2, and what their answers mean.

Source: Public API v2, Create and Update Records, Manage Relationships, Manage Contact and Account Subresources; reference,
"log a manual activity"; contract 3.3 to 3.5 and 3.8 to 3.10.
"""

from collections.abc import Iterable, Sequence

from app.domain.edits import Change, Unset, sent, write_json
from app.domain.errors import BadAnswer, Fault, Rejected
from app.domain.outcomes import Did, Done
from app.domain.records import RecordId
from app.domain.values import Json
from app.wire.public_v2.matrix import ACTIVITY_METADATA
from app.wire.public_v2.records import link_to_domain, record_to_domain
from app.wire.shape import needed_object

_METADATA = frozenset(word.api_name for word in ACTIVITY_METADATA)


def attributes_to_json(changes: Iterable[Change]) -> Json:
    """The body of a create or a patch: raw values, `null` for what is cleared. Raises Rejected."""
    return {"attributes": members_to_json(changes)}


def activity_to_json(changes: Sequence[Change]) -> Json:
    """The body that logs an activity: its words, some of them under `metadata`. Raises Rejected."""
    metadata = members_to_json(change for change in changes if change.attribute in _METADATA)
    rest = members_to_json(change for change in changes if change.attribute not in _METADATA)
    return {"attributes": {"metadata": metadata, **rest} if metadata else rest}


def assert_to_json(match: Change, changes: Iterable[Change]) -> Json:
    """The body of `_assert`. Raises Rejected."""
    return {"match": members_to_json([match]), "attributes": members_to_json(changes)}


def link_to_json(target: str | Change, edge: Iterable[Change]) -> Json:
    """The body that adds a link, by id or by a unique value. Raises Rejected."""
    body: dict[str, Json]
    if isinstance(target, Change):
        body = {"related_record_match": members_to_json([target])}
    else:
        body = {"related_record_id": target}
    return body | members_to_json(edge)


def members_to_json(changes: Iterable[Change]) -> dict[str, Json]:
    """Changes as members of an object; also the whole body of a link's or an item's patch.

    Raises:
        Rejected: for a value that is never sent.
    """
    members: dict[str, Json] = {}
    for change in sent(changes):
        assert not isinstance(change.value, Unset)
        try:
            members[change.attribute] = write_json(change.value)
        except ValueError as error:
            reason = f"{change.attribute} {error}"
            fault = Fault("field_value_invalid", reason, change.attribute)
            raise Rejected(reason, faults=(fault,)) from None
    return members


def created(answer: Json, record_type: str, number: int) -> Done:
    """The answer of a create. Raises BadAnswer if it holds no record."""
    record = record_to_domain(_data(answer), record_type, pointer="/data")
    return Done(Did.CREATED, number, record)


def patched(answer: Json, record_id: RecordId, number: int) -> Done:
    """The answer of a patch; none at all is enough. Raises BadAnswer for any other record."""
    if answer is None:
        return Done(Did.UPDATED, number)
    record = record_to_domain(_data(answer), record_id.record_type, pointer="/data")
    if record.record_id.id.casefold() != record_id.id.casefold():
        raise BadAnswer(f"Changed {record_id}, the server answered with {record.record_id}")
    return Done(Did.UPDATED, number, record)


def asserted(answer: Json, record_type: str, status: int, number: int) -> Done:
    """The answer of `_assert`: what it did stands in `meta.action`, else the status tells. Raises BadAnswer."""
    record = record_to_domain(_data(answer), record_type, pointer="/data")
    meta = needed_object(answer, "").get("meta")
    action = meta.get("action") if isinstance(meta, dict) else None
    if action not in (Did.CREATED.value, Did.UPDATED.value):
        action = Did.CREATED if status == 201 else Did.UPDATED
    return Done(Did(str(action)), number, record)


def linked(answer: Json, action: Did, number: int, target_id: str | None) -> Done:
    """The answer of adding or changing a link: the one link under `item`. Raises BadAnswer for one to another record."""
    if answer is None and action is Did.UPDATED:
        return Done(action, number)
    link = link_to_domain(needed_object(answer, "").get("item"), "/item")
    if target_id is not None and link.target.id.casefold() != target_id.casefold():
        raise BadAnswer(f"Linked {target_id}, the server answered with a link to {link.target}")
    return Done(action, number, link=link)


def item_kept(answer: Json, action: Did, number: int) -> Done:
    """The answer of adding or changing an item: bare under `data`, or under `data.envelope`. Raises BadAnswer."""
    if answer is None and action is Did.UPDATED:
        return Done(action, number)
    data = _data(answer)
    envelope = data.get("envelope")
    return Done(action, number, item=envelope if isinstance(envelope, dict) else data)


def removed(answer: Json, action: Did, number: int) -> Done:
    """The answer of an archive or a removal: nothing, or an object that is no error. Raises BadAnswer."""
    if answer is not None and "error" in needed_object(answer, ""):
        raise BadAnswer("The server answered a removal with success and an error")
    return Done(action, number)


def _data(answer: Json) -> dict[str, Json]:
    return needed_object(needed_object(answer, "").get("data"), "/data")

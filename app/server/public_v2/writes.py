"""Records made, changed, archived, and made or changed by a unique value.

Source: Public API v2, Create and Update Records; contract 3.3, 3.5 and 7, nos. 16 and 24 to 31.
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from app.domain.values import Json
from app.server.bodies import parse_object, read_bytes
from app.server.public_v2.activity_log import log_activity
from app.server.public_v2.calls import Call, etag_of
from app.server.public_v2.records import render
from app.server.refusals import Refusal, quoted
from app.server.store.accepting import domain_text, email_text
from app.server.store.changes import Wanted, accept, archive_record, create_record, patch_record
from app.server.store.claims import unique_key
from app.server.store.definitions import RecordTypeDefinition
from app.server.store.identifiers import parse_id
from app.server.store.matching import match_attribute, matching_ids, the_one_key
from app.server.store.operands import BadOperand
from app.server.store.pages import changed_at, read_one
from app.server.store.readers import Reader
from app.server.store.replies import Reply
from app.server.store.rules import ASSERT_KEYS
from app.server.store.sql import selected
from app.server.store.writing import Writer

NOT_WRITABLE = "not_writable:"
"""With a record type's name behind it, the key of a row in `crm_meta` that closes the type for changes."""


async def create(call: Call) -> Response:
    """Answer a create."""
    body = await read_bytes(call.request)
    definition, with_names = call.resource.definition, call.with_names
    attributes = _attributes(parse_object(body, frozenset({"attributes"})))
    is_log = bool(call.resource.rule.query_scopes)

    def work(writer: Writer) -> Reply:
        check_writable(writer, definition)
        if is_log:
            new_id = log_activity(writer, definition, attributes)
        else:
            wanted = accept(writer, definition, attributes, is_new=True)
            new_id = create_record(writer, definition, wanted)
        return record_reply(writer, definition, new_id, 201, with_names=with_names)

    return await call.change(body, work)


async def patch(call: Call) -> Response:
    """Answer a PATCH."""
    body = await read_bytes(call.request)
    definition, record_id, with_names = call.resource.definition, call.record_id, call.with_names
    attributes = _attributes(parse_object(body, frozenset({"attributes"})))

    def work(writer: Writer) -> Reply:
        _check_target(call, writer, definition, record_id)
        wanted = accept(writer, definition, attributes, is_new=False)
        patch_record(writer, definition, record_id, wanted)
        return record_reply(writer, definition, record_id, 200, with_names=with_names)

    return await call.change(body, work)


async def archive(call: Call) -> Response:
    """Answer a DELETE of a record."""
    body = await read_bytes(call.request)
    definition, record_id = call.resource.definition, call.record_id

    def work(writer: Writer) -> Reply:
        _check_target(call, writer, definition, record_id)
        archive_record(writer, definition, record_id)
        return Reply(204)

    return await call.change(body, work)


async def assert_record(call: Call) -> Response:
    """Answer `_assert`."""
    body = await read_bytes(call.request)
    definition, with_names = call.resource.definition, call.with_names
    asked = parse_object(body, frozenset({"match", "attributes"}))
    attributes = _attributes({"attributes": {}} | asked)

    def work(writer: Writer) -> Reply:
        check_writable(writer, definition)
        key, value = _match(definition, asked.get("match"))
        found = _find(writer, definition, key, value)
        if found is not None:
            wanted = accept(writer, definition, attributes, is_new=False)
            patch_record(writer, definition, found, wanted)
            action, status = "updated", 200
        else:
            wanted = _with_match(writer, definition, attributes, key, value)
            found = create_record(writer, definition, wanted)
            action, status = "created", 201
        return record_reply(
            writer,
            definition,
            found,
            status,
            with_names=with_names,
            meta=f'{{"action":"{action}"}}',
        )

    return await call.change(body, work)


def _attributes(asked: Mapping[str, Json]) -> dict[str, Json]:
    attributes = asked.get("attributes")
    if attributes is None:
        raise Refusal("field_required_missing", "the body needs attributes", "attributes")
    if not isinstance(attributes, dict):
        raise Refusal("field_value_invalid", "attributes must be an object", "attributes")
    return attributes


def check_writable(reader: Reader, definition: RecordTypeDefinition) -> None:
    """Raise `Refusal` for a record type that is closed for changes; links are changed from the records they join."""
    name = definition.api_name
    is_closed = definition.is_junction or bool(
        reader.rows(selected("1", '"crm_meta"', reader.equal(key=f"{NOT_WRITABLE}{name}")))
    )
    if is_closed:
        raise Refusal("record_not_writable", f"{name} records cannot be written")


def _check_target(
    call: Call, writer: Writer, definition: RecordTypeDefinition, record_id: str
) -> None:
    """Raise `Refusal` if the record cannot be changed, is not there, or is not the one the caller has read."""
    check_writable(writer, definition)
    updated_at = changed_at(writer, definition, record_id)
    if updated_at is None:
        raise Refusal("record_not_found", f"no {definition.api_name} {record_id}")
    call.check_unchanged(etag_of(updated_at))


def record_reply(
    writer: Writer,
    definition: RecordTypeDefinition,
    record_id: str,
    status: int,
    *,
    with_names: bool,
    meta: str | None = None,
) -> Reply:
    """The full record as it now is; `meta` is JSON beside it."""
    page = read_one(writer, definition.api_name, record_id)
    record = render(writer, page, with_names=with_names)[0]
    tail = f',"meta":{meta}' if meta is not None else ""
    return Reply(status, f'{{"data":{record}{tail}}}', etag_of(page.rows[0][2]))


def _match(definition: RecordTypeDefinition, raw: Json) -> tuple[str, Json]:
    """What `_assert` matches by. Raises `Refusal`."""
    key, value = the_one_key(raw, "match")
    keys = ASSERT_KEYS.get(definition.api_name, ())
    if key not in keys:
        message = f"{definition.api_name} is matched by one of {', '.join(keys)}"
        raise Refusal("invalid_matching_field", message, quoted(key))
    try:
        match key:
            case "id":
                value = parse_id(value) if isinstance(value, str) else None
                if value is None:
                    raise BadOperand("must be a UUID")
            case "domain_name":
                value = domain_text(value)
            case _:
                value = email_text(value)
    except BadOperand as error:
        raise Refusal("field_value_invalid", f"{key} {error}", key) from None
    return key, value


def _find(writer: Writer, definition: RecordTypeDefinition, key: str, value: Json) -> str | None:
    """The record that is meant, `None` if there is none. Raises `Refusal`."""
    found = matching_ids(writer, definition, match_attribute(definition, key), value)
    if len(found) > 1:
        message = f"more than one {definition.api_name} has that {key}"
        raise Refusal("ambiguous_match", message, key)
    if not found and key == "id":
        raise Refusal("record_not_found", f"no {definition.api_name} {value}")
    return found[0] if found else None


def _with_match(
    writer: Writer,
    definition: RecordTypeDefinition,
    attributes: dict[str, Json],
    key: str,
    value: Json,
) -> Wanted:
    """The values of a new record, with the one it was looked for by. Source: contract 7, no. 30."""
    if key == "domain_name":
        wanted = accept(writer, definition, attributes, is_new=True)
        domain = (str(value), 1, "ACTIVE")
        return replace(wanted, items={**wanted.items, "domains": [domain]})
    if not attributes.keys() & {"contact_emails", "primary_email"}:
        attributes = {**attributes, "primary_email": value}
    wanted = accept(writer, definition, attributes, is_new=True)
    listed = [cells[0] for cells in wanted.items.get("contact_emails", ())]
    listed += wanted.values.get("primary_email") or ()
    if unique_key(str(value)) not in map(unique_key, listed):
        message = f"the new contact would not have the {key} it was matched by"
        raise Refusal("field_value_invalid", message, key)
    return wanted

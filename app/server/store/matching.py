"""Finding one record by a unique value.

Source: Public API v2, Manage Relationships; contract 3.4, 3.5 and 7, nos. 29 to 31.
"""

from app.domain.operators import OperatorName
from app.domain.query import Filter
from app.domain.values import Json
from app.server.refusals import Refusal, quoted
from app.server.store.claims import claimed, holders
from app.server.store.definitions import AttributeDefinition, RecordTypeDefinition
from app.server.store.filters import FilterCompiler
from app.server.store.readers import Reader
from app.server.store.record_sql import ALIVE
from app.server.store.rules import MATCH_KEYS
from app.server.store.sql import Sql, selected


def match_attribute(definition: RecordTypeDefinition, key: str) -> AttributeDefinition:
    """The unique attribute that a match key names. Raises `Refusal`."""
    name = MATCH_KEYS.get(definition.api_name, {}).get(key, key)
    attribute = definition.attribute_by_name.get(name)
    if (
        attribute is None
        or attribute.is_hidden
        or not (attribute.is_unique or name == "id")
        or (name != key and key in definition.attribute_by_name)
    ):
        raise Refusal(
            "invalid_matching_field",
            f"{quoted(key)} is no unique field of {definition.api_name}",
            quoted(key),
        )
    return attribute


def matching_ids(
    reader: Reader, definition: RecordTypeDefinition, attribute: AttributeDefinition, value: Json
) -> list[str]:
    """The ids of up to two records that have the value, archived ones left out. Raises `Refusal`.

    Unique values are looked up among the claims too: these know composed and folded text, and an index finds only ASCII.
    """
    held: list[str] = []
    if isinstance(value, str) and attribute in claimed(definition):
        held = holders(reader, definition.api_name, attribute.api_name, value)
        if not value.isascii():
            return held
    compiler = FilterCompiler(reader.dialect, reader.catalogue, definition)
    try:
        has_value = compiler.compile((Filter(attribute.api_name, OperatorName.EQ, value),), "t")
    except Refusal as refusal:
        raise Refusal("field_value_invalid", refusal.message, attribute.api_name) from None
    assert has_value is not None
    source = f"{reader.dialect.quote(definition.api_name)} AS t"
    question = selected('t."id"', source, ALIVE, has_value, tail=Sql("LIMIT 2"))
    found = [row[0] for row in reader.rows(question)]
    return [*found, *(row for row in held if row not in found)]


def the_one_key(match: Json, field: str) -> tuple[str, Json]:
    """The only member of a match object. Raises `Refusal`."""
    if not isinstance(match, dict) or len(match) != 1:
        raise Refusal("invalid_matching_field", "a match names exactly one field", field)
    ((key, value),) = match.items()
    return key, value


def resolve_match(reader: Reader, target: RecordTypeDefinition, match: Json, field: str) -> str:
    """The id of the one record that a `related_record_match` means; `field` is what the answer names. Raises `Refusal`."""
    key, value = the_one_key(match, field)
    found = matching_ids(reader, target, match_attribute(target, key), value)
    if not found:
        raise Refusal(
            "target_record_not_found", f"no {target.api_name} has that {quoted(key)}", field
        )
    if len(found) > 1:
        raise Refusal(
            "ambiguous_match", f"more than one {target.api_name} has that {quoted(key)}", field
        )
    return found[0]

"""The schema answer of Public API v2 and its translation.

Source: reference, "introspect a record type's public schema"; contract 3.7. `options` and `related_object_api_name` inside
`type_info` are ours: the documentation shows two of its keys and hints at more per type. Readers must do without them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from app.domain.schema import Attribute, RecordType, Relationship
from app.domain.values import Json, Option
from app.wire.public_v2.values import CODECS
from app.wire.shape import bad, kind_of, needed_object, text

Part = TypeVar("Part")


def schema_to_domain(answer: Json, record_type: str) -> RecordType:
    """A record type as it was asked for; what cannot be read is left out and named in `oddities`.

    Raises:
        BadAnswer: if the answer is no object, describes another type, or lists its attributes as something else.
    """
    body = needed_object(answer, "")
    reader = _Reader()
    api_name = reader.text(body, "api_name", "") or record_type
    if api_name != record_type:
        reader.oddities.append(f"/api_name: says {api_name}, asked was {record_type}")
    for key in ("attributes", "relationships"):
        if not isinstance(body.get(key), list | None):
            raise bad(f"/{key}", "a list", body[key])
    return RecordType(
        record_type,
        reader.text(body, "display_name", "") or record_type,
        is_custom=reader.flag(body, "is_custom", ""),
        is_junction=reader.flag(body, "is_junction", ""),
        supports_custom_fields=reader.flag(body, "supports_custom_fields", ""),
        attributes=reader.each(body, "attributes", reader.attribute),
        relationships=reader.each(body, "relationships", reader.relationship),
        description=reader.text(body, "description", ""),
        object_id=reader.text(body, "object_id", "") or None,
        oddities=tuple(reader.oddities),
    )


@dataclass(slots=True)
class _Reader:
    """Reads one schema; entries are read one by one, so that one odd entry does not hide the others."""

    oddities: list[str] = field(default_factory=list)

    def each(
        self,
        body: dict[str, Json],
        key: str,
        read: Callable[[dict[str, Json], str, str], Part],
    ) -> tuple[Part, ...]:
        """Every entry of a list that is an object with an API name."""
        entries = body.get(key)
        parts = []
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            pointer = f"/{key}/{index}"
            if not isinstance(entry, dict):
                self.oddities.append(f"{pointer}: is {kind_of(entry)}; left out")
                continue
            name = text(entry.get("api_name"))
            if not name:
                self.oddities.append(f"{pointer}/api_name: is missing; left out")
                continue
            parts.append(read(entry, name, pointer))
        return tuple(parts)

    def attribute(self, entry: dict[str, Json], name: str, pointer: str) -> Attribute:
        """One attribute; every flag is false unless said otherwise."""
        info = entry.get("type_info")
        if not isinstance(info, dict):
            self.oddities.append(f"{pointer}/type_info: is {kind_of(info)}")
            info = {}
        where = f"{pointer}/type_info"
        return Attribute(
            api_name=name,
            display_name=self.text(entry, "display_name", pointer) or name,
            value_type=self.text(info, "value_type", where) or "unknown",
            is_array=self.flag(info, "is_array", where),
            is_creatable=self.flag(entry, "is_creatable", pointer),
            is_updatable=self.flag(entry, "is_updatable", pointer),
            is_required_on_create=self.flag(entry, "is_required_on_create", pointer),
            is_unique=self.flag(entry, "is_unique", pointer),
            is_custom=self.flag(entry, "is_custom", pointer),
            is_sortable=self.flag(entry, "is_sortable", pointer),
            is_filterable=self.flag(entry, "is_filterable", pointer),
            filter_operators=self.texts(entry, "filter_operators", pointer),
            description=self.text(entry, "description", pointer),
            related_record_type=self.text(info, "related_object_api_name", where) or None,
            options=_options(info.get("options")),
        )

    def relationship(self, entry: dict[str, Json], name: str, pointer: str) -> Relationship:
        """One relationship; list-like unless said otherwise."""
        return Relationship(
            api_name=name,
            display_name=self.text(entry, "display_name", pointer) or name,
            related_record_type=self.text(entry, "related_object_api_name", pointer),
            is_creatable=self.flag(entry, "is_creatable", pointer),
            is_updatable=self.flag(entry, "is_updatable", pointer),
            is_array=self.flag(entry, "is_array", pointer, default=True),
            is_custom=self.flag(entry, "is_custom", pointer),
            description=self.text(entry, "description", pointer),
            inverse_api_name=self.text(entry, "related_object_relationship_api_name", pointer)
            or None,
            junction_record_type=self.text(entry, "junction_object_api_name", pointer) or None,
        )

    def flag(
        self, entry: dict[str, Json], key: str, pointer: str, *, default: bool = False
    ) -> bool:
        """True or false; anything else is noted and counts as the default."""
        value = entry.get(key)
        if isinstance(value, bool):
            return value
        if value is not None:
            self.oddities.append(f"{pointer}/{key}: is {kind_of(value)}, not true or false")
        return default

    def text(self, entry: dict[str, Json], key: str, pointer: str) -> str:
        """A text; anything else is noted and counts as empty."""
        value = entry.get(key)
        if isinstance(value, str):
            return value
        if value is not None:
            self.oddities.append(f"{pointer}/{key}: is {kind_of(value)}, not a text")
        return ""

    def texts(self, entry: dict[str, Json], key: str, pointer: str) -> tuple[str, ...]:
        """The texts of a list; anything else is noted."""
        value = entry.get(key)
        if value is None:
            return ()
        found = [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
        if not isinstance(value, list) or len(found) != len(value):
            self.oddities.append(f"{pointer}/{key}: is not a list of texts")
        return tuple(found)


def _options(entries: Json) -> tuple[Option, ...]:
    """The choices that can be read."""
    decoded = []
    for entry in entries if isinstance(entries, list) else ():
        try:
            option = CODECS["select"].decode(entry)
        except ValueError:
            continue
        if isinstance(option, Option):
            decoded.append(option)
    return tuple(decoded)

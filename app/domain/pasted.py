"""A pasted column of ids, e-mail addresses or domains: what was recognised, and which attribute it is looked up in."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.capabilities import Answer, Capability, Source
from app.domain.operators import OperatorName, fold
from app.domain.records import Record
from app.domain.schema import Attribute, RecordType
from app.domain.values import DomainItem, EmailItem, Reference, Scalar, Value

MAX_VALUES: Final = 10_000
"""Values that are taken from one paste."""

CHUNK: Final = 100
"""Values of one request; also the most records of a page, so that one answer mostly holds them all."""

MAX_PIECE: Final = 400
"""Characters; nothing that is recognised is longer."""

_SEPARATORS: Final = re.compile(r"[\n\r\t,;|]+")
_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"
_BRACKETED: Final = re.compile(r".*<([^<>]+)>")
"""An address with a name before it, as mail programs copy it."""
_ADDRESS: Final = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,255}")
_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN: Final = re.compile(
    rf"(?:https?://)?((?:{_LABEL}\.)+{_LABEL})(?:[/:?#]\S*)?", re.IGNORECASE
)
_ID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


class PastedKind(StrEnum):
    """What the values of a paste are."""

    ID = "id"
    EMAIL = "e-mail address"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was recognised in a text."""

    kind: PastedKind | None
    """The commonest kind; `None` where nothing was recognised."""
    values: tuple[str, ...] = ()
    """Each once, in the order of the text."""
    duplicates: int = 0
    unrecognised: tuple[str, ...] = ()
    """Pieces that are nothing of the kind; not yet sanitised."""
    beyond: int = 0
    """Values after the first `MAX_VALUES`, which are left out."""


def read_pasted(text: str) -> Pasted:
    """The values in a text, one a line or separated by commas, semicolons, bars, tabs or blanks; quotes are taken off."""
    pieces = [
        piece for raw in _SEPARATORS.split(text) if (piece := raw.strip().strip(_QUOTES).strip())
    ]
    read = [found for piece in pieces for found in _read(piece)]
    kinds = Counter(found[0] for _, found in read if found is not None)
    if not kinds:
        return Pasted(None, unrecognised=tuple(piece for piece, _ in read))
    kind = kinds.most_common(1)[0][0]
    values: dict[str, str] = {}
    for _, found in read:
        if found is not None and found[0] is kind:
            values.setdefault(fold(found[1]), found[1])
    return Pasted(
        kind,
        tuple(values.values())[:MAX_VALUES],
        kinds[kind] - len(values),
        tuple(piece for piece, found in read if found is None or found[0] is not kind),
        max(0, len(values) - MAX_VALUES),
    )


def lookup_attributes(
    record_type: RecordType, kind: PastedKind
) -> tuple[Attribute, ...] | Capability:
    """The attributes that values of a kind can be looked up in, best first; the reason where there is none.

    By value type: lists of addresses before a single one, for they hold it too; the record's own id before references.
    """
    types = _TYPES[kind]
    found = [
        attribute
        for attribute in record_type.attributes
        if attribute.value_type in types
        and attribute.is_filterable
        and OperatorName.IN in attribute.filter_operators
    ]
    if found:
        return tuple(
            sorted(found, key=lambda row: (types.index(row.value_type), row.api_name != "id"))
        )
    return Capability(
        Answer.NO,
        Source.DECLARED,
        f"{record_type.api_name} has no attribute for {_A[kind]} that takes the operator in.",
        f"GET _schema/{record_type.api_name}, /attributes",
        "invalid_filter_field",
        "Paste it on the tab of another record type.",
    )


def chunks(values: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The values of one request after the other."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def held_values(attribute: Attribute, records: Iterable[Record]) -> frozenset[str]:
    """Everything that records hold in an attribute, in the form that is compared."""
    return frozenset(
        compared(text)
        for record in records
        for item in _items(record.attributes.get(attribute.api_name))
        if (text := _text(item)) is not None
    )


def compared(value: str) -> str:
    """A value as the server compares addresses, domains and ids: without regard to case."""
    return fold(value)


_A: Final = MappingProxyType(
    {PastedKind.ID: "an id", PastedKind.EMAIL: "an e-mail address", PastedKind.DOMAIN: "a domain"}
)

_TYPES: Final[Mapping[PastedKind, tuple[str, ...]]] = MappingProxyType(
    {
        PastedKind.ID: ("uuid", "record_reference"),
        PastedKind.EMAIL: ("contact_email", "email"),
        PastedKind.DOMAIN: ("account_domain",),
    }
)


def _read(piece: str) -> list[tuple[str, tuple[PastedKind, str] | None]]:
    """A piece with what it is; several, where blanks separate nothing but values."""
    whole = _recognised(piece)
    if whole is None and " " in piece:
        parts = [(part, _recognised(part)) for part in piece.split()]
        if all(found is not None for _, found in parts):
            return [*parts]
    return [(piece, whole)]


def _recognised(piece: str) -> tuple[PastedKind, str] | None:
    """What a piece is, and its value."""
    if len(piece) > MAX_PIECE:
        return None
    return next((found for read in _READERS if (found := read(piece)) is not None), None)


def _id(piece: str) -> tuple[PastedKind, str] | None:
    return (PastedKind.ID, str(UUID(piece))) if _ID.fullmatch(piece) else None


def _email(piece: str) -> tuple[PastedKind, str] | None:
    bracketed = _BRACKETED.fullmatch(piece)
    address = (bracketed[1] if bracketed else piece).removeprefix("mailto:").strip()
    return (PastedKind.EMAIL, address) if _ADDRESS.fullmatch(address) else None


def _domain(piece: str) -> tuple[PastedKind, str] | None:
    found = _DOMAIN.fullmatch(piece)
    return (PastedKind.DOMAIN, found[1]) if found else None


_READERS: Final[tuple[Callable[[str], tuple[PastedKind, str] | None], ...]] = (_id, _email, _domain)


def _items(value: Value) -> tuple[Scalar, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _text(item: Scalar) -> str | None:
    match item:
        case str():
            return item
        case EmailItem():
            return item.email
        case DomainItem():
            return item.domain_name
        case Reference():
            return item.record_id
        case _:
            return None

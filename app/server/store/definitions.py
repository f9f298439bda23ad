"""Record types as a workspace defines them, with how each is stored.

How tables are named. Every record type is one table with the type's API name, every attribute a column with the attribute's
API name, so any SQL tool can read the file:

    contact                     id, created_at, updated_at, archived_at and a column per attribute
    contact__contact_emails     a list-like attribute: id (where items have one), record_id, position, value columns
    task__contacts              a plain relationship: id, task_id, contact_id, created_at
    contact_account             a relationship with attributes of its own: the junction's record type is the link table
    opportunity.account_id      a reference; a relationship that mirrors it (account.opportunities) has no table

Times are text, `YYYY-MM-DDTHH:MM:SS.mmmZ`; dates and times of day ISO 8601; numbers and amounts NUMERIC; flags 0 or 1. Stage
and select columns hold an option's id (table `crm_option`), enum columns the word itself, reference columns the target's id.
An address is six columns, `address_street_one` to `address_zip_code`. `archived_at` is null unless the record is archived;
`organization_id` is the same everywhere and stands in `crm_meta`. The tables `crm_record_type`, `crm_attribute`,
`crm_relationship` and `crm_option` say all this to programs. The standard record types stand in `standard.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Final, TypeVar

from app.domain.operators import OPERATORS, OperatorName
from app.domain.values import value_type

SYSTEM_COLUMNS: Final = ("id", "created_at", "updated_at", "archived_at")
"""Columns that every record type's table has."""

ORGANIZATION: Final = "organization_id"
"""The attribute that is the same for every record and has no column."""

JSON_TYPE: Final = "json"
"""The value type of hidden attributes that hold plain JSON."""

Definition = TypeVar("Definition", "AttributeDefinition", "RecordTypeDefinition")
Made = TypeVar("Made")


def made_once(make: Callable[[Definition], Made]) -> Callable[[Definition], Made]:
    """Let a function's result for a definition be kept with that definition, as `cached_property` keeps its own.

    Nothing kept can be out of date: a definition is frozen, and a changed catalogue has new ones. A cache by equality would
    have to look at all of a definition each time.
    """
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def kept(definition: Definition) -> Made:
        memory: dict[str, Made] = vars(definition)
        if name not in memory:
            memory[name] = make(definition)
        return memory[name]

    return kept


_TITLES: Final = ("display_name", "title", "name", "email", "domain_name")


@dataclass(frozen=True, slots=True)
class OptionDefinition:
    """One choice of a stage, select or enum attribute."""

    id: str
    api_name: str
    display_value: str
    color: str | None = None
    closing_probability: str | None = None
    expected_days: int | None = None
    required_attributes: tuple[str, ...] = ()
    """Attributes that must be filled before a record may take this choice."""


@dataclass(frozen=True)
class AttributeDefinition:
    """A typed field of a record type."""

    api_name: str
    display_name: str
    value_type: str
    is_array: bool = False
    is_creatable: bool = True
    is_updatable: bool = True
    is_required_on_create: bool = False
    is_unique: bool = False
    is_custom: bool = False
    is_sortable: bool = False
    is_filterable: bool = False
    is_hidden: bool = False
    """Stored, but no attribute of the API."""
    is_indexed: bool = False
    """Whether looking it up or sorting by it is fast in a big workspace."""
    description: str = ""
    related_record_type: str | None = None
    """Where a reference points."""
    options: tuple[OptionDefinition, ...] = ()
    """The choices in their order."""

    @property
    def filter_operators(self) -> tuple[OperatorName, ...]:
        """The operators a filter on it may use, in the API's order."""
        if not self.is_filterable:
            return ()
        allowed = value_type(self.value_type).operators
        return tuple(name for name in OPERATORS if name in allowed)

    @property
    def holds_option_ids(self) -> bool:
        """Whether the column holds ids of options; an enum holds the words themselves."""
        return self.value_type == "select" or self.value_type.endswith("_stage")


@dataclass(frozen=True, slots=True)
class LinkStorage:
    """Where the links of a relationship are: `near_column` is this side's id, `far_column` the other's."""

    table: str
    near_column: str
    far_column: str


@dataclass(frozen=True, slots=True)
class RelationshipDefinition:
    """A named connection, seen from the record type that has it."""

    api_name: str
    display_name: str
    related_record_type: str
    link: LinkStorage
    inverse_api_name: str | None = None
    junction_record_type: str | None = None
    is_creatable: bool = True
    is_updatable: bool = False
    is_array: bool = True
    is_custom: bool = False
    description: str = ""


@dataclass(frozen=True)
class RecordTypeDefinition:
    """A kind of record."""

    api_name: str
    display_name: str
    attributes: tuple[AttributeDefinition, ...]
    """In the API's order; the system columns are listed only where the API shows them."""
    relationships: tuple[RelationshipDefinition, ...] = ()
    is_custom: bool = False
    is_junction: bool = False
    is_routed: bool = True
    """Whether the API serves it; others are only targets of references."""
    supports_custom_fields: bool = False
    description: str = ""
    object_id: str | None = None
    """A custom object's own id."""

    @cached_property
    def visible(self) -> tuple[AttributeDefinition, ...]:
        """The attributes of the API."""
        return tuple(row for row in self.attributes if not row.is_hidden)

    @cached_property
    def attribute_by_name(self) -> dict[str, AttributeDefinition]:
        """All attributes, hidden ones too."""
        return {row.api_name: row for row in self.attributes}

    @cached_property
    def relationship_by_name(self) -> dict[str, RelationshipDefinition]:
        """The relationships by API name."""
        return {row.api_name: row for row in self.relationships}

    @cached_property
    def title_attribute(self) -> str | None:
        """The attribute a record of this type is known by."""
        return next((name for name in _TITLES if name in self.attribute_by_name), None)

    def option_id(self, attribute: str, api_name: str) -> str:
        """The id of a choice. Raises KeyError for a name that is not among the choices."""
        for option in self.attribute_by_name[attribute].options:
            if option.api_name == api_name:
                return option.id
        raise KeyError(f"{self.api_name}.{attribute}: {api_name}")

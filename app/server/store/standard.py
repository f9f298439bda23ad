"""The standard record types of Public API v2, as data.

Source of names, types and rights: contract section 5. Where the documentation is silent, the choices of contract section 7.
Names of stages beyond the documented ones, and words of enums, are our choice.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from app.domain.operators import OperatorName
from app.domain.values import Ordering, value_type
from app.server.store.definitions import (
    JSON_TYPE,
    ORGANIZATION,
    AttributeDefinition,
    LinkStorage,
    OptionDefinition,
    RecordTypeDefinition,
    RelationshipDefinition,
)
from app.server.store.identifiers import name_id

Attributes = tuple[AttributeDefinition, ...]


def attribute(
    api_name: str,
    value_type_name: str,
    display_name: str = "",
    *,
    read_only: bool = False,
    required: bool = False,
    many: bool = False,
    unique: bool = False,
    indexed: bool = False,
    hidden: bool = False,
    custom: bool = False,
    to: str | None = None,
    options: tuple[OptionDefinition, ...] = (),
    description: str = "",
) -> AttributeDefinition:
    """An attribute that filters and sorts as far as its value type can."""
    row = value_type(value_type_name)
    return AttributeDefinition(
        api_name,
        display_name or _words(api_name),
        value_type_name,
        is_array=many,
        is_creatable=not read_only,
        is_updatable=not read_only,
        is_required_on_create=required,
        is_unique=unique,
        is_custom=custom,
        is_sortable=not many and row.ordering is not Ordering.NONE,
        is_filterable=OperatorName.EXISTS in row.operators,
        is_hidden=hidden,
        is_indexed=indexed,
        description=description,
        related_record_type=to,
        options=options,
    )


def _words(api_name: str) -> str:
    """`owner_user_id` reads `Owner user`."""
    words = api_name.removesuffix("_id_list").removesuffix("_id").replace("_", " ")
    return (words[:1].upper() + words[1:]).replace(" url", " URL").replace(" html", "")


def options(owner: str, *rows: OptionDefinition) -> tuple[OptionDefinition, ...]:
    """Choices of the attribute `owner` (`contact.stage`), with the ids that belong to their names."""
    return tuple(replace(row, id=name_id(owner, row.api_name)) for row in rows)


def words(owner: str, *api_names: str) -> tuple[OptionDefinition, ...]:
    """Choices of an enum: `IN_PROGRESS` reads `In progress`."""
    return options(
        owner,
        *(OptionDefinition("", name, name.replace("_", " ").capitalize()) for name in api_names),
    )


def system_attributes() -> Attributes:
    """What every routed record type begins with."""
    return (
        attribute("id", "uuid", "ID", read_only=True, unique=True, indexed=True),
        replace(attribute(ORGANIZATION, "uuid", read_only=True), is_filterable=False, is_sortable=False),
        attribute("created_at", "timestamp", read_only=True, indexed=True),
        attribute("updated_at", "timestamp", read_only=True, indexed=True),
    )  # fmt: skip


def mirrored(
    api_name: str, related: str, reference: str, inverse: str | None = None
) -> RelationshipDefinition:
    """The records of type `related` whose attribute `reference` points here."""
    return RelationshipDefinition(
        api_name,
        _words(api_name),
        related,
        LinkStorage(related, reference, "id"),
        inverse,
        is_creatable=False,
        description=f"Follows the reference {related}.{reference}.",
    )


def through(
    near: str, api_name: str, related: str, junction: str, inverse: str
) -> RelationshipDefinition:
    """A relationship with attributes of its own, kept in the junction's table."""
    return RelationshipDefinition(
        api_name,
        _words(api_name),
        related,
        LinkStorage(junction, f"{near}_id", f"{related}_id"),
        inverse,
        junction,
        is_updatable=True,
    )


def linked(
    owner: str, api_name: str, related: str, inverse: str, *, writable: bool = True
) -> RelationshipDefinition:
    """A plain relationship, kept in the table `<owner>__<api_name>`; seen from the owner."""
    return RelationshipDefinition(
        api_name,
        _words(api_name),
        related,
        LinkStorage(f"{owner}__{api_name}", f"{owner}_id", f"{related}_id"),
        inverse,
        is_creatable=writable,
    )


def inverse_of(owner: str, relationship: RelationshipDefinition) -> RelationshipDefinition:
    """The same relationship seen from the other side."""
    link = relationship.link
    assert relationship.inverse_api_name is not None
    return replace(
        relationship,
        api_name=relationship.inverse_api_name,
        display_name=_words(relationship.inverse_api_name),
        related_record_type=owner,
        link=LinkStorage(link.table, link.far_column, link.near_column),
        inverse_api_name=relationship.api_name,
    )


def _user(api_name: str, *, indexed: bool = False, read_only: bool = False) -> AttributeDefinition:
    return attribute(
        api_name, "record_reference", to="user", indexed=indexed, read_only=read_only
    )  # fmt: skip


_OWNER: Final = _user("owner_user_id", indexed=True)
_CREATED_BY: Final = _user("created_by_user_id", read_only=True)
_PARTICIPANTS: Final = attribute(
    "participant_user_id_list", "record_reference", many=True, to="user"
)
_PRIORITIES: Final = ("URGENT", "HIGH", "MEDIUM", "LOW")


def _generic(owner: str, *, writable: bool = True) -> tuple[RelationshipDefinition, ...]:
    """What tasks, notes and meetings are about."""
    return tuple(
        linked(owner, f"{related[:-1]}ies" if related[-1] == "y" else f"{related}s", related, f"{owner}s", writable=writable)
        for related in ("account", "contact", "opportunity")
    )  # fmt: skip


_ABOUT: Final = {
    owner: _generic(owner, writable=owner != "meeting") for owner in ("task", "note", "meeting")
}


def _about(related: str) -> Iterable[RelationshipDefinition]:
    """Tasks, notes and meetings about records of this type."""
    return (
        inverse_of(owner, row)
        for owner, rows in _ABOUT.items()
        for row in rows
        if row.related_record_type == related
    )


_CONTACT_STAGES: Final = options(
    "contact.stage",
    OptionDefinition("", "new", "New", "#8A94A6"),
    OptionDefinition("", "working", "Working", "#6966FF"),
    OptionDefinition("", "nurturing", "Nurturing", "#E0A100"),
    OptionDefinition(
        "", "qualified", "Qualified", "#1FA971", required_attributes=("primary_email",)
    ),
    OptionDefinition("", "customer", "Customer", "#0B7A4B", required_attributes=("primary_email",)),
    OptionDefinition("", "unqualified", "Unqualified", "#C94F4F"),
)

_ACCOUNT_STAGES: Final = options(
    "account.current_stage_id",
    OptionDefinition("", "target_account", "Target account", "#8A94A6"),
    OptionDefinition("", "engaged", "Engaged", "#6966FF"),
    OptionDefinition("", "evaluating", "Evaluating", "#E0A100"),
    OptionDefinition("", "customer", "Customer", "#0B7A4B"),
    OptionDefinition("", "churned", "Churned", "#C94F4F"),
)

_OPPORTUNITY_STAGES: Final = options(
    "opportunity.stage",
    OptionDefinition("", "discovery", "Discovery", "#8A94A6", "0.10", 14),
    OptionDefinition("", "qualification", "Qualification", "#6966FF", "0.25", 14),
    OptionDefinition("", "proposal", "Proposal", "#E0A100", "0.50", 21),
    OptionDefinition("", "negotiation", "Negotiation", "#D97706", "0.75", 14),
    OptionDefinition("", "closed_won", "Closed won", "#0B7A4B", "1.00", 0),
    OptionDefinition("", "closed_lost", "Closed lost", "#C94F4F", "0.00", 0),
)

CONTACT: Final = RecordTypeDefinition(
    "contact",
    "Contact",
    (
        *system_attributes(),
        attribute("display_name", "string", read_only=True, indexed=True, description="First, middle and last name."),
        attribute("stage", "contact_stage", indexed=True, options=_CONTACT_STAGES),
        _CREATED_BY,
        _OWNER,
        _PARTICIPANTS,
        attribute("first_name", "string", required=True, indexed=True),
        attribute("last_name", "string", required=True, indexed=True),
        attribute("middle_name", "string"),
        attribute("title", "string"),
        attribute("department", "string"),
        attribute("primary_email", "email", unique=True, indexed=True, description="The primary one of contact_emails."),
        attribute("primary_phone_number", "phone_number", description="The primary one of contact_phone_numbers."),
        attribute("sms_consent", "boolean", "SMS consent"),
        attribute("address", "address"),
        attribute("contact_emails", "contact_email", many=True, unique=True, indexed=True),
        attribute("contact_phone_numbers", "contact_phone_number", many=True, indexed=True),
    ),
    (
        through("contact", "accounts", "account", "contact_account", "contacts"),
        through("contact", "opportunities", "opportunity", "contact_opportunity", "contacts"),
        *_about("contact"),
    ),
    supports_custom_fields=True,
    description="A person.",
)  # fmt: skip

ACCOUNT: Final = RecordTypeDefinition(
    "account",
    "Account",
    (
        *system_attributes(),
        attribute("display_name", "string", "Name", required=True, indexed=True),
        _OWNER,
        _CREATED_BY,
        attribute("domains", "account_domain", many=True, unique=True, indexed=True, read_only=True),
        attribute("description", "long_text"),
        attribute("current_stage_id", "account_stage", "Stage", indexed=True, options=_ACCOUNT_STAGES),
        attribute("official_website", "string"),
        attribute("websites", "string", many=True),
        attribute("linkedin_url", "string", "LinkedIn URL"),
        attribute("x_url", "string", "X URL"),
        attribute("facebook_url", "string"),
        attribute("zoominfo_url", "string", "ZoomInfo URL"),
        attribute("address", "address"),
        attribute("estimated_annual_revenue", "currency"),
    ),
    (
        through("account", "contacts", "contact", "contact_account", "accounts"),
        mirrored("opportunities", "opportunity", "account_id", "account"),
        *_about("account"),
    ),
    supports_custom_fields=True,
    description="A company.",
)  # fmt: skip

OPPORTUNITY: Final = RecordTypeDefinition(
    "opportunity",
    "Opportunity",
    (
        *system_attributes(),
        attribute("display_name", "string", "Name", required=True, indexed=True),
        attribute("stage", "opportunity_stage", required=True, indexed=True, options=_OPPORTUNITY_STAGES),
        attribute("account_id", "record_reference", required=True, indexed=True, to="account"),
        attribute("amount", "currency", indexed=True),
        _OWNER,
        _CREATED_BY,
        _PARTICIPANTS,
        attribute("status", "enum", read_only=True, options=words("opportunity.status", "PROSPECT", "DEAL")),
        attribute("outcome", "enum", read_only=True, options=words("opportunity.outcome", "WON", "LOST")),
        attribute("closed_at", "timestamp", read_only=True),
        attribute("stage_last_shifted_at", "timestamp", read_only=True),
        attribute("next_step_details", "long_text"),
        attribute("next_step_due_at", "timestamp"),
        attribute("next_meeting_date", "timestamp"),
    ),
    (
        through("opportunity", "contacts", "contact", "contact_opportunity", "opportunities"),
        replace(
            mirrored("account", "account", "account_id", "opportunities"),
            link=LinkStorage("opportunity", "id", "account_id"),
            is_array=False,
            description="Follows the reference opportunity.account_id.",
        ),
        *_about("opportunity"),
    ),
    supports_custom_fields=True,
    description="A deal.",
)  # fmt: skip

TASK: Final = RecordTypeDefinition(
    "task",
    "Task",
    (
        *system_attributes(),
        attribute("title", "string", required=True, indexed=True),
        attribute("status", "enum", options=words("task.status", "OPEN", "IN_PROGRESS", "BLOCKED", "COMPLETED", "CLOSED")),
        attribute("priority", "enum", options=words("task.priority", *_PRIORITIES)),
        replace(_OWNER, is_required_on_create=True),
        attribute(
            "type",
            "enum",
            options=words(
                "task.type", "ACTION_ITEM", "LINKEDIN_MESSAGE", "REMINDER", "SCHEDULING", "EMAIL", "VOICE_CALL",
                "LINKEDIN_CONNECT_REQUEST", "SMS_MESSAGE", "CUSTOM_TASK",
            ),
        ),
        attribute(
            "source_type",
            "enum",
            read_only=True,
            options=words("task.source_type", "MANUAL", "SEQUENCE", "WORKFLOW"),
        ),
        _PARTICIPANTS,
        attribute("note", "long_text"),
        attribute("due_at", "timestamp", indexed=True),
    ),
    _ABOUT["task"],
    description="Something to do.",
)  # fmt: skip

NOTE: Final = RecordTypeDefinition(
    "note",
    "Note",
    (
        *system_attributes(),
        attribute("note_html", "rich_text", "Note", required=True),
        _OWNER,
        _CREATED_BY,
        _user("updated_by_user_id", read_only=True),
        _user("deleted_by_user_id", read_only=True),
        attribute("owner_team_id", "record_reference", to="team"),
        _PARTICIPANTS,
        attribute("title", "string", indexed=True),
        attribute("is_private", "boolean"),
        attribute("deleted_at", "timestamp", read_only=True),
    ),
    _ABOUT["note"],
    description="A text about other records.",
)

MEETING: Final = RecordTypeDefinition(
    "meeting",
    "Meeting",
    (
        *system_attributes(),
        attribute("title", "string", read_only=True, indexed=True),
        attribute("description", "long_text", read_only=True),
        attribute("start_date", "timestamp", read_only=True, indexed=True),
        attribute("end_date", "timestamp", read_only=True),
        attribute("location", "string", read_only=True),
        _user("owner_user_id", indexed=True, read_only=True),
        replace(_PARTICIPANTS, is_creatable=False, is_updatable=False),
        attribute("status", "enum", read_only=True, options=words("meeting.status", "SCHEDULED", "COMPLETED", "CANCELLED")),
    ),
    _ABOUT["meeting"],
    description="An appointment; comes from the calendar.",
)  # fmt: skip


def _shown(api_name: str, value_type_name: str, *choices: str) -> AttributeDefinition:
    """An attribute of an activity: read only, and its query has words of its own instead of filters."""
    row = attribute(
        api_name, value_type_name, read_only=True, options=words(f"activity.{api_name}", *choices)
    )
    return replace(row, is_filterable=False, is_sortable=False)  # fmt: skip


ACTIVITY: Final = RecordTypeDefinition(
    "activity",
    "Activity",
    (
        _shown("type", "enum", "MANUAL_ACTIVITY", "NOTE", "EMAIL_SENT", "EMAIL_RECEIVED", "SEQUENCE", "MEETING"),
        _shown("sub_type", "enum", "TEXT", "LINKEDIN", "SOCIAL_MEDIA", "EVENT", "CONFERENCE", "WEBINAR", "CALL", "OTHER"),
        _shown("status", "enum", "PLANNED", "COMPLETED", "CANCELLED"),
        _shown("priority", "enum", *_PRIORITIES),
        _shown("display_name", "string"),
        replace(_shown("owner_user_id", "record_reference"), related_record_type="user"),
        _shown("ended_at", "timestamp"),
        _shown("badge_status", "string"),
        _shown("location", "string"),
        attribute("account_id", "record_reference", to="account", hidden=True, indexed=True),
        attribute("opportunity_id", "record_reference", to="opportunity", hidden=True, indexed=True),
        attribute("contact_ids", "record_reference", to="contact", hidden=True, many=True, indexed=True),
        attribute("sequence_id", "uuid", hidden=True),
        attribute("pipeline_select_list_value_id", "uuid", hidden=True),
        attribute("description", "long_text", hidden=True),
        attribute("metadata", JSON_TYPE, hidden=True, description="Null, or plain JSON with a kind."),
    ),
    description="Something that happened; append-only.",
)  # fmt: skip

USER: Final = RecordTypeDefinition(
    "user",
    "User",
    (
        *system_attributes(),
        attribute("display_name", "string", indexed=True),
        attribute("first_name", "string"),
        attribute("last_name", "string"),
        attribute("email", "email", required=True, unique=True, indexed=True),
        attribute("is_active", "boolean"),
    ),
    is_routed=False,
    description="A person who works with this workspace; only a target of references.",
)


def _junction(
    left: str, right: str, display_name: str, *edge: AttributeDefinition
) -> RecordTypeDefinition:
    """The record type a relationship with attributes goes through; its table is the link table."""
    return RecordTypeDefinition(
        f"{left}_{right}",
        display_name,
        (
            *system_attributes(),
            replace(attribute(f"{left}_id", "record_reference", required=True, to=left), is_updatable=False),
            replace(attribute(f"{right}_id", "record_reference", required=True, to=right), is_updatable=False),
            *edge,
        ),
        is_junction=True,
        description=f"One link between {left} and {right}.",
    )  # fmt: skip


CONTACT_ACCOUNT: Final = _junction(
    "contact", "account", "Contact of account", attribute("role", "string"), attribute("is_primary", "boolean")
)  # fmt: skip
CONTACT_OPPORTUNITY: Final = _junction(
    "contact", "opportunity", "Contact of opportunity", attribute("is_primary", "boolean")
)  # fmt: skip

STANDARD_TYPES: Final = (
    CONTACT,
    ACCOUNT,
    OPPORTUNITY,
    TASK,
    NOTE,
    MEETING,
    ACTIVITY,
    USER,
    CONTACT_ACCOUNT,
    CONTACT_OPPORTUNITY,
)
"""Every record type a new workspace has."""

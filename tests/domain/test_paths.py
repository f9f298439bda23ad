"""Dot paths over known schemas."""

from app.domain.paths import (
    Hop,
    NoSuchName,
    Resolved,
    SchemaMissing,
    attribute_at,
    missing_schemas,
    path_starts,
    resolve_path,
)
from app.domain.schema import Attribute, RecordType, Relationship

NAME = Attribute("display_name", "Name", "string", is_filterable=True)
OWNER = Attribute(
    "owner_user_id", "Owner", "record_reference", is_filterable=True, related_record_type="user"
)
CONTACT = RecordType(
    "contact",
    "Contact",
    attributes=(
        NAME,
        OWNER,
        Attribute("tags", "Tags", "string", is_array=True, is_filterable=True),
        Attribute("locked_id", "Locked", "record_reference", related_record_type="user"),
        Attribute("vague_id", "Vague", "record_reference", is_filterable=True),
        Attribute("accounts", "Accounts", "record_reference", is_filterable=True),
    ),
    relationships=(
        Relationship("accounts", "Accounts", "account"),
        Relationship("main_account", "Main account", "account", is_array=False),
    ),
)
ACCOUNT = RecordType("account", "Account", attributes=(NAME, OWNER))
SCHEMAS = {"contact": CONTACT, "account": ACCOUNT}


def test_a_name_is_an_attribute_of_the_type_asked_for() -> None:
    """Without dots there is no hop."""
    assert resolve_path("display_name", "contact", SCHEMAS) == Resolved((), CONTACT, NAME)


def test_a_path_goes_over_relationships_and_references() -> None:
    """Its attribute is that of the type it ends at; a relationship wins over an attribute of its name."""
    answer = resolve_path("accounts.display_name", "contact", SCHEMAS)
    assert answer == Resolved((Hop("accounts", "account", is_to_many=True),), ACCOUNT, NAME)
    assert attribute_at("accounts.owner_user_id", "contact", SCHEMAS) is OWNER


def test_one_record_can_have_many_values_at_a_path() -> None:
    """Over a relationship to many, or in a list-like attribute; not over one to one."""

    def is_many(field: str) -> bool:
        answer = resolve_path(field, "contact", SCHEMAS)
        assert isinstance(answer, Resolved)
        return answer.is_many

    assert is_many("accounts.display_name")
    assert is_many("tags")
    assert not is_many("main_account.display_name")


def test_a_type_whose_schema_is_not_known_is_no_fault() -> None:
    """The path may be right; what is missing is named."""
    assert resolve_path("owner_user_id.email", "contact", SCHEMAS) == SchemaMissing("user")
    assert resolve_path("vague_id.email", "contact", SCHEMAS) == SchemaMissing(None)
    assert resolve_path("display_name", "meeting", SCHEMAS) == SchemaMissing("meeting")
    fields = ["owner_user_id.email", "accounts.owner_user_id.email", "vague_id.x", "display_name"]
    assert missing_schemas(fields, "contact", SCHEMAS) == ("user",)


def test_a_name_that_is_not_there_is_named_with_its_type() -> None:
    """At any place of the path; an attribute that no query may use is no step either."""
    assert resolve_path("nmae", "contact", SCHEMAS) == NoSuchName(CONTACT, "nmae", 0, is_hop=False)
    assert resolve_path("accounts.x", "contact", SCHEMAS) == NoSuchName(
        ACCOUNT, "x", 1, is_hop=False
    )
    for start in ("display_name", "locked_id", "nothing", ""):
        answer = resolve_path(f"{start}.x", "contact", SCHEMAS)
        assert answer == NoSuchName(CONTACT, start, 0, is_hop=True)
    assert attribute_at("accounts.x", "contact", SCHEMAS) is None


def test_every_step_from_a_type_is_listed_once() -> None:
    """Relationships first, then the references a query may use."""
    names = [hop.name for hop in path_starts(CONTACT)]
    assert names == ["accounts", "main_account", "owner_user_id", "vague_id"]

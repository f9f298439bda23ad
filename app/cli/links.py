"""What `crmdeck link` and `crmdeck unlink` check before they write."""

from app.cli.failures import did_you_mean
from app.cli.writing import check_action, check_capability, refused
from app.controller.session import Session
from app.domain.capabilities import Action, relationship_write
from app.domain.errors import Fault
from app.domain.schema import RecordType, Relationship


async def checked_relationship(
    session: Session, record_type: str, name: str, *, is_dry: bool
) -> tuple[RecordType, Relationship]:
    """The schema and the relationship of it whose links are to be changed.

    Raises:
        Failed: for a name that is none, and for links that cannot be changed; nothing was sent then.
    """
    check_action(session, record_type, Action.RELATIONSHIP_WRITE, is_dry=is_dry)
    backend = session.backend
    schema = await backend.schema(record_type)
    relationship = schema.relationship_by_name.get(name)
    if relationship is None:
        hint = did_you_mean(name, schema.relationship_by_name)
        text = f"{record_type} has no relationship {name}. {hint}".strip()
        raise refused([Fault("unknown_relationship", text, name)])
    check_capability(
        relationship_write(backend.resources, schema, relationship, is_read_only=False)
    )
    return schema, relationship

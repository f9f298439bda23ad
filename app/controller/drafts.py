"""Drafts that were left: by a form that was closed, or by a program that was killed."""

from app.controller.sending import kept
from app.controller.session import Session
from app.domain.edit_draft import is_changed
from app.domain.journal import JournalFailed, OpenDraft


async def left_drafts(session: Session) -> tuple[OpenDraft, ...]:
    """Those of this workspace that change anything and are not being edited elsewhere, the one saved last first.

    Raises:
        JournalFailed: the journal cannot be read now.
    """
    found = await kept(session.journal.open_drafts(session.workspace))
    return tuple(row for row in found if is_changed(row.draft) and not row.owner.is_in_the_way)


async def draft_words(session: Session) -> str:
    """How many there are and which is the newest; empty where there are none. Not yet sanitised."""
    try:
        found = await left_drafts(session)
    except JournalFailed as error:
        return f"Drafts could not be looked for: {error}"
    if not found:
        return ""
    newest = found[0].draft
    saved = newest.saved_at
    at = "" if saved is None else f", newest {saved.astimezone(session.time_zone):%H:%M:%S}"
    count = f"{len(found)} draft{'' if len(found) == 1 else 's'}"
    what = newest.title or f"a new {newest.record_type}"
    return f"{count}{at}: {what}. N goes on with it."

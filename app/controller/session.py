"""An open workspace: the backend and what the front ends show of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # ports: what stands behind them is loaded where a session is opened
    from app.domain.backend import Backend
    from app.domain.exports import ExportFiles
    from app.domain.import_results import ImportFiles
    from app.domain.journal import Journal
    from app.domain.plan_progress import PlanFiles
    from app.domain.rehearsals import OpenScratch
    from app.domain.remembered import Memory


@dataclass(frozen=True, slots=True)
class Session:
    """What wiring hands to a front end."""

    backend: "Backend"
    name: str
    """The profile's name, or the workspace file's, for the header."""
    memory: "Memory" = field(kw_only=True)
    """Where saved queries, history, views and last runs are kept."""
    export_files: "ExportFiles" = field(kw_only=True)
    """Where exports are written."""
    journal: "Journal" = field(kw_only=True)
    """Where unsent edits and sent requests are kept, of this workspace and of others."""
    plan_files: "PlanFiles" = field(kw_only=True)
    """Where plans and their progress are kept."""
    open_scratch: "OpenScratch" = field(kw_only=True)
    """Makes a workspace for a rehearsal."""
    workspace: str = field(kw_only=True)
    """What tells the workspace from all others: its profile, or its file's whole path."""
    import_files: "ImportFiles" = field(kw_only=True)
    """Where imports are read from, and their results written."""
    label: str | None = None
    """A word of the profile's own, such as PROD."""
    is_local: bool = False
    """Whether it is a local workspace file, opened in process."""
    command_options: str = ""
    """How a command line names this workspace, quoted; empty for the default one."""
    record_types: tuple[str, ...] = ()
    """Names the profile adds to those the schema walk starts from."""
    time_zone: tzinfo = UTC
    """Where days begin and end for date words such as `today`."""

    @property
    def is_read_only(self) -> bool:
        """Whether writes are refused: by profile or option for good, or by a lock."""
        return self.backend.is_read_only

    async def close(self) -> None:
        """Let go of connections and files, once what the journal was given is on the disk."""
        await self.backend.close()
        await asyncio.to_thread(self.journal.close)

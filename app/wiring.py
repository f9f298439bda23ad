"""Profile or workspace file in, open session out: the one place that knows every part.

Nothing heavy is loaded until a session is opened, so that help and completion answer at once.
"""

import os
import shlex
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from app.domain.errors import ConfigError, WorkspaceError
from app.domain.secret import Secret

if TYPE_CHECKING:
    from app.controller.session import Session
    from app.domain.backend import Backend
    from app.domain.journal import Journal
    from app.domain.rehearsals import Clone
    from app.domain.remembered import Memory, SavedQueries
    from app.server.store.workspace import Store

SAMPLE_CONTACTS: Final = 200
"""Contacts in the workspace that the first start makes."""

WORKSPACE_NAME: Final = "workspace.db"
"""The default workspace's file, in the data folder."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a front end was asked to open. Neither profile nor workspace: the default local workspace."""

    profile: str | None = None
    """A profile of the settings file."""
    workspace: Path | None = None
    """A local workspace file."""
    is_read_only: bool = False
    """Refuse every write, whatever the profile says."""
    is_empty: bool = False
    """Make a new workspace file bare instead of with sample data."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach an API."""

    url: str
    key: Secret
    is_read_only: bool


Notify = Callable[[str], None]
"""Takes a line for people: something slow begins."""


def _quiet(_: str) -> None:
    """Tell nobody."""


async def connect(target: Target, *, notify: Notify = _quiet) -> "Session":
    """Open what `target` names.

    Raises:
        ConfigError: for an unknown profile, a wrong setting or a key that cannot be had.
        WorkspaceError: for a local workspace file that cannot be used.
    """
    if target.profile is not None and target.workspace is not None:
        raise ConfigError("Give a profile or a workspace file, not both.")
    if target.profile is not None:
        return await _open_profile(target.profile, is_read_only=target.is_read_only)
    return await _open_workspace(target, notify)


async def _open_profile(name: str, *, is_read_only: bool) -> "Session":
    import asyncio

    from app.config.folders import folders
    from app.config.keys import resolve_key
    from app.config.settings import load_settings
    from app.config.time_zone import local_zone
    from app.controller.session import Session
    from app.state.export_files import DiskExportFiles
    from app.state.import_files import DiskImportFiles
    from app.state.plan_files import DiskPlanFiles

    settings = await asyncio.to_thread(load_settings, folders().config)
    profile = settings.profile(name)
    factory = BACKENDS.get(profile.api)
    if factory is None:
        known = ", ".join(BACKENDS)
        raise ConfigError(f"Profile {name} speaks {profile.api}; this version speaks {known} only.")
    key = await asyncio.to_thread(
        resolve_key, profile.key, environ=dict(os.environ), hidden=settings.key_variables
    )
    is_guarded = is_read_only or profile.is_read_only
    workspace = f"profile {name}"
    return Session(
        factory(Connection(profile.url, key, is_guarded)),
        name=name,
        memory=memory_of(workspace),
        export_files=DiskExportFiles(),
        import_files=DiskImportFiles(),
        journal=journal(),
        plan_files=DiskPlanFiles(),
        open_scratch=open_scratch,
        workspace=workspace,
        label=profile.label,
        command_options=f"--profile {shlex.quote(name)}",
        record_types=profile.record_types,
        time_zone=profile.time_zone or local_zone(),
    )


async def _open_workspace(target: Target, notify: Notify) -> "Session":
    import asyncio

    from app.clients.embedded import EMBEDDED_URL, EmbeddedTransport
    from app.clients.public_v2 import PublicV2Client
    from app.clients.transport import Transport
    from app.config.folders import folders
    from app.config.time_zone import local_zone
    from app.controller.session import Session
    from app.server.application import create_application
    from app.server.request_log import FAULTS_NAME, RequestLog
    from app.state.export_files import DiskExportFiles
    from app.state.import_files import DiskImportFiles
    from app.state.plan_files import DiskPlanFiles
    from app.wire.public_v2.endpoints import READS
    from app.wire.public_v2.errors import error_from_answer

    file = target.workspace
    if file is None:
        file = await asyncio.to_thread(_default_file)
    store = await asyncio.to_thread(_opened, file, target.is_empty, notify)
    faults = RequestLog(folders().state / FAULTS_NAME)
    wire = EmbeddedTransport(create_application(store, faults=faults))
    await wire.start()
    workspace = str(file.absolute())
    transport = Transport(
        EMBEDDED_URL,
        refusal=error_from_answer,
        reads=READS,
        is_read_only=target.is_read_only,
        wire=wire,
    )
    return Session(
        PublicV2Client(transport),
        name=file.name,
        memory=memory_of(workspace),
        export_files=DiskExportFiles(),
        import_files=DiskImportFiles(),
        journal=journal(),
        plan_files=DiskPlanFiles(),
        open_scratch=open_scratch,
        workspace=workspace,
        is_local=True,
        command_options="" if target.workspace is None else f"--workspace {shlex.quote(str(file))}",
        time_zone=local_zone(),
    )


@asynccontextmanager
async def open_scratch(clone: "Clone") -> AsyncIterator["Backend"]:
    """A workspace that holds a clone and nothing else, for as long as it is used.

    Raises:
        WorkspaceError: if it cannot be made.
    """
    import asyncio
    import tempfile

    from app.clients.embedded import EMBEDDED_URL, EmbeddedTransport
    from app.clients.public_v2 import PublicV2Client
    from app.clients.transport import Transport
    from app.server.application import create_application
    from app.server.scratch import write_scratch
    from app.server.store.workspace import open_workspace
    from app.wire.public_v2.endpoints import READS
    from app.wire.public_v2.errors import error_from_answer

    with tempfile.TemporaryDirectory(prefix="crmdeck-") as folder:
        file = Path(folder) / "rehearsal.db"
        await asyncio.to_thread(write_scratch, file, clone)
        store = await asyncio.to_thread(open_workspace, file)
        wire = EmbeddedTransport(create_application(store))
        await wire.start()
        transport = Transport(EMBEDDED_URL, refusal=error_from_answer, reads=READS, wire=wire)
        try:
            yield PublicV2Client(transport)
        finally:
            await transport.close()


def saved_queries() -> "SavedQueries":
    """The saved queries of this user, for all workspaces. Nothing is read or made yet."""
    from app.config.folders import folders
    from app.state.saved_queries import FOLDER_NAME, SavedQueryFiles

    return SavedQueryFiles(folders().config / FOLDER_NAME)


def journal() -> "Journal":
    """The journal of this user, for all workspaces. Nothing is read or made yet."""
    from app.config.folders import folders
    from app.state.journal import JournalFile

    return JournalFile(folders().state)


def memory_of(workspace: str) -> "Memory":
    """What is kept for a workspace, which `workspace` tells from all others. Nothing is read or made yet."""
    from app.config.folders import folders
    from app.domain.remembered import Memory
    from app.state.query_history import HistoryFile
    from app.state.query_runs import RunFiles
    from app.state.view_memory import ViewFile

    state = folders().state
    return Memory(
        saved_queries(), HistoryFile(state), ViewFile(state, workspace), RunFiles(state, workspace)
    )


def _default_file() -> Path:
    """Where the default workspace is; its folder exists afterwards."""
    from app.config.folders import folders
    from app.state.private_files import make_private_folder

    folder = folders().data
    make_private_folder(folder)
    return folder / WORKSPACE_NAME


def _opened(file: Path, is_empty: bool, notify: Notify) -> "Store":
    """Open a workspace file, made first if it is not there. Blocks."""
    from app.server.store.workspace import open_workspace

    if not file.exists():
        try:
            _make(file, is_empty, notify)
        except OSError as error:
            raise WorkspaceError(f"{file} cannot be made: {error.strerror}.") from None
        except WorkspaceError:
            if not file.exists():  # it may have been made by another crmdeck at the same moment
                raise
    return open_workspace(file)


def _make(file: Path, is_empty: bool, notify: Notify) -> None:
    if is_empty:
        from app.server.store.standard import STANDARD_TYPES
        from app.server.store.writer import WorkspaceWriter

        with WorkspaceWriter(file, STANDARD_TYPES):
            return
    from app.server.sample.workspace import write_sample

    notify(f"Making {file} with sample data ...")
    write_sample(file, SAMPLE_CONTACTS)


def _public_v2(connection: Connection) -> "Backend":
    from app.clients.public_v2 import PublicV2Client
    from app.clients.transport import Transport
    from app.wire.public_v2.endpoints import READS
    from app.wire.public_v2.errors import error_from_answer

    return PublicV2Client(
        Transport(
            connection.url,
            refusal=error_from_answer,
            reads=READS,
            key=connection.key,
            is_read_only=connection.is_read_only,
        )
    )


BACKENDS: Final[Mapping[str, Callable[[Connection], "Backend"]]] = MappingProxyType(
    {"public-v2": _public_v2}
)
"""Each API this version speaks, by the name profiles use, with what makes its client."""

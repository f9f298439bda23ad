"""`crmdeck doctor`: what works, what does not, and what to do about it."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from app.cli import checks
from app.cli.checks import Check, Level
from app.cli.failures import Exit, Failed, describe
from app.cli.json_output import put_json
from app.cli.output import put
from app.cli.read_only import assert_read_only
from app.cli.table import Column, Table
from app.cli.workspace import Workspace, with_workspace
from app.config.folders import folders
from app.controller.session import Session
from app.domain.errors import BackendError, ConfigError, Unauthorized, WorkspaceError
from app.domain.safe_text import Shown, shown
from app.domain.values import Json
from app.wiring import WORKSPACE_NAME


@click.command("doctor")
@click.option("--json", "is_json", is_flag=True, help="Write the checks as JSON.")
@click.option(
    "--assert-read-only",
    "is_proof",
    is_flag=True,
    help="Try every action in a read-only session over a sample; fail if a write leaves it.",
)
@with_workspace
def command(workspace: Workspace, is_json: bool, is_proof: bool) -> None:
    """Check the terminal, the files, the workspace, its address and its key.

    Nothing is changed. The exit status is 1 if a check fails.
    """
    if is_proof:
        assert_read_only(is_json=is_json)
        return
    found = list(_checks(workspace))
    if is_json:
        put_json([_to_json(check) for check in found])
    else:
        _put_table(found)
    failures = sum(check.level is Level.FAIL for check in found)
    if failures:
        raise Failed(f"{failures} of {len(found)} checks failed.", status=Exit.FAILED)


def _checks(workspace: Workspace) -> Iterator[Check]:
    places = folders()
    yield checks.versions()
    yield from checks.terminal(os.environ)
    yield from checks.files(places)
    file = _local_file(workspace, places.data)
    if file is not None:
        check = checks.workspace_file(file)
        yield check
        if check.level is Level.FAIL or not file.exists():
            return
    try:
        yield from workspace.run(_reach)
    except (ConfigError, WorkspaceError) as error:
        yield Check("workspace" if file else "profile", Level.FAIL, str(error))


def _local_file(workspace: Workspace, data_folder: Path) -> Path | None:
    """The workspace file that would be opened; `None` for a profile."""
    if workspace.target.profile is not None:
        return None
    return workspace.target.workspace or data_folder / WORKSPACE_NAME


async def _reach(session: Session) -> list[Check]:
    """Whether the API answers, and whether it takes the key."""
    try:
        health = await session.backend.health()
    except BackendError as error:
        return [_failure("address", error)]
    last = session.backend.log.last
    took = f" in {last.duration_ms:.0f} ms" if last is not None else ""
    found = [Check("address", Level.OK, f"answers {health.status}{took}")]
    name = next(iter(session.backend.resources.rules))
    try:
        record_type = await session.backend.schema(name)
    except BackendError as error:
        found.append(_failure("key" if isinstance(error, Unauthorized) else "schema", error))
    else:
        count = len(record_type.attributes)
        found.append(Check("key", Level.OK, f"accepted; {name} has {count} attributes"))
    return found


def _failure(name: str, error: BackendError) -> Check:
    what, *way_out = describe(error)
    hints = [text for text in way_out if "crmdeck doctor" not in text]
    return Check(name, Level.FAIL, what, " ".join(hints))


def _put_table(found: list[Check]) -> None:
    rows = [[Shown(check.level.value), Shown(check.name), _words(check)] for check in found]
    table = Table([Column(Shown(heading)) for heading in ("", "CHECK", "FINDING")], rows)
    put(table.heading, *map(table.line, rows))


def _words(check: Check) -> Shown:
    return shown(f"{check.finding}. {check.way_out}".strip() if check.way_out else check.finding)


def _to_json(check: Check) -> Json:
    return {
        "check": check.name,
        "level": check.level.value,
        "finding": check.finding,
        "way_out": check.way_out,
    }

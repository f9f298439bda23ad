"""Reaching a workspace from a sub-command: the options all of them share, and the loop their work runs in."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from app.cli.ports import Ports
from app.controller.session import Session
from app.wiring import Target

Rest = ParamSpec("Rest")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace that is yet to be reached."""

    ports: Ports
    target: Target

    def run(self, use: Callable[[Session], Coroutine[Any, Any, Result]]) -> Result:
        """Connect, use the session, and close it whatever happens.

        Raises:
            BackendError, ConfigError, WorkspaceError: as connecting and using do.
        """
        return asyncio.run(self._run(use))

    async def _run(self, use: Callable[[Session], Coroutine[Any, Any, Result]]) -> Result:
        session = await self.ports.connect(self.target)
        try:
            return await use(session)
        finally:
            await session.close()


def with_workspace(function: Callable[Concatenate[Workspace, Rest], None]) -> Callable[..., None]:
    r"""Give a command `--profile`, `--workspace` and `--read-only`, and its function the `Workspace` they name.

    A line `\b` of its help keeps the lines below it apart. Docstrings with a backslash are raw, so it is made a backspace
    here, which is what click looks for.
    """
    function.__doc__ = (function.__doc__ or "").replace("\\b\n", "\b\n")

    @click.option("--profile", metavar="NAME", help="Reach the CRM by this profile.")
    @click.option(
        "--workspace",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Use this local workspace file.",
    )
    @click.option("--read-only", is_flag=True, help="Refuse every write in the transport.")
    @click.pass_context
    @functools.wraps(function)
    def wrapped(
        ctx: click.Context,
        /,
        profile: str | None,
        workspace: Path | None,
        read_only: bool,
        *args: Rest.args,
        **kwargs: Rest.kwargs,
    ) -> None:
        if profile is not None and workspace is not None:
            raise click.UsageError("Give --profile or --workspace, not both.")
        target = Target(profile, workspace, is_read_only=read_only, is_empty=False)
        function(Workspace(ctx.ensure_object(Ports), target), *args, **kwargs)

    return wrapped  # fmt: skip

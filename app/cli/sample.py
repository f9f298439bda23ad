"""`crmdeck sample`: write a workspace file of made-up records."""

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from app.cli.failures import Failed
from app.cli.output import say
from app.domain.errors import WorkspaceError
from app.server.sample.workspace import CONTACTS_BY_DEFAULT, write_sample

_MAX_CONTACTS: Final = 100_000_000
_JOURNALS: Final = ("-wal", "-shm", "-journal")
"""Files beside a database that belong to its old content."""

_SIZES: Final = (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000))


@click.command("sample")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--contacts",
    type=click.IntRange(1, _MAX_CONTACTS),
    default=CONTACTS_BY_DEFAULT,
    show_default=True,
    metavar="N",
    help="How many contacts; everything else grows with them.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    metavar="N",
    help="Another number gives other records; the same gives the same.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def command(file: Path, contacts: int, seed: int, force: bool) -> None:
    """Write a workspace FILE with made-up records.

    All people, companies, addresses and numbers are invented. FILE appears when it is complete; open it with
    crmdeck --workspace FILE.
    """
    started_s = time.perf_counter()
    is_there = os.path.lexists(file)
    if is_there and not force:
        raise Failed(f"{file} exists already.", "Name another file, or replace it with --force.")
    with _progress(sys.stderr.isatty()) as progress:
        target = _beside(file) if is_there else file
        try:
            counts = write_sample(target, contacts, seed, progress=progress)
            if is_there:
                _replace(file, target)
        except WorkspaceError as error:
            raise Failed(str(error)) from None
    say(_summary(file, counts, time.perf_counter() - started_s))


@contextlib.contextmanager
def _progress(is_shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, or nothing."""
    if not is_shown:
        yield lambda _done, _total: None
        return
    with click.progressbar(length=1, label="Making records", file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield tell


def _beside(file: Path) -> Path:
    """Where the new file is made while the old one is still there."""
    return file.with_name(f".{file.name}.{secrets.token_hex(4)}.new")


def _replace(old: Path, new: Path) -> None:
    """Put a finished file in place of another; journals of the old one would spoil the new one."""
    try:
        for ending in _JOURNALS:
            old.with_name(old.name + ending).unlink(missing_ok=True)
        new.replace(old)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise Failed(f"{old} cannot be replaced: {error.strerror}.") from None


def _summary(file: Path, counts: Mapping[str, int], seconds: float) -> str:
    parts = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return f"{file}: {parts}; {_size(file.stat().st_size)} in {seconds:.1f} s"


def _size(size_bytes: int) -> str:
    for unit, factor in _SIZES:
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes} bytes"
